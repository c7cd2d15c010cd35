import Foundation
import Testing

@testable import PareCommand

@Suite struct OutputFolderTests {
  @Test func namesBecomeFileNames() {
    #expect(OutputFolder.stem("layer/1:out put.é") == "layer_1_out_put._")
    #expect(OutputFolder.stem("logits-1.x_y") == "logits-1.x_y")
  }

  @Test func namesThatFallTogetherGetNumbers() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("pare-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = try OutputFolder(path, replaces: false)
    let files = try ["a/b", "a:b", "c"].map { try folder.file(named: $0, extension: "npy") }
    #expect(files.map { ($0 as NSString).lastPathComponent } == ["a_b.npy", "a_b_2.npy", "c.npy"])
  }
}
