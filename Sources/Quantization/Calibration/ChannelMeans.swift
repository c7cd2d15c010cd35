import Tensors

/// The mean of every channel (axis 1) of an activation, summed batch by batch in double precision.
struct ChannelMeans: Sendable {
  private var sums: [Double] = []
  private var count = 0

  /// The means; nil before anything was added or where the value has no channel axis.
  var means: [Double]? { count > 0 && !sums.isEmpty ? sums.map { $0 / Double(count) } : nil }

  /// Adds the first rows of a batch x channels x ... value.
  mutating func add(_ values: UnsafeBufferPointer<Float>, shape: Shape) {
    guard shape.rank >= 2, shape[1] > 0 else { return }
    let channels = shape[1]
    let inner = shape.dimensions[2...].reduce(1, *)
    guard inner > 0, values.count % (channels * inner) == 0 else { return }
    if sums.isEmpty { sums = Array(repeating: 0, count: channels) }
    guard sums.count == channels else { return }
    let rows = values.count / (channels * inner)
    for row in 0..<rows {
      for channel in 0..<channels {
        let start = (row * channels + channel) * inner
        sums[channel] += Double(UnsafeBufferPointer(rebasing: values[start..<(start + inner)]).sum)
      }
    }
    count += rows * inner
  }
}
