/// A thin singular value decomposition, A = U diag(s) V^T, by rotations of pairs of columns until all are orthogonal.
///
/// One-sided Jacobi (Hestenes 1958, "Inversion of matrices by biorthogonalization and related results"; Demmel and
/// Veselić 1992, "Jacobi's method is more accurate than QR"): small singular values are as exact, relative to
/// themselves, as the columns allow. Work is of the order of rows times columns times the smaller of both.
struct SingularValueDecomposition {
  /// Rows of the matrix.
  let rows: Int
  /// Columns of the matrix.
  let columns: Int
  /// The singular values in falling order, as many as the smaller extent.
  let values: [Double]
  /// The left singular vectors one behind another, `rows` numbers each; zeros where the value is 0.
  let left: [Double]
  /// The right singular vectors one behind another, `columns` numbers each; zeros where the value is 0.
  let right: [Double]

  /// Decomposes a matrix that lies row by row. Its numbers must be finite.
  init(_ matrix: [Double], rows: Int, columns: Int) {
    precondition(matrix.count == rows * columns, "\(matrix.count) numbers for \(rows) x \(columns)")
    self.rows = rows
    self.columns = columns
    // The columns that are rotated are those of the matrix or of its transpose, whichever has fewer.
    let isTall = rows >= columns
    let (length, count) = (max(rows, columns), min(rows, columns))
    var vectors = [Double](repeating: 0, count: length * count)
    for row in 0..<rows {
      for column in 0..<columns {
        vectors[isTall ? column * length + row : row * length + column] = matrix[row * columns + column]
      }
    }
    var turns = [Double](repeating: 0, count: count * count)
    for index in 0..<count { turns[index * count + index] = 1 }
    Self.orthogonalize(&vectors, length: length, with: &turns, count: count)

    let norms = (0..<count).map { index in
      vectors[index * length..<(index + 1) * length].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let order = norms.indices.sorted { (norms[$1], $0) < (norms[$0], $1) }
    values = order.map { norms[$0] }
    var (long, short): ([Double], [Double]) = ([], [])
    for index in order {
      let scale = norms[index] > 0 ? 1 / norms[index] : 0
      long += vectors[index * length..<(index + 1) * length].map { $0 * scale }
      short += turns[index * count..<(index + 1) * count].map { scale > 0 ? $0 : 0 }
    }
    (left, right) = isTall ? (long, short) : (short, long)
  }

  /// A left singular vector by its place in the order of values.
  func left(_ index: Int) -> ArraySlice<Double> { left[index * rows..<(index + 1) * rows] }

  /// A right singular vector by its place in the order of values.
  func right(_ index: Int) -> ArraySlice<Double> { right[index * columns..<(index + 1) * columns] }

  /// Sweeps over all pairs of vectors; some six to ten make them orthogonal to rounding.
  private static let sweepLimit = 60

  private static func orthogonalize(_ vectors: inout [Double], length: Int, with turns: inout [Double], count: Int) {
    let tolerance = Double.ulpOfOne * Double(length).squareRoot()
    vectors.withUnsafeMutableBufferPointer { vectors in
      turns.withUnsafeMutableBufferPointer { turns in
        for _ in 0..<sweepLimit {
          var isDone = true
          for first in 0..<count {
            for second in first + 1..<count {
              let (a, b) = (first * length, second * length)
              var (aa, bb, ab) = (0.0, 0.0, 0.0)
              for index in 0..<length {
                let (x, y) = (vectors[a &+ index], vectors[b &+ index])
                aa += x * x
                bb += y * y
                ab += x * y
              }
              guard abs(ab) > tolerance * (aa * bb).squareRoot() else { continue }
              isDone = false
              let half = (bb - aa) / (2 * ab)
              let tangent = (half < 0 ? -1 : 1) / (abs(half) + (1 + half * half).squareRoot())
              let cosine = 1 / (1 + tangent * tangent).squareRoot()
              rotate(vectors, a, b, length, cosine, cosine * tangent)
              rotate(turns, first * count, second * count, count, cosine, cosine * tangent)
            }
          }
          if isDone { return }
        }
      }
    }
  }

  private static func rotate(
    _ numbers: UnsafeMutableBufferPointer<Double>, _ a: Int, _ b: Int, _ count: Int, _ cosine: Double, _ sine: Double
  ) {
    for index in 0..<count {
      let (x, y) = (numbers[a &+ index], numbers[b &+ index])
      numbers[a &+ index] = cosine * x - sine * y
      numbers[b &+ index] = sine * x + cosine * y
    }
  }
}
