import Datasets
import Engine
import Foundation
import Graphs
import Pruning
import Reporting
import Tensors
import Training

/// One step of a recipe. Adding one: a new file here and a line in `CompressionStages`.
public protocol CompressionStage: Codable, Sendable, Equatable {
  /// The name in recipes, such as `prune`.
  static var identifier: String { get }
  /// What it will do, in a few words.
  var title: String { get }
  /// Does it.
  /// - Throws: what the method throws; `PareError.interrupted` when asked to stop.
  func run(on model: Model, in context: StageContext) throws -> StageOutcome
}

/// What a stage gives.
public struct StageOutcome {
  /// The network after it.
  public var model: Model
  /// What is to be said of it; figures of the network itself are measured by the runner.
  public var stage: ReportDocument.Stage
  /// Things that the user should know.
  public var notes: [String]

  /// Makes an outcome.
  public init(model: Model, stage: ReportDocument.Stage, notes: [String] = []) {
    self.model = model
    self.stage = stage
    self.notes = notes
  }
}

/// What stages work with.
public struct StageContext {
  /// Where everything runs.
  public let engine: Engine
  /// What is learned from.
  public var training: Split
  /// What judges choices; nil without labels.
  public let heldOut: Split?
  /// Both together, for a training after which nothing is chosen any more; nil where what is held out has to serve as
  /// the test split too.
  public let everything: Split?
  /// The multiply-accumulates of the network as it came.
  public let originalMACs: Int
  /// What distillation learns from.
  public let teacher: Model?
  /// How the data was prepared.
  public let preparation: Preparation?
  /// What may be left, as the budget search decided; nil where no target asks for pruning.
  public let target: PruningTarget?
  /// Says how much a network, in the form that is delivered, has of what targets limit, over what it may have: at most 1 where
  /// it meets all. nil where `target` alone says it.
  public let excess: ((Model) throws -> Double)?
  /// The seed of everything random.
  public let seed: UInt64
  /// A request to stop.
  public let stop: StopToken?
  /// Where the stage may keep checkpoints and finished parts.
  public let folder: URL
  /// Whether to go on from what is there.
  public let resumes: Bool
  /// Who watches.
  public let observer: CompressionObserver

  /// Throws where the user asked to stop.
  public func checkForStop() throws {
    if stop?.isStopped == true {
      throw PareError(.interrupted, "interrupted; finished stages are kept, go on with --resume")
    }
  }
}

/// Callbacks for progress; each may be nil.
public struct CompressionObserver {
  /// A stage begins: its number from 1, the number of stages, its title.
  public var onStage: ((Int, Int, String) -> Void)?
  /// A training inside a stage moves on.
  public var onTraining: ((TrainingProgress) -> Void)?
  /// An epoch of a training inside a stage has ended.
  public var onEpoch: ((EpochRecord) -> Void)?
  /// Other long work: what, how far, of how much.
  public var onWork: ((String, Int, Int) -> Void)?
  /// A remark.
  public var onNote: ((String) -> Void)?

  /// Watches nothing.
  public init() {}
}
