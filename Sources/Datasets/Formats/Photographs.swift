import Tensors

/// JPEG and PNG files without labels, in a folder and the folders in it: enough to calibrate and to compare networks.
struct Photographs: DatasetFormat {
  static let identifier = "images"
  static let summary = "JPEG and PNG files without labels, also in folders of folders"

  let classes: [String]? = nil
  let hasSeparateSplits: Bool
  private let folders: SplitFolders
  private let files: [String: [String]]

  static func recognizes(_ folder: String) -> Bool {
    ((try? ImageFolderListing.imagesRecursively(folder)) ?? []).isEmpty == false
  }

  init(path: String) throws {
    folders = try SplitFolders(path)
    hasSeparateSplits = folders.areSeparate
    var files: [String: [String]] = [:]
    for folder in Set(folders.folders.values) {
      files[folder] = try ImageFolderListing.imagesRecursively(folder)
      guard files[folder]?.isEmpty == false else {
        throw PareError(.badInput, "the folder holds no JPEG or PNG files", context: ["folder": folder])
      }
    }
    self.files = files
  }

  func naturalPreparation() throws -> Preparation? {
    guard let folder = folders.folders[.train] ?? folders.folders[.test], let file = files[folder]?.first else {
      return nil
    }
    return try ImageLoading.preparation(of: folder + "/" + file)
  }

  func split(_ name: SplitName, options: LoadingOptions) throws -> Split {
    let folder = try folders.folder(name)
    guard let files = files[folder], let preparation = try options.preparation ?? naturalPreparation() else {
      throw PareError(.badInput, "the folder holds no images", context: ["folder": folder])
    }
    let source = try ImageLoading.source(folder: folder, files: files, preparation, options)
    return Split(name: name.rawValue, source: source, classes: nil, labels: nil)
  }
}
