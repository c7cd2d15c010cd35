import Engine
import Foundation
import Graphs
import Tensors
import Testing
import Zoo

/// How long a further width of a network takes to compile, beside the whole one. A figure of a clock, so that
/// `Scripts/verify compiling` runs it (through the environment variable `PARE_CLOCK`); elsewhere it is skipped.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PARE_CLOCK"] != nil, "PARE_CLOCK does not ask for times"))
struct WidthCompilationTests {
  static let limit = 20.0

  @Test func compilesNewWidthsOfMobileNetV2() throws {
    let engine = Engine(threads: 1)
    let state = TrainingState(graph: try Zoo.mobileNetV2())
    let whole = try Subnetwork(name: "whole", graph: Zoo.mobileNetV2())
    _ = try Self.compile(whole, of: state, engine)
    let times = try [0.9, 0.8, 0.7, 0.6, 0.5].map { width in
      try Self.compile(Subnetwork(name: "\(width)", graph: Zoo.mobileNetV2(width: width)), of: state, engine)
    }
    let median = times.sorted()[times.count / 2]
    print("figure: \(times.map { String(format: "%.1f", $0) }.joined(separator: ", ")) ms for widths 0.9 to 0.5")
    #expect(median < Self.limit, "a new width takes \(median) ms (median of \(times))")
  }

  /// Milliseconds from a sub-network to a program that runs.
  private static func compile(_ subnetwork: Subnetwork, of state: TrainingState, _ engine: Engine) throws -> Double {
    let clock = ContinuousClock()
    return try clock.measure {
      let part = try SubnetworkState(subnetwork, of: state)
      _ = try Program(graph: subnetwork.graph, batch: 1, parameters: part.memory, engine: engine)
    }.milliseconds
  }
}
