import Foundation
import PareRuntime

/// A file that may hold anything: it is read, compiled, run, written, and read again.
struct FuzzedFile {
  private let url: URL

  init(_ url: URL) { self.url = url }

  /// What became of the file and why. "unread", "unwritten" and "unrun" are clear refusals; "large" was not run because
  /// its work or memory is beyond a test; "fault" is an error that no file may cause.
  func outcome() -> (outcome: String, detail: String) {
    let model: Model
    do {
      model = try ModelFile.read(url)
    } catch {
      return refusal("unread", error)
    }
    do {
      let (onnx, pare) = (try model.onnxBytes(), try model.pareBytes())
      do {
        let again = try Model(onnx: onnx)
        guard try Model(pare: pare).onnxBytes() == again.onnxBytes() else {
          return ("fault", "the .pare file is another network than the ONNX file")
        }
      } catch {
        return ("fault", "what was written cannot be read again: \(error)")
      }
    } catch {
      return refusal("unwritten", error)
    }
    do {
      guard try isSmall(model) else { return ("large", "") }
      let session = try Network(graph: model.graph).makeSession()
      var inputs: [String: Tensor] = [:]
      var random = RandomSource(seed: 0)
      for port in session.program.inputs {
        inputs[port.name] =
          port.dataType == .float32
          ? .uniform(port.shape, in: 0...1, from: &random) : Tensor(zeros: port.shape, dataType: port.dataType)
      }
      _ = try session.run(inputs)
      return ("ran", "")
    } catch {
      return refusal("unrun", error)
    }
  }

  private func refusal(_ outcome: String, _ error: any Error) -> (String, String) {
    guard let fault = error as? PareError, fault.code != .internalFault else { return ("fault", "\(error)") }
    return (outcome, "\(fault.code.rawValue): \(fault)")
  }

  /// Networks between a moment's work and what memory limits refuse are sound; running them only costs time.
  private func isSmall(_ model: Model) throws -> Bool {
    let costs = try model.graph.costs()
    let isFeasible = costs.memoryAccessBytes < 1 << 40
    return !isFeasible || (costs.memoryAccessBytes < 1 << 26 && costs.macs < 50_000_000)
  }
}
