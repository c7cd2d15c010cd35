import Foundation
import Tensors
import Testing

@testable import Quantization

@Suite struct QuantizationConfigurationTests {
  @Test func emptyDocumentGivesDefaults() throws {
    let read = try JSONDecoder().decode(QuantizationConfiguration.self, from: Data("{}".utf8))
    #expect(try read == QuantizationConfiguration())
  }

  @Test func codingRoundTrip() throws {
    let configuration = try QuantizationConfiguration(
      calibration: "percentile", percentile: 99.9, samples: 7, batchSize: 3, ignoredNodes: ["conv.*"],
      usesChannelScales: false, quantizesAdditions: false, quantizesPooling: false, correctsBias: false, seed: 5)
    let data = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(QuantizationConfiguration.self, from: data) == configuration)
  }

  @Test func valuesOutOfRangeAreRefused() {
    #expect(throws: PareError.self) { try QuantizationConfiguration(bits: 4) }
    #expect(throws: PareError.self) { try QuantizationConfiguration(calibration: "guess") }
    #expect(throws: PareError.self) { try QuantizationConfiguration(percentile: 40) }
    #expect(throws: PareError.self) { try QuantizationConfiguration(percentile: .nan) }
    #expect(throws: PareError.self) { try QuantizationConfiguration(samples: 0) }
    #expect(throws: PareError.self) { try QuantizationConfiguration(ignoredNodes: ["("]) }
  }

  @Test func observersHaveUniqueIdentifiers() throws {
    let identifiers = ActivationObservers.all.map { $0.identifier }
    #expect(Set(identifiers).count == identifiers.count)
    for identifier in identifiers {
      #expect(try QuantizationConfiguration(calibration: identifier).calibration == identifier)
    }
  }
}
