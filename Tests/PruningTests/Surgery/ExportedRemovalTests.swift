import Engine
import Foundation
import Graphs
import ONNXFormat
import TestSupport
import Tensors
import Testing

@testable import Pruning

/// The folder of exports.
enum ExportedFiles {
  static var folder: String? { ProcessInfo.processInfo.environment["PARE_EXPORTS"] }

  /// Every NAME/EXPORTER-symbolic.onnx, by its path in the folder.
  static var symbolic: [String] {
    guard let folder else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().flatMap { name in
      ["script", "dynamo"].map { "\(name)/\($0)-symbolic.onnx" }
        .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    }
  }
}

/// Networks that PyTorch exported (`Scripts/reference/exported_networks.py`, in the folder that the environment variable
/// `PARE_EXPORTS` names): after the removal of random channels they compute what they computed with those at zero.
/// `Scripts/verify exports` runs this; elsewhere it is skipped.
@Suite(.enabled(if: ExportedFiles.folder != nil, "PARE_EXPORTS does not name a folder of exports"), .serialized)
struct ExportedRemovalTests {
  /// Both sides are computed in float32, with sums in another order.
  static let tolerance = 1e-4

  @Test(arguments: ExportedFiles.symbolic) func sameOutputs(_ file: String) throws {
    let folder = try #require(ExportedFiles.folder)
    let graph = try StandardCleanup().apply(to: ONNXFile.read(URL(fileURLWithPath: "\(folder)/\(file)")).graph)
    var inputs: [String: Tensor] = [:]
    for (index, port) in graph.inputs.enumerated() {
      inputs[port.name] = SampleTensors.normal(
        try #require(port.type.shape).bound(toBatch: 2), seed: UInt64(index + 1))
    }
    func output(_ graph: Graph) throws -> Tensor {
      let program = try Program(
        graph: graph, batch: 2, parameters: ParameterMemory(graph: graph), engine: Engine(threads: 1, isExact: true))
      return try #require(program.run(inputs)[graph.outputs[0].name])
    }
    let groups = try graph.removableChannelGroups().groups
    #expect(!groups.isEmpty)
    var random = RandomSource(seed: 11, UInt64(file.utf8.count))
    let removed = groups.flatMap { group in
      let share = 0.1 + 0.4 * random.uniform()
      return Array(group.channels.filter { _ in random.uniform() < share }.prefix(group.channels.count - 1))
    }
    let smaller = try graph.removing(removed)
    let (before, after) = (try graph.costs(), try smaller.costs())
    let (found, wanted) = (try output(smaller), try output(graph.zeroing(removed)))
    let error = Tolerance.relative(found, wanted)
    #expect(error <= Self.tolerance)
    #expect(Tolerance.relative(found, try output(graph)) > 10 * Self.tolerance)
    print(
      "figure: \(file) \(groups.count) groups, \(removed.count) of \(groups.reduce(0) { $0 + $1.channels.count }) channels "
        + "removed, \(after.macs * 100 / max(before.macs, 1)) % of the MACs left, within \(error)")
  }
}
