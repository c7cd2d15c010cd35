import Foundation
import Pare
import Testing

@testable import PareCommand

@Suite struct ArgumentTests {
  @Test func shapesMayBeNamed() {
    #expect(ShapeArgument(argument: "1x3x32x32")?.shape == [1, 3, 32, 32])
    #expect(ShapeArgument(argument: "1x3x32x32")?.input == "")
    #expect(ShapeArgument(argument: "a=b=2x7")?.input == "a=b")
    for wrong in ["", "x", "1x", "0x3", "1,3", "a="] { #expect(ShapeArgument(argument: wrong) == nil) }
  }

  @Test func modelsAreFilesOrOfTheZoo() throws {
    #expect(ModelArgument(argument: "zoo:resnet8").file == nil)
    #expect(ModelArgument(argument: "a/b.onnx").file?.lastPathComponent == "b.onnx")
    let model = try ModelArgument(argument: "zoo:digits_mlp?width=0.5").read(seed: 3)
    #expect(model.history == ["built zoo:digits_mlp?seed=3&width=0.5"])
  }

  @Test func theSeedOfTheReferenceWins() throws {
    let model = try ModelArgument(argument: "zoo:digits_mlp?seed=1").read(seed: 3)
    #expect(model.history == ["built zoo:digits_mlp?seed=1"])
  }

  @Test func aMissingFileIsNotFound() {
    #expect {
      try ModelArgument(argument: "no/such.onnx").read()
    } throws: {
      ($0 as? PareError)?.code == .notFound
    }
  }

  @Test func outputsReplaceNothingUnasked() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pare-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("a.onnx")
    #expect(try OutputFile.check(file.path, replaces: false).path == file.path)
    try Data("mine".utf8).write(to: file)
    #expect(try OutputFile.check(file.path, replaces: true).path == file.path)
    for (path, replaces) in [
      (file.path, false), (folder.path, true), (folder.appendingPathComponent("none/a.onnx").path, true),
    ] {
      #expect {
        try OutputFile.check(path, replaces: replaces)
      } throws: {
        ($0 as? PareError)?.code == .cannotWrite
      }
    }
  }
}

extension ArgumentTests {
  @Test func arraysAreNamedUpToTheLastEqualsSign() {
    #expect(ArrayArgument(argument: "x=a.npy")?.path == "a.npy")
    #expect(ArrayArgument(argument: "a=b=c.npy")?.name == "a=b")
    for wrong in ["x", "=a.npy", "x="] { #expect(ArrayArgument(argument: wrong) == nil) }
  }

  @Test func numbersAreSeparatedByCommas() {
    #expect(NumberList(argument: "0.5,1,-2")?.values == [0.5, 1, -2])
    for wrong in ["", "1,", "a", "nan", "1;2"] { #expect(NumberList(argument: wrong) == nil) }
  }

  @Test func oneNumberStandsForEveryChannel() throws {
    let options = try PreparationOptions.parse(["--mean", "0.5", "--std", "0.2,0.3,0.4", "--resize", "40"])
    let model = try options.applied(to: ModelArgument(argument: "zoo:resnet8").read())
    let preparation = try #require(try model.preparation)
    #expect(preparation.mean == [0.5, 0.5, 0.5] && preparation.std == [0.2, 0.3, 0.4] && preparation.resize == 40)
  }
}
