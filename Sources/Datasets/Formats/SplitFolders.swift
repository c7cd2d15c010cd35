import Tensors

/// The folders of a dataset's splits: `train` and `test` (or `val`, `validation`) in it, or the folder itself for both.
struct SplitFolders: Sendable {
  /// The dataset's folder.
  let root: String
  /// The folders of the splits that there are.
  let folders: [SplitName: String]

  /// - Throws: `PareError.notFound` where the folder is missing.
  init(_ root: String) throws {
    let names = Set(try ImageFolderListing.folders(root))
    var folders: [SplitName: String] = [:]
    if names.contains("train") { folders[.train] = root + "/train" }
    if let test = ["test", "val", "validation"].first(where: names.contains) { folders[.test] = root + "/" + test }
    self.root = root
    self.folders = folders.isEmpty ? [.train: root, .test: root] : folders
  }

  /// Whether the splits are separate.
  var areSeparate: Bool { folders.values.allSatisfy { $0 != root } }

  /// The folder of a split.
  /// - Throws: `PareError.notFound` where there is none.
  func folder(_ name: SplitName) throws -> String {
    guard let folder = folders[name] else {
      let wanted = name == .train ? "train/" : "test/ or val/"
      throw PareError(
        .notFound, "the folder has no \(name.rawValue) split; add \(wanted) to it", context: ["folder": root])
    }
    return folder
  }
}
