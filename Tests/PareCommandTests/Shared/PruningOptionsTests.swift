import ArgumentParser
import Pare
import Testing

@testable import PareCommand

@Suite struct PruningOptionsTests {
  private func wishes(_ arguments: String...) throws -> CompressionWishes {
    var wishes = CompressionWishes()
    try PruningOptions.parse(arguments).apply(to: &wishes)
    return wishes
  }

  @Test func channelsAreTheDefault() throws {
    let wishes = try wishes("--criterion", "taylor", "--selection", "global", "--floor", "0.2", "--ignore", "a*")
    #expect(wishes.weights == nil && !wishes.removesBlocks)
    #expect(wishes.criterion == "taylor" && wishes.selection == .global && wishes.floor == 0.2)
    #expect(wishes.ignore == ["a*"])
    #expect(try self.wishes("--granularity", "depth").removesBlocks)
    #expect(try self.wishes("--layer-ratio", "a=0.5").layerRatios == [LayerRatio("a", removed: 0.5)])
  }

  @Test func sparsityIsForWeights() throws {
    let wishes = try wishes(
      "--sparsity", "0.9", "--criterion", "l2", "--selection", "global", "--schedule", "agp", "--floor", "0.02")
    let weights = try #require(wishes.weights)
    #expect(weights.criterion == "l2" && weights.selection == .global && weights.schedule == .agp)
    #expect(weights.sparsity == 0.9 && weights.floor == 0.02 && weights.granularity == .weight)
    #expect(wishes.criterion == "l1" && wishes.selection == .sensitivity && wishes.floor == nil)
    let pattern = try #require(try self.wishes("--granularity", "2:4").weights)
    #expect(pattern.granularity == .pattern(kept: 2, of: 4) && pattern.selection == .uniform)
  }

  @Test func ratiosAndSchedulesOfChannelsAndOfWeights() throws {
    let channels = try wishes("--layer-ratio", "a=0.5", "--schedule", "soft")
    #expect(channels.weights == nil && channels.layerRatios.count == 1 && channels.channelSchedule == .soft)
    let weights = try wishes("--layer-ratio", "a=0.5", "--granularity", "kernel", "--schedule", "agp")
    #expect(weights.layerRatios.isEmpty && weights.weights?.layerRatios == [LayerRatio("a", removed: 0.5)])
    #expect(weights.weights?.schedule == .agp && weights.channelSchedule == .iterative)
    let both = try wishes("--layer-ratio", "a=0.5", "--sparsity", "0.9", "--selection", "sensitivity")
    #expect(both.layerRatios.count == 1 && both.weights?.layerRatios == [] && both.weights?.selection == .sensitivity)
    #expect(try wishes("--scratch", "--same-compute").matchesCompute)
  }

  @Test func ticketsShareOptionsWithPruning() throws {
    let pruning = try PruningOptions.parse(["--sparsity", "0.8", "--rounds", "5", "--selection", "global"])
    let tickets = try LotteryOptions.parse(["--lottery", "movement", "--pruned", "init", "--rewind-to", "7"])
    var wanted = LotteryConfiguration(.movement, sparsity: 0.8, rounds: 5)
    (wanted.pruned, wanted.rewindUpdates, wanted.selection) = (.initial, 7, .global)
    #expect(try tickets.configuration(with: pruning) == wanted)
    #expect(try LotteryOptions.parse([]).configuration(with: pruning) == nil)
    #expect(throws: (any Error).self) { try tickets.configuration(with: PruningOptions.parse([])) }
    #expect(throws: (any Error).self) { try LotteryOptions.parse(["--survivors", "redraw"]) }
    for other in [["--schedule", "agp"], ["--granularity", "kernel"], ["--criterion", "l2"]] {
      let pruning = try PruningOptions.parse(["--sparsity", "0.5"] + other)
      #expect(throws: (any Error).self) { try tickets.configuration(with: pruning) }
    }
  }

  @Test(
    arguments: [
      ["--granularity", "3:2"], ["--granularity", "kernel"], ["--granularity", "depth", "--sparsity", "0.5"],
      ["--granularity", "depth", "--layer-ratio", "a=0.5"], ["--rewind", "zoo:lenet300"],
      ["--sparsity", "0.5", "--criterion", "fpgm"], ["--schedule", "soft", "--rounds", "2"],
      ["--schedule", "agp", "--scratch"], ["--same-compute"],
      ["--sparsity", "0.5", "--schedule", "agp", "--same-compute"],
      ["--sparsity", "0.5", "--selection", "sensitivity", "--schedule", "agp", "--criterion", "movement"],
      ["--layer-ratio", "a"], ["--aggregation", "median"], ["--normalization", "median"],
    ])
  func whatDoesNotGoTogetherIsRefused(_ arguments: [String]) {
    #expect(throws: (any Error).self) { try PruningOptions.parse(arguments) }
  }
}
