import Datasets
import Engine
import Foundation
import Graphs
import Tensors
import Training

/// What to compress, with what, and where to put it.
public struct CompressionRequest {
  /// The network's file, or nil where it was built (zoo).
  public var input: URL?
  /// How the user named the network.
  public var inputName: String
  /// The network.
  public var model: Model
  /// The teacher; nil: the network itself.
  public var teacher: Model?
  /// How the user named the teacher.
  public var teacherName: String?
  /// The data, opened with the network's preparation.
  public var data: Dataset
  /// Budget and steps.
  public var settings: CompressionSettings
  /// The folder for the results; with `singleFile` the folder for unfinished work.
  public var output: URL
  /// Where a single method writes its network; nil: everything goes to `output`, with a report.
  public var singleFile: URL?
  /// Whether a network that scores hardly better than chance is refused: data and network would not go together. A
  /// student that is yet to learn may.
  public var expectsTrainedInput = true
  /// Whether to go on from the finished stages in the output folder.
  public var resumes = false
  /// The command line, for the report.
  public var command: [String] = []
  /// Where everything runs.
  public var engine: Engine
  /// A request to stop.
  public var stop: StopToken?
  /// Who watches.
  public var observer = CompressionObserver()
  /// Pare's version, for the report.
  public var version = ""

  /// Makes a request.
  public init(
    inputName: String, model: Model, data: Dataset, settings: CompressionSettings, output: URL, engine: Engine
  ) {
    self.inputName = inputName
    self.model = model
    self.data = data
    self.settings = settings
    self.output = output
    self.engine = engine
  }
}
