import Foundation
import Testing

@testable import Datasets
@testable import Tensors

@Suite struct DatasetTests {
  /// Class folders with some of the fixtures' images.
  private func imageFolder(_ splits: [String] = ["train", "test"], classes: [String] = ["cat", "ant"]) throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    for split in splits {
      for name in classes {
        for (index, file) in ["rgb.png", "grey.jpg", "rgb.jpg"].enumerated() {
          let suffix = file.hasSuffix("png") ? "png" : "JPEG"
          try folder.write(Fixtures.bytes(file), to: "\(split)/\(name)/\(index).\(suffix)")
        }
      }
    }
    return folder
  }

  private func error(_ text: String, options: LoadingOptions = LoadingOptions(), reading: SplitName? = nil) throws
    -> PareError?
  {
    #expect(throws: PareError.self) {
      let dataset = try Dataset(parsing: text, options: options)
      if let reading { _ = try dataset.split(reading) }
    }
  }

  @Test func classesAreAlphabeticalAndLabelsFollow() throws {
    let folder = try imageFolder()
    try folder.write([1], to: "train/cat/notes.txt")
    let dataset = try Dataset(parsing: "imagefolder:\(folder.path)")
    let train = try dataset.split(.train)
    #expect(dataset.classes == ["ant", "cat"])
    #expect(train.labels == [0, 0, 0, 1, 1, 1])
    #expect(train.inputs == [SampleInput(name: "input", shape: [3, 11, 17], dataType: .float32)])
    #expect(dataset.hasSeparateSplits)
  }

  @Test func greyscaleAndColourImagesShareAChannelCount() throws {
    let folder = try imageFolder()
    let grey = Preparation(height: 8, width: 8, channelOrder: .grey)
    let split = try Dataset(parsing: folder.path, options: LoadingOptions(preparation: grey)).split(.test)
    #expect(try split.batch([0, 1]).inputs["input"]?.shape == [2, 1, 8, 8])
    let image = try Dataset(parsing: folder.path).split(.test).batch([1]).inputs["input"]!.floats
    #expect(Array(image[..<187]) == Array(image[187..<374]))
  }

  @Test func decodingAheadEqualsDecodingAtOnce() throws {
    let folder = try imageFolder()
    var options = LoadingOptions(preparation: Preparation(height: 9, width: 9, layout: .nhwc))
    let inMemory = try Dataset(parsing: folder.path, options: options).split(.train)
    options.memoryLimit = 0
    let streamed = try Dataset(parsing: folder.path, options: options).split(.train)
    #expect(streamed.source is ImageFileSource)
    #expect(try inMemory.batch([5, 0]).inputs == streamed.batch([5, 0]).inputs)
    #expect(try inMemory.fingerprint() == streamed.fingerprint())
  }

  @Test func layoutsHoldTheSameNumbers() throws {
    let folder = try imageFolder()
    func floats(_ layout: Preparation.Layout) throws -> [Float] {
      let options = LoadingOptions(preparation: Preparation(height: 5, width: 7, layout: layout))
      return try Dataset(parsing: folder.path, options: options).split(.train).batch([0]).inputs["input"]!.floats
    }
    let (planar, interleaved) = (try floats(.nchw), try floats(.nhwc))
    var turned = planar
    for pixel in 0..<35 {
      for channel in 0..<3 { turned[pixel * 3 + channel] = planar[channel * 35 + pixel] }
    }
    #expect(turned == interleaved)
  }

  @Test func faultsInFoldersAreNamed() throws {
    let folder = try imageFolder()
    #expect(try error("imagefolder:/nowhere/at/all")?.code == .notFound)
    #expect(try error("/nowhere/at/all")?.code == .notFound)
    #expect(try error("lmdb:\(folder.path)")?.code == .usage)
    #expect(try error("imagefolder:")?.code == .usage)
    #expect(try error("digits:\(folder.path)")?.code == .usage)
    try folder.makeFolder("train/bee")
    try folder.makeFolder("test/bee")
    #expect(try error("imagefolder:\(folder.path)")?.message.contains("'bee'") == true)
    try folder.write(Fixtures.bytes("rgb.png"), to: "train/bee/0.png")
    try FileManager.default.removeItem(atPath: folder.path + "/test/bee")
    let different = try error("imagefolder:\(folder.path)")
    #expect(different?.code == .badInput)
    #expect(different?.message.contains("test lacks bee") == true)
    try folder.makeFolder("empty")
    #expect(try error(folder.path + "/empty")?.code == .badInput)
    #expect(try error("images:\(folder.path)/empty")?.code == .badInput)
  }

  @Test func unreadableImagesAreNamed() throws {
    let folder = try imageFolder()
    try folder.write(Array(Fixtures.bytes("rgb.jpg").prefix(500)), to: "train/cat/1.JPEG")
    let fault = try error("imagefolder:\(folder.path)", reading: .train)
    #expect(fault?.code == .badInput)
    #expect(fault?.context.first?.value.hasSuffix("train/cat/1.JPEG") == true)
  }

  @Test func aFolderWithoutSplitFoldersIsOneSplit() throws {
    let folder = try imageFolder(["."])
    let dataset = try Dataset(parsing: folder.path)
    #expect(dataset.specification.kind == "imagefolder")
    #expect(!dataset.hasSeparateSplits)
    #expect(try dataset.split(.test).count == 6)
    let photographs = try Dataset(parsing: "images:\(folder.path)").split(.train)
    #expect(photographs.count == 6)
    #expect(photographs.labels == nil)
  }

  @Test func aMissingSplitIsNamed() throws {
    let folder = try imageFolder(["val"])
    let dataset = try Dataset(parsing: folder.path)
    #expect(try dataset.split(.test).count == 6)
    #expect(#expect(throws: PareError.self) { try dataset.split(.train) }?.code == .notFound)
  }

  @Test func arraysAreInputsByName() throws {
    let folder = try TemporaryFolder()
    try NPY.write(Tensor((0..<12).map { Double($0) }, shape: [4, 3]), to: folder.path + "/tokens.npy")
    try NPY.write(Tensor([7, 8, 9, 10] as [Int64]), to: folder.path + "/mask.npy")
    try NPY.write(Tensor([0, 2, 1, 2] as [UInt8]), to: folder.path + "/labels.npy")
    let split = try Dataset(parsing: folder.path).split(.train)
    #expect(split.inputs.map(\.name) == ["mask", "tokens"])
    #expect(split.classCount == 3)
    let batch = try split.renamingInputs(["tokens": "x"]).batch([3, 1])
    #expect(batch.inputs["x"]?.floats == [9, 10, 11, 3, 4, 5])
    #expect(batch.inputs["mask"]?.integers == [10, 8])
    #expect(batch.labels == Tensor([2, 2] as [Int64]))
    try NPY.write(Tensor([0, 2, 1] as [Int32]), to: folder.path + "/labels.npy")
    #expect(try error("npy:\(folder.path)", reading: .train)?.message.contains("3 samples") == true)
    try NPY.write(Tensor([0, 2, 1, 1] as [Float]), to: folder.path + "/labels.npy")
    #expect(try error("npy:\(folder.path)", reading: .train)?.message.contains("integer") == true)
  }
}
