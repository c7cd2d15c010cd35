import ArgumentParser

/// An input's array: `NAME=x.npy`. The name ends at the last `=` that a file can follow, so names may hold one too.
struct ArrayArgument: ExpressibleByArgument, Equatable {
  /// The input's name.
  let name: String
  /// The NPY file.
  let path: String

  init?(argument: String) {
    guard let split = argument.lastIndex(of: "="), split > argument.startIndex else { return nil }
    name = String(argument[..<split])
    path = String(argument[argument.index(after: split)...])
    guard !path.isEmpty else { return nil }
  }
}
