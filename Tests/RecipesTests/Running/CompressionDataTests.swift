import Datasets
import Foundation
import Tensors
import Testing

@testable import Recipes

struct CompressionDataTests {
  @Test func everythingIsWhatIsLearnedFromAndWhatIsHeldOut() throws {
    let data = try CompressionData(Dataset(parsing: "digits"), seed: 0)
    let (heldOut, everything) = (try #require(data.heldOut), try #require(data.everything))
    #expect(everything.count == data.training.count + heldOut.count)
  }

  @Test func whatServesAsTheTestSplitIsNotLearnedFrom() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pare-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try NPY.write(Tensor((0..<60).map { Float($0) }, shape: [20, 3]), to: folder.path + "/x.npy")
    try NPY.write(Tensor((0..<20).map { Int64($0 % 2) }), to: folder.path + "/labels.npy")
    let data = try CompressionData(Dataset(parsing: "npy:\(folder.path)"), seed: 0)
    #expect(data.everything == nil)
    #expect(data.test.count == data.heldOut?.count)
  }
}
