import Foundation
import Tensors

/// Compares plans as a whole, where sensitivity looks at one group at a time: several groups lose more together than the
/// sum of what each loses alone, a stream that many layers share with them most of all.
///
/// Plans differ by factors on the groups' predicted losses: first the powers 0, 1/2, 1 and 2 of how many layers make a
/// group's channels, then factors drawn around those of the best plan so far. Nothing is trained: what is compared is the
/// loss of the network without the channels, its batches normalised by their own statistics. (After Li et al. 2020,
/// "EagleEye: fast sub-net evaluation for efficient neural network pruning", which draws whole plans.)
struct PlanSearch {
  /// The rule without factors.
  var allocation: GreedyAllocation
  /// How many layers make the channels of each group.
  var layers: [Int]
  /// How many plans are compared at most.
  var plans: Int
  /// The seed of the draws.
  var seed: UInt64

  private static let powers = [0, 0.5, 1, 2]
  /// The part of the groups whose factors a draw changes, and the standard deviation of the change's logarithm.
  private static let (share, deviation) = (0.25, 0.7)

  /// The rule of the plan that leaves the least loss.
  ///
  /// - Parameters:
  ///   - ledger: the costs of the network as it is.
  ///   - budget: what plans may leave of them.
  ///   - measure: the loss of the network without so many channels of each group.
  /// - Throws: what measuring throws.
  func best(
    from ledger: CostLedger, budget: Int, onProgress: ((_ done: Int, _ all: Int) -> Void)? = nil,
    _ measure: (_ removed: [Int]) throws -> Double
  ) throws -> GreedyAllocation {
    var random = RandomSource(seed: seed)
    let powers = Set(layers).count > 1 ? Self.powers : [0]
    var known: [[Int]: Double] = [:]
    var best: (allocation: GreedyAllocation, loss: Double)?
    for index in 0..<plans {
      var candidate = best?.allocation ?? allocation
      if index < powers.count {
        candidate.factors = layers.map { pow(Double(max($0, 1)), powers[index]) }
      } else {
        for group in candidate.factors.indices where Double.random(in: 0..<1, using: &random) < Self.share {
          candidate.factors[group] *= exp(Self.deviation * random.normal())
        }
      }
      var removal = ledger
      _ = candidate.allocate(&removal, budget: budget, lowest: 0)
      let loss = try known[removal.removed] ?? measure(removal.removed)
      known[removal.removed] = loss
      if loss < best?.loss ?? .infinity { best = (candidate, loss) }
      onProgress?(index + 1, plans)
    }
    return best?.allocation ?? allocation
  }
}
