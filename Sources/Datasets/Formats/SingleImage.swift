import Foundation
import Tensors

extension Split {
  /// A split of one JPEG or PNG, without a label.
  /// - Throws: `PareError.notFound` where there is no such file, `PareError.usage` where the preparation is out of
  ///   range. Whether the file is an image shows when a batch is asked for.
  public static func image(_ path: String, preparation: Preparation, inputName: String = "input") throws -> Split {
    try preparation.validate()
    let url = URL(fileURLWithPath: path)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw PareError(.notFound, "there is no such file", context: ["file": path])
    }
    let options = LoadingOptions(preparation: preparation, inputName: inputName)
    let source = ImageFileSource(
      folder: url.deletingLastPathComponent().path, files: [url.lastPathComponent], options: options, preparation)
    return Split(name: url.lastPathComponent, source: source, classes: nil, labels: nil)
  }
}
