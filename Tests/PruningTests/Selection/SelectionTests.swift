import Foundation
import Graphs
import Tensors
import Testing

@testable import Pruning

@Suite("Targets, names and configurations")
struct SelectionTests {
  @Test(
    "wildcards",
    arguments: [
      ("a", "a", true), ("a", "ab", false), ("a*", "abc", true), ("*c", "abc", true), ("a?c", "abc", true),
      ("a?c", "ac", false), ("*b*", "abc", true), ("*", "", true), ("layer1.*.conv1*", "layer1.0.conv1.weight", true),
      ("layer1.*.conv1*", "layer2.0.conv1.weight", false), ("*aab", "aaaab", true),
    ])
  func patterns(_ pattern: String, _ name: String, _ matches: Bool) {
    #expect(NamePattern(text: pattern).matches(name) == matches)
  }

  @Test("ignored layers keep their group; unknown names are refused; the last layer is never pruned")
  func ignored() throws {
    let graph = try SmallNetworks.chain()
    let found = try SmallNetworks.groups(of: graph, ignore: ["b.*"])
    #expect(found.groups.map(\.name) == ["a.weight", "b.weight"])
    #expect(found.groups.map(\.isIgnored) == [false, true])
    #expect(found.blocked == [.init(name: "fc.weight", channels: 3, reason: "y is an output of the network")])
    #expect(throws: PareError.self) { try SmallNetworks.groups(of: graph, ignore: ["nothing*"]) }
  }

  @Test(
    "targets",
    arguments: [
      (PruningTarget.macs(0.5), 50), (.parameters(0.333), 33), (PruningTarget(.size, .absolute(70)), 70),
    ])
  func targets(_ target: PruningTarget, _ limit: Int) throws {
    try target.validate()
    #expect(target.limit(original: 101) == limit)
    #expect(try JSONDecoder().decode(PruningTarget.self, from: JSONEncoder().encode(target)) == target)
  }

  @Test("a configuration survives JSON; missing keys have the defaults")
  func configuration() throws {
    var configuration = ChannelPruningConfiguration(target: .parameters(0.3), criterion: "l2", epochs: 7, seed: 3)
    configuration.ignore = ["conv1*"]
    configuration.limits = ChannelLimits(fraction: 0.2, channels: 4, roundTo: 8)
    let text = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(ChannelPruningConfiguration.self, from: text) == configuration)
    let short = #"{"target": {"fraction": 0.4}, "limits": {"round_to": 8}}"#
    let read = try JSONDecoder().decode(ChannelPruningConfiguration.self, from: Data(short.utf8))
    var wanted = ChannelPruningConfiguration(target: .macs(0.4))
    wanted.limits.roundTo = 8
    #expect(read == wanted)
  }

  @Test(
    "numbers out of range are refused",
    arguments: [
      { $0.criterion = "none" }, { $0.target = .macs(0) }, { $0.target = .macs(1.5) }, { $0.maxStep = 1 },
      { $0.limits.channels = 0 }, { $0.limits.roundTo = 0 }, { $0.limits.fraction = -1 }, { $0.ratios = [] },
      { $0.ratios = [1] }, { $0.samples = 0 }, { $0.epochs = -1 }, { $0.finalShare = 2 }, { $0.meanSamples = 0 },
    ] as [@Sendable (inout ChannelPruningConfiguration) -> Void])
  func refused(_ change: @Sendable (inout ChannelPruningConfiguration) -> Void) throws {
    var configuration = ChannelPruningConfiguration()
    _ = try configuration.validated()
    change(&configuration)
    #expect(throws: PareError.self) { try configuration.validated() }
  }
}
