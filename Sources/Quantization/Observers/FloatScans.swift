extension UnsafeBufferPointer<Float> {
  /// The largest magnitude; 0 where there are no values.
  var largestMagnitude: Float {
    var lanes = SIMD16<Float>(repeating: 0)
    let whole = forEachBlock { values in
      lanes.replace(with: values, where: values .> lanes)
      lanes.replace(with: -values, where: -values .> lanes)
    }
    return self[whole...].reduce(lanes.max()) { Swift.max($0, abs($1)) }
  }

  /// The least value; infinity where there are none.
  var least: Float {
    var lanes = SIMD16<Float>(repeating: .infinity)
    let whole = forEachBlock { lanes.replace(with: $0, where: $0 .< lanes) }
    return self[whole...].reduce(lanes.min()) { Swift.min($0, $1) }
  }

  /// Whether all values are finite numbers.
  var isFinite: Bool {
    // 0 times a finite number is 0; times NaN or infinity it is NaN, which stays.
    var lanes = SIMD16<Float>(repeating: 0)
    let whole = forEachBlock { lanes += $0 * 0 }
    return lanes.sum() == 0 && self[whole...].allSatisfy(\.isFinite)
  }

  /// The sum in single precision, in 16 lanes.
  var sum: Float {
    var lanes = SIMD16<Float>(repeating: 0)
    let whole = forEachBlock { lanes += $0 }
    return self[whole...].reduce(lanes.sum(), +)
  }

  /// Calls `body` with 16 values after the other and returns how many values that were.
  @inline(__always) private func forEachBlock(_ body: (SIMD16<Float>) -> Void) -> Int {
    let whole = count / 16 * 16
    guard let base = UnsafeRawPointer(baseAddress) else { return 0 }
    for offset in stride(from: 0, to: whole * 4, by: 64) {
      body(base.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self))
    }
    return whole
  }
}
