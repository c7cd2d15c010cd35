import ArgumentParser
import Foundation
import Pare

/// The file that a subcommand writes a network to.
struct OutputOptions: ParsableArguments {
  @Option(name: [.short, .long], help: ArgumentHelp("The .onnx or .pare file to write.", valueName: "file"))
  var output: String

  @Flag(help: "Replace a file that exists.")
  var force = false

  func validate() throws {
    guard ModelFile.extensions.contains(URL(fileURLWithPath: output).pathExtension) else {
      throw ValidationError("--output \(output): give the name of an .onnx or .pare file")
    }
  }

  /// The file, checked before any work begins.
  /// - Throws: `PareError.cannotWrite`.
  func file() throws -> URL { try OutputFile.check(output, replaces: force) }
}

/// Whether an interrupted method goes on.
struct ResumeOption: ParsableArguments {
  @Flag(help: "Go on from the checkpoint in FILE.checkpoint/; an error (66) where there is none.")
  var resume = false
}

/// Where results may be written.
enum OutputFile {
  /// Checks that a file can be written: its folder is there and writable, and nothing is replaced unasked.
  /// - Throws: `PareError.cannotWrite`.
  static func check(_ path: String, replaces: Bool) throws -> URL {
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent().path
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    if manager.fileExists(atPath: path, isDirectory: &isFolder) {
      if isFolder.boolValue { throw PareError(.cannotWrite, "\(path) is a folder; give a file in it") }
      if !replaces { throw PareError(.cannotWrite, "\(path) exists already; --force replaces it") }
    }
    guard manager.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw PareError(.cannotWrite, "there is no folder \(folder); make it first")
    }
    guard manager.isWritableFile(atPath: folder) else {
      throw PareError(.cannotWrite, "the folder \(folder) is not writable; choose another")
    }
    return url
  }
}
