import ArgumentParser
import Pare

/// The shape of an input, batch first: `1x3x224x224`, or `NAME=1x3x224x224` where a network has several.
struct ShapeArgument: ExpressibleByArgument, Equatable {
  /// The input's name; empty for the only one.
  let input: String
  /// The shape.
  let shape: Shape

  /// The help text of options that take one.
  static let help = ArgumentHelp(
    "Shape of an input that the file leaves open: 1x3x224x224, or NAME=1x3x224x224 where there are several.",
    valueName: "shape")

  init?(argument: String) {
    let split = argument.lastIndex(of: "=")
    input = split.map { String(argument[..<$0]) } ?? ""
    let extents = argument[(split.map { argument.index(after: $0) } ?? argument.startIndex)...]
      .split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let limit = 1 << 24
    guard !extents.isEmpty, extents.allSatisfy({ $0 != nil && $0! > 0 && $0! <= limit }) else { return nil }
    shape = Shape(extents.compactMap { $0 })
  }
}
