import Foundation
import Tensors

/// How closely one output of a network follows that of another.
public struct OutputFidelity: Codable, Sendable, Equatable {
  /// The output's name in the reference.
  public var output: String
  /// The share of samples on which both have their largest number at the same place; nil for outputs of one number.
  public var agreement: Double?
  /// The mean over samples of the cosine of the angle between both outputs; 1 where both are zero.
  public var cosine: Double
  /// 10 log10 of (sum of reference²) / (sum of difference²), in decibels; nil where there is no difference at all.
  public var signalToNoise: Double?
  /// The largest absolute difference.
  public var largestDifference: Double

  enum CodingKeys: String, CodingKey {
    case output, agreement, cosine
    case signalToNoise = "snr_db"
    case largestDifference = "largest_difference"
  }
}

/// Sums up what fidelity is made of, batch by batch.
struct FidelityCounter {
  private var samples = 0
  private var agreeing = 0
  private var width = 0
  private var cosines = 0.0
  private var signal = 0.0
  private var noise = 0.0
  private var largest = 0.0

  /// Compares the first rows of two outputs of a batch.
  mutating func add(_ reference: Tensor, _ other: Tensor, rows: Int, of batch: Int) {
    width = reference.count / max(batch, 1)
    let (a, b) = (reference.floats, other.floats)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        for row in 0..<rows {
          let range = (row * width)..<((row + 1) * width)
          addRow(UnsafeBufferPointer(rebasing: a[range]), UnsafeBufferPointer(rebasing: b[range]))
        }
      }
    }
  }

  private mutating func addRow(_ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) {
    var (dot, first, second, difference) = (0.0, 0.0, 0.0, 0.0)
    for index in a.indices {
      let (x, y) = (Double(a[index]), Double(b[index]))
      dot += x * y
      first += x * x
      second += y * y
      difference += (x - y) * (x - y)
      largest = max(largest, abs(x - y))
    }
    samples += 1
    agreeing += AccuracyCounter.largest(a) == AccuracyCounter.largest(b) ? 1 : 0
    let length = (first * second).squareRoot()
    cosines += length > 0 ? dot / length : first == second ? 1 : 0
    signal += first
    noise += difference
  }

  /// The figures.
  func result(name: String) -> OutputFidelity {
    let total = Double(max(samples, 1))
    return OutputFidelity(
      output: name, agreement: width > 1 ? Double(agreeing) / total : nil, cosine: cosines / total,
      signalToNoise: noise > 0 && signal > 0 ? 10 * log10(signal / noise) : nil, largestDifference: largest)
  }
}
