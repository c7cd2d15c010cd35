import TestSupport
import Tensors
import Testing

@testable import Factorization

@Suite struct SingularValueDecompositionTests {
  /// a[r, c] = ((7 r + 3 c + r c) mod 13) / 13 - 0.4, with what LAPACK says of it (Scripts/reference/factorization.py).
  struct Reference: Sendable, CustomTestStringConvertible {
    var rows: Int
    var columns: Int
    var values: [Double]
    var testDescription: String { "\(rows) x \(columns)" }
    var matrix: [Double] {
      var numbers: [Double] = []
      for r in 0..<rows {
        for c in 0..<columns {
          let step = 7 * r + 3 * c + r * c
          numbers.append(Double(step % 13) / 13 - 0.4)
        }
      }
      return numbers
    }
  }

  static let references = [
    Reference(rows: 5, columns: 3, values: [0.761450085567, 0.655086150985, 0.337835499990]),
    Reference(rows: 3, columns: 5, values: [0.833402730359, 0.671557912488, 0.455096232787]),
    Reference(
      rows: 6, columns: 6,
      values: [1.216412978534, 0.878566501688, 0.704976688123, 0.569152719490, 0.432506156238, 0.357338465035]),
    Reference(rows: 9, columns: 1, values: [0.805895437151]),
  ]

  /// The figures have twelve decimals.
  private static let printed = 1e-12
  /// Some hundred products and rotations in double precision.
  private static let rounding = 1e-13

  @Test("values are LAPACK's", arguments: references)
  func values(reference: Reference) {
    let found = SingularValueDecomposition(reference.matrix, rows: reference.rows, columns: reference.columns)
    #expect(found.values.count == reference.values.count)
    for (a, b) in zip(found.values, reference.values) { #expect(abs(a - b) < Self.printed) }
  }

  @Test("the factors are orthonormal and their product is the matrix", arguments: references)
  func factors(reference: Reference) {
    let (rows, columns, matrix) = (reference.rows, reference.columns, reference.matrix)
    let found = SingularValueDecomposition(matrix, rows: rows, columns: columns)
    let rank = found.values.count
    func product(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for a in 0..<rank {
      for b in 0..<rank {
        #expect(abs(product(found.left(a), found.left(b)) - (a == b ? 1 : 0)) < Self.rounding)
        #expect(abs(product(found.right(a), found.right(b)) - (a == b ? 1 : 0)) < Self.rounding)
      }
    }
    for row in 0..<rows {
      for column in 0..<columns {
        let sum = (0..<rank).reduce(0.0) { sum, index in
          sum + found.values[index] * Array(found.left(index))[row] * Array(found.right(index))[column]
        }
        #expect(abs(sum - matrix[row * columns + column]) < Self.rounding)
      }
    }
  }

  /// Rank one by hand: (1, 2, 2) times (3, 4) has the single value 3 * 5.
  @Test func aProductOfVectorsHasOneValue() {
    let found = SingularValueDecomposition([3, 4, 6, 8, 6, 8], rows: 3, columns: 2)
    #expect(abs(found.values[0] - 15) < 15 * Self.rounding)
    #expect(abs(found.values[1]) < 15 * Self.rounding)
  }

  @Test func zerosHaveNoDirections() {
    let found = SingularValueDecomposition([0, 0, 0, 0, 0, 0], rows: 2, columns: 3)
    #expect(found.values == [0, 0])
    #expect(found.left.allSatisfy { $0 == 0 } && found.right.allSatisfy { $0 == 0 })
  }
}
