import Foundation
import PareRuntime
import Testing

/// What an application that only runs a network gets.
@Suite struct PareRuntimeTests {
  /// The five lines of the README.
  @Test(arguments: ModelFile.extensions)
  func runsANetworkFromAFile(format: String) throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 1, height: 4, width: 4)
    try builder.output(builder.relu(x), as: "scores")
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(format)")
    defer { try? FileManager.default.removeItem(at: url) }
    try ModelFile.write(Model(builder.build()), to: url)

    let network = try Network(contentsOf: url)
    let session = try network.makeSession(batch: 1, threads: 1)
    var scores = [Float](repeating: 9, count: 16)
    try session.run([Float](repeating: -1, count: 8) + [Float](repeating: 2, count: 8), into: &scores)
    #expect(scores == [Float](repeating: 0, count: 8) + [Float](repeating: 2, count: 8))
  }

  /// The product's modules import nothing that only training, images or the command line need.
  @Test func dependsOnNothingButTheRuntime() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let allowed: Set<String> = [
      "Tensors", "Graphs", "Engine", "ONNXFormat", "PareFormat", "COneDNN", "CKernels", "OrderedCollections",
      "SwiftProtobuf",
      "Foundation", "FoundationEssentials", "Glibc", "Darwin", "Musl", "Synchronization", "Dispatch",
    ]
    let modules = ["Tensors", "Graphs", "Engine", "ONNXFormat", "PareFormat", "PareRuntime"]
    var seen = Set<String>()
    for module in modules {
      let folder = root.appendingPathComponent("Sources/\(module)")
      let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
      for case let file as URL in files where file.pathExtension == "swift" {
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
          let words = line.split(separator: " ").filter { !$0.hasPrefix("@") && $0 != "public" && $0 != "package" }
          guard words.first == "import", let name = words.dropFirst().first else { continue }
          seen.insert(String(name))
          #expect(allowed.contains(String(name)), "\(file.lastPathComponent) imports \(name)")
        }
      }
    }
    #expect(seen.isSuperset(of: ["Graphs", "Tensors", "COneDNN"]))
  }
}
