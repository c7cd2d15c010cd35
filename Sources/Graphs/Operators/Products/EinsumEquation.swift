import Tensors

/// An equation of `Einsum`: a letter for each axis of each operand and of the result, and perhaps an ellipsis for the
/// axes in between that are not named.
public struct EinsumEquation: Sendable, Hashable {
  /// The axes of one operand or of the result: letters, with an ellipsis in front of `behind`.
  struct Term: Sendable, Hashable {
    var front: [Character] = []
    var behind: [Character] = []
    var hasEllipsis = false

    init(_ text: Substring) throws {
      var rest = text.filter { $0 != " " }[...]
      while let letter = rest.popFirst() {
        if letter == "." {
          guard rest.hasPrefix(".."), !hasEllipsis else { throw EinsumEquation.damaged(String(text)) }
          rest = rest.dropFirst(2)
          hasEllipsis = true
        } else if letter.isASCII, letter.isLetter {
          if hasEllipsis { behind.append(letter) } else { front.append(letter) }
        } else {
          throw EinsumEquation.damaged(String(text))
        }
      }
    }

    init(front: [Character]) { self.front = front }

    /// The labels of the axes, with those of an ellipsis that stands for `axes` of them counted from its end.
    func labels(ellipsis axes: Int) -> [Label] {
      front.map { .letter($0) } + (hasEllipsis ? (0..<axes).reversed().map { .unnamed($0) } : [])
        + behind.map { .letter($0) }
    }

    var letterCount: Int { front.count + behind.count }
  }

  /// What an axis is called.
  package enum Label: Hashable, Sendable {
    /// By its letter.
    case letter(Character)
    /// An axis under an ellipsis, counted from the last one.
    case unnamed(Int)
  }

  /// The equation as it stands in files.
  public let text: String
  private let operands: [Term]
  private let result: Term

  /// Reads an equation such as `bij,bjk->bik`. Without an arrow the result has the ellipsis' axes, then the letters that
  /// occur once, in alphabetical order.
  /// - Throws: `PareError.badInput` where it is none.
  public init(_ text: String) throws {
    self.text = text
    let sides = text.split(separator: "->", omittingEmptySubsequences: false)
    guard sides.count == 1 || sides.count == 2 else { throw Self.damaged(text) }
    operands = try sides[0].split(separator: ",", omittingEmptySubsequences: false).map { try Term($0) }
    if sides.count == 2 {
      result = try Term(sides[1])
    } else {
      let letters = operands.flatMap { $0.front + $0.behind }
      var implied = Term(front: [])
      implied.hasEllipsis = operands.contains { $0.hasEllipsis }
      implied.behind = Set(letters).filter { letter in letters.count { $0 == letter } == 1 }.sorted()
      result = implied
    }
    let known = Set(operands.flatMap { $0.front + $0.behind })
    let made = result.front + result.behind
    guard made.allSatisfy(known.contains), Set(made).count == made.count else { throw Self.damaged(text) }
  }

  private static func damaged(_ text: String) -> PareError {
    PareError(.badInput, "\"\(text)\" is no equation of letters, commas and an arrow")
  }

  /// The labels of every operand's axes and of the result's, for operands of these ranks.
  /// - Throws: `PareError.badInput` where the operands do not fit the equation.
  package func labels(ranks: [Int]) throws -> (operands: [[Label]], result: [Label]) {
    guard ranks.count == operands.count else {
      throw PareError(.badInput, "\(ranks.count) operands for the equation \"\(text)\"")
    }
    var unnamed = 0
    for (term, rank) in zip(operands, ranks) {
      let rest = rank - term.letterCount
      guard term.hasEllipsis ? rest >= 0 : rest == 0 else {
        throw PareError(.badInput, "an operand of rank \(rank) does not fit the equation \"\(text)\"")
      }
      unnamed = max(unnamed, rest)
    }
    let named = zip(operands, ranks).map { $0.labels(ellipsis: $1 - $0.letterCount) }
    return (named, result.labels(ellipsis: unnamed))
  }

  /// The extent of every label: that of all axes of this name, where an axis under an ellipsis may have 1 instead.
  /// - Throws: `PareError.badInput` where axes of one name differ.
  package static func extents(_ labels: [[Label]], _ shapes: [ValueShape]) throws -> [Label: Dimension] {
    var extents: [Label: Dimension] = [:]
    for (label, extent) in zip(labels, shapes).flatMap({ zip($0, $1.dimensions) }) {
      let old = extents[label] ?? extent
      if case .unnamed = label, old == .fixed(1) || extent == .fixed(1) {
        extents[label] = old == .fixed(1) ? extent : old
      } else {
        guard old == extent else {
          throw PareError(.badInput, "axes of one name have the extents \(old) and \(extent)")
        }
        extents[label] = extent
      }
    }
    return extents
  }

  /// An equation between terms of such labels.
  static func joining(_ operands: [[Label]], to result: [Label]) throws -> EinsumEquation {
    let all = operands.flatMap { $0 } + result
    var free = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".filter { !all.contains(.letter($0)) }[...]
    var letters: [Label: Character] = [:]
    for label in all where letters[label] == nil {
      guard case .letter(let letter) = label else {
        guard let next = free.popFirst() else { throw PareError(.unsupported, "an equation of more than 52 axes") }
        letters[label] = next
        continue
      }
      letters[label] = letter
    }
    func term(_ labels: [Label]) -> String { String(labels.map { letters[$0]! }) }
    return try EinsumEquation(operands.map(term).joined(separator: ",") + "->" + term(result))
  }
}
