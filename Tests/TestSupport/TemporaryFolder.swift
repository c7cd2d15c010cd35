import Foundation

/// A folder that goes away with its owner.
public final class TemporaryFolder {
  /// Where it is.
  public let url: URL

  /// Makes it.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "pare-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
