import Foundation
import Testing

@testable import Reporting

struct ReportJSONTests {
  /// The document as plain dictionaries, as another program sees it.
  private func object(_ document: ReportDocument) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: document.jsonData()) as? [String: Any])
  }

  @Test(arguments: SampleDocument.allCases)
  func roundTripKeepsEverything(sample: SampleDocument) throws {
    let document = sample.document
    #expect(try ReportDocument(jsonData: document.jsonData()) == document)
  }

  @Test func sameDocumentGivesSameBytesWithSortedKeys() throws {
    let first = try SampleDocument.full.jsonData()
    #expect(try first == SampleDocument.full.jsonData())
    let text = String(decoding: first, as: UTF8.self)
    let keys = ["\"after\"", "\"before\"", "\"classes\"", "\"warnings\""].compactMap { text.range(of: $0)?.lowerBound }
    #expect(keys.count == 4 && keys == keys.sorted())
    #expect(text.contains("imagefolder:/data/cifar10") && text.hasSuffix("}\n"))
  }

  @Test func keysAreTheOnesThatWerePromised() throws {
    let whole = try object(SampleDocument.full)
    let promised: Set = [
      "tool", "command", "created", "seed", "threads", "machine", "input", "teacher", "data", "settings", "targets",
      "guards", "before", "after", "drop", "fidelity", "verdict", "stages", "classes", "confusion_changes", "layers",
      "output", "outputs", "notes", "warnings", "exit_code",
    ]
    #expect(promised.isSubset(of: whole.keys))
    let before = try #require(whole["before"] as? [String: Any])
    #expect(before["latency_ms"] as? Double == 0.782)
    #expect((before["latency"] as? [String: Any])?.keys.sorted() == ["mean", "min", "p50", "p90", "p99"])
    for key in ["top1", "top5", "loss", "parameters", "macs", "file_bytes", "peak_activation_bytes", "weight_bytes"] {
      #expect(before[key] != nil, "before.\(key)")
    }
    let stages = try #require(whole["stages"] as? [[String: Any]])
    let epoch = try #require((stages[1]["epochs"] as? [[String: Any]])?.first)
    #expect(epoch.keys.sorted() == ["epoch", "images_per_second", "seconds", "top1", "train_loss"])
    #expect(stages[0]["helped_on_clock"] as? Bool == true && stages[0]["pruned_layers"] != nil)
    let layer = try #require((whole["layers"] as? [[String: Any]])?.first)
    #expect(
      layer.keys.sorted() == [
        "channels_after", "channels_before", "macs", "ms_after", "ms_before", "name", "op", "output_shape",
        "parameters",
      ])
    #expect(allKeys(of: whole).allSatisfy { $0.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" } })
  }

  @Test func whatIsNotKnownIsAbsentNotZero() throws {
    let after = try #require(object(SampleDocument.withoutLabels)["after"] as? [String: Any])
    #expect(after["top1"] == nil && after["macs"] == nil && after["file_bytes"] as? Int == 3_180_000)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func figuresThatAreNotFiniteBecomeNull(value: Double) throws {
    var document = SampleDocument.full
    document.before.loss = value
    document.stages[1].epochs[3].trainLoss = value
    document.data?.std = [0.2, value, 0.2]
    let text = String(decoding: try document.jsonData(), as: UTF8.self)
    #expect(text.contains("\"loss\" : null"))
    let back = try ReportDocument(jsonData: Data(text.utf8))
    #expect(back.before.loss == nil && back.stages[1].epochs[3].trainLoss == nil && back.data?.std == nil)
    #expect(back.before.top1 == 0.9312 && back.stages[1].epochs[2].trainLoss != nil)
  }

  @Test func unknownKeysArePassedOver() throws {
    var text = String(decoding: try SampleDocument.withoutLabels.jsonData(), as: UTF8.self)
    text.replace("{\n  \"after\"", with: "{\n  \"added_later\" : 1,\n  \"after\"")
    #expect(text.contains("added_later"))
    #expect(try ReportDocument(jsonData: Data(text.utf8)) == SampleDocument.withoutLabels)
  }

  @Test func timestampIsISO8601InUTC() {
    #expect(ReportDocument.timestamp(of: Date(timeIntervalSince1970: 1_700_000_000)) == "2023-11-14T22:13:20Z")
  }

  private func allKeys(of value: Any) -> [String] {
    if let dictionary = value as? [String: Any] {
      return dictionary.keys + dictionary.values.flatMap { allKeys(of: $0) }
    }
    return (value as? [Any])?.flatMap { allKeys(of: $0) } ?? []
  }
}
