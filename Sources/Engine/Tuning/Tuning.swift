import Foundation
import Tensors

/// Which form of a layer is the fastest on this machine: measured once, kept in a file, and used from then on.
///
/// A layer's key says what it computes, for how large a batch and on how many threads. Forms round differently, so that
/// the same results need the same choices: a checkpoint holds those of its training.
public final class Tuning: Sendable {
  /// Where choices come from.
  public enum Mode: String, Sendable, CaseIterable {
    /// A fixed rule.
    case off
    /// What was measured before, and the rule for other layers.
    case cached
    /// What was measured before; other layers are measured when they are compiled, as long as there is time.
    case measure
  }

  /// Where choices come from.
  public let mode: Mode
  private let file: TuningFile?
  private let lock = NSLock()
  // Both are only touched under the lock.
  nonisolated(unsafe) private var known: [String: String]
  nonisolated(unsafe) private var taken: [String: String] = [:]

  /// Starts with what a file says of this machine.
  ///
  /// - Parameters:
  ///   - file: a path; nil: nothing is known and nothing is kept. What there is and cannot be read counts as empty.
  public init(_ mode: Mode = .off, file: String? = nil) {
    self.mode = mode
    self.file = mode == .off ? nil : file.map(TuningFile.init)
    known = self.file?.forms ?? [:]
  }

  /// The choices that programs have been compiled with: form by layer.
  public var choices: [String: String] { lock.withLock { taken } }

  /// Makes choices that were made elsewhere, whatever the mode.
  public func adopt(_ choices: [String: String]) { lock.withLock { known.merge(choices) { _, new in new } } }

  /// The form that a layer is known to be the fastest in.
  func form(of layer: String) -> String? { lock.withLock { known[layer] } }

  /// Notes what a layer is compiled as.
  func take(_ form: String, for layer: String) { lock.withLock { taken[layer] = form } }

  /// Notes what was measured, and keeps it in the file.
  /// - Throws: `PareError.cannotWrite`.
  func learn(_ forms: [String: String]) throws {
    guard !forms.isEmpty else { return }
    adopt(forms)
    try file?.add(forms)
  }
}
