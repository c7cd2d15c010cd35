import Tensors

/// A form in which data comes. A value is data that was opened: files listed and checked, samples not yet read.
package protocol DatasetFormat: Sendable {
  /// The kind in `KIND:PATH`.
  static var identifier: String { get }
  /// One line for help texts.
  static var summary: String { get }
  /// Whether the data needs no path.
  static var isBuiltIn: Bool { get }
  /// Whether a folder looks like this format.
  static func recognizes(_ folder: String) -> Bool

  /// Opens data.
  init(path: String) throws
  /// The names of the classes; nil where there are none.
  var classes: [String]? { get }
  /// Whether training and test samples are separate.
  var hasSeparateSplits: Bool { get }
  /// The size and channels that the data has by itself; nil where samples are no images.
  func naturalPreparation() throws -> Preparation?
  /// Reads a split.
  func split(_ name: SplitName, options: LoadingOptions) throws -> Split
}

extension DatasetFormat {
  package static var isBuiltIn: Bool { false }
}

/// The formats there are, in the order in which a folder is tried against them; a new one is a file and a line here.
package enum DatasetFormats {
  /// Every format.
  package static let all: [any DatasetFormat.Type] = [
    Digits.self, NPYFolder.self, ImageFolder.self, Photographs.self,
  ]

  /// The format of a kind.
  package static func named(_ kind: String) -> (any DatasetFormat.Type)? { all.first { $0.identifier == kind } }

  /// The kinds, for messages.
  package static var names: String { all.map { $0.identifier }.joined(separator: ", ") }
}
