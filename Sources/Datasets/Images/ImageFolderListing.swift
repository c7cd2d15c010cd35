import Foundation
import Tensors

/// What lies in folders, in alphabetical order (by Unicode scalars, as Python's `sorted`); hidden entries are left out.
enum ImageFolderListing {
  /// Names in a folder.
  /// - Throws: `PareError.notFound` where there is no such folder, `PareError.badInput` where it cannot be read.
  static func entries(_ folder: String) throws -> [String] {
    guard isFolder(folder) else {
      throw PareError(.notFound, "there is no such folder; check the path", context: ["folder": folder])
    }
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
      return names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    } catch {
      throw PareError(.badInput, "the folder cannot be read: check its permissions", context: ["folder": folder])
    }
  }

  /// Names of JPEG and PNG files in a folder.
  static func images(_ folder: String) throws -> [String] { try entries(folder).filter(isImageName) }

  /// Paths, relative to the folder, of JPEG and PNG files in it and in the folders in it (no links to folders).
  static func imagesRecursively(_ folder: String, prefix: String = "") throws -> [String] {
    var found: [String] = []
    for name in try entries(folder + "/" + prefix) {
      if isImageName(name) {
        found.append(prefix + name)
      } else if isFolder(folder + "/" + prefix + name), !isLink(folder + "/" + prefix + name) {
        found += try imagesRecursively(folder, prefix: prefix + name + "/")
      }
    }
    return found
  }

  /// Names of folders in a folder.
  static func folders(_ folder: String) throws -> [String] {
    try entries(folder).filter { !isImageName($0) && isFolder(folder + "/" + $0) }
  }

  static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  private static func isLink(_ path: String) -> Bool {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
  }

  private static func isImageName(_ name: String) -> Bool {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return ["jpg", "jpeg", "png"].contains(name[name.index(after: dot)...].lowercased())
  }
}
