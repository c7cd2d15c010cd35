import Foundation
import Pare

/// A folder that results are written to.
final class OutputFolder {
  private let path: String
  private let replaces: Bool
  private var given: Set<String> = []

  /// Makes the folder where it is missing.
  /// - Throws: `PareError.cannotWrite`.
  init(_ path: String, replaces: Bool) throws {
    self.path = path
    self.replaces = replaces
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw PareError(.cannotWrite, "the folder \(path) cannot be made; is a part of it a file, or not writable?")
    }
  }

  /// The path of a file for something with a name of its own: other characters than letters, digits, `.`, `_` and `-`
  /// become `_`, and names that would then be the same get a number.
  /// - Throws: `PareError.cannotWrite` where the file exists already.
  func file(named name: String, extension suffix: String) throws -> String {
    let stem = Self.stem(name)
    var candidate = stem
    var number = 1
    while !given.insert(candidate).inserted {
      number += 1
      candidate = "\(stem)_\(number)"
    }
    let file = (path as NSString).appendingPathComponent("\(candidate).\(suffix)")
    _ = try OutputFile.check(file, replaces: replaces)
    return file
  }

  /// A name as a file can have it.
  static func stem(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
  }
}
