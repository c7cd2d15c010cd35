import Tensors
import Testing

@testable import Recipes

@Suite struct CompressionTargetTests {
  @Test(arguments: [
    ("macs=0.5", CompressionTarget.Kind.macs, 0.5, false), ("size=500kB", .size, 500_000, true),
    ("size=1.5MiB", .size, 1_572_864, true), ("latency=5ms", .latency, 5, true), ("latency=0.5", .latency, 0.5, false),
    ("macs=20M", .macs, 20_000_000, true), ("parameters=100k", .parameters, 100_000, true),
    ("channels=0.3", .channels, 0.3, false), ("channels=512", .channels, 512, true),
    ("pare_size=100kB", .packedSize, 100_000, true), ("fps=200fps", .fps, 200, true),
    ("fps=200", .fps, 200, true), ("memory=2MB", .memory, 2_000_000, true),
  ])
  func readsFractionsAndUnits(text: String, kind: CompressionTarget.Kind, amount: Double, isAbsolute: Bool) throws {
    let target = try CompressionTarget(parsing: text)
    #expect(target.kind == kind)
    #expect(abs(target.amount - amount) < 1e-9 * amount)
    #expect(target.isAbsolute == isAbsolute)
    #expect(try CompressionTarget(parsing: target.description) == target)
  }

  @Test(arguments: [
    "macs", "macs=", "macs=half", "speed=2", "size=5", "size=500 apples", "macs=0", "macs=-1", "latency=2",
  ])
  func refusesWhatMakesNoSense(text: String) {
    #expect(throws: PareError.self) { try CompressionTarget(parsing: text) }
  }

  @Test func limitsOneQuantityOnce() throws {
    #expect(try CompressionTarget.parse("macs=0.5,size=0.25").map(\.kind) == [.macs, .size])
    #expect(throws: PareError.self) { try CompressionTarget.parse("macs=0.5,macs=0.4") }
  }

  @Test func moreImagesASecondAreBetter() throws {
    let target = try CompressionTarget(parsing: "fps=200")
    #expect(target.isMet(by: 250, original: 100))
    #expect(!target.isMet(by: 150, original: 100))
    #expect(try CompressionTarget(parsing: "macs=0.5").isMet(by: 50, original: 100))
  }
}
