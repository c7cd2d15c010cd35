/// What a search for lottery tickets found.
public struct LotteryReport: Codable, Sendable, Equatable {
  /// One training of a ticket, or of the network as it came.
  public struct Round: Codable, Sendable, Equatable {
    /// The round; 0 is the network with all its weights.
    public var round: Int
    /// The share of the weights of the layers that are pruned that the ticket leaves out.
    public var sparsity: Double
    /// How many of those weights it keeps.
    public var kept: Int
    /// Top-1 of the ticket before any training: of its mask alone; nil where nothing judges.
    public var top1Untrained: Double?
    /// Top-1 behind its training; nil where nothing judges or nothing was trained.
    public var top1: Double?
    /// The mean loss of the training's last epoch.
    public var trainLoss: Double?
    /// The epochs of its training.
    public var epochs = 0

    enum CodingKeys: String, CodingKey {
      case round, sparsity, kept, top1, epochs
      case top1Untrained = "top1_untrained"
      case trainLoss = "train_loss"
    }
  }

  /// The numbers of the search.
  public var configuration: LotteryConfiguration
  /// The weights of the layers that were pruned.
  public var weights: Int
  /// Round by round; the last is the ticket that was returned.
  public var rounds: [Round]
  /// The layers that were pruned: their weights, and how many of them the last ticket leaves out.
  public var layers: [WeightPruningReport.Layer]
  /// The layers that were left alone.
  public var dense: [WeightPruningReport.Dense]
}
