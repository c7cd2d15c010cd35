import Foundation
import Tensors

/// Which data to read: `KIND:PATH` on the command line and in recipes, for instance `imagefolder:photos` or `digits`.
public struct DataSpecification: Sendable, Equatable, Codable, CustomStringConvertible {
  /// The format's identifier, one of `DatasetFormats.all`.
  public var kind: String
  /// The folder; empty for built-in data.
  public var path: String

  /// Makes a specification from its parts.
  /// - Throws: `PareError.usage` for an unknown kind.
  public init(kind: String, path: String = "") throws {
    guard DatasetFormats.named(kind) != nil else { throw Self.unknown(kind) }
    self.kind = kind
    self.path = path
  }

  /// Reads `KIND:PATH`; where the kind is left out, the folder's content tells.
  /// - Throws: `PareError.usage` for an unknown kind or an empty path, `PareError.notFound` where there is no such
  ///   folder, `PareError.badInput` where its content fits no kind.
  public init(parsing text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if let format = DatasetFormats.named(parts[0]), parts.count == 2 || format.isBuiltIn {
      let path = parts.count == 2 ? parts[1] : ""
      guard path.isEmpty == format.isBuiltIn else {
        let form = format.isBuiltIn ? "'\(format.identifier)' takes no path" : "'\(format.identifier):' needs a folder"
        throw PareError(.usage, "\(form), in '\(text)'")
      }
      (kind, self.path) = (format.identifier, path)
      return
    }
    if ImageFolderListing.isFolder(text) {
      kind = try Self.guessedKind(text)
      path = text
      return
    }
    if parts.count == 2, !parts[0].contains("/") { throw Self.unknown(parts[0]) }
    throw PareError(
      .notFound, "there is no such folder; data is KIND:FOLDER, with KIND one of \(DatasetFormats.names)",
      context: ["folder": text])
  }

  /// The form that `init(parsing:)` reads.
  public var description: String { path.isEmpty ? kind : "\(kind):\(path)" }

  private static func guessedKind(_ folder: String) throws -> String {
    for format in DatasetFormats.all where !format.isBuiltIn && format.recognizes(folder) { return format.identifier }
    throw PareError(
      .badInput,
      "the folder holds neither class folders of images, nor images, nor .npy files; say what it is, as "
        + "KIND:FOLDER with KIND one of \(DatasetFormats.names)", context: ["folder": folder])
  }

  private static func unknown(_ kind: String) -> PareError {
    PareError(.usage, "there is no kind of data '\(kind)'; choose one of \(DatasetFormats.names)")
  }
}
