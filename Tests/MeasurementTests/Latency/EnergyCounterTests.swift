import Foundation
import Testing

@testable import Measurement

@Suite struct EnergyCounterTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("powercap-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try body(folder)
  }

  private func write(_ energy: Int, range: Int = 1_000_000, to name: String, in folder: URL) throws {
    let domain = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: domain, withIntermediateDirectories: true)
    try "\(energy)\n".write(to: domain.appendingPathComponent("energy_uj"), atomically: true, encoding: .utf8)
    try "\(range)\n".write(to: domain.appendingPathComponent("max_energy_range_uj"), atomically: true, encoding: .utf8)
  }

  @Test func addsPackagesAndLeavesTheirPartsOut() throws {
    try withFolder { folder in
      try write(1000, to: "intel-rapl:0", in: folder)
      try write(700, to: "intel-rapl:0:0", in: folder)
      try write(2000, to: "intel-rapl:1", in: folder)
      let counter = try #require(EnergyCounter(folder: folder))
      let start = counter.read()
      #expect(start == [1000, 2000])
      try write(4000, to: "intel-rapl:0", in: folder)
      try write(9999, to: "intel-rapl:0:0", in: folder)
      try write(2500, to: "intel-rapl:1", in: folder)
      #expect(counter.millijoules(since: start) == 3.5)
    }
  }

  @Test func aCounterThatStartedAgainGoesOnFromItsRange() throws {
    try withFolder { folder in
      try write(990_000, to: "intel-rapl:0", in: folder)
      let counter = try #require(EnergyCounter(folder: folder))
      let start = counter.read()
      try write(20_000, to: "intel-rapl:0", in: folder)
      #expect(counter.millijoules(since: start) == 30)
    }
  }

  @Test func thereIsNoneWithoutCounters() throws {
    try withFolder { folder in
      #expect(EnergyCounter(folder: folder) == nil)
      #expect(EnergyCounter(folder: folder.appendingPathComponent("absent")) == nil)
    }
  }
}
