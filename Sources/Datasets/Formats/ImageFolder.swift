import Tensors

/// Images in class folders: `DIR/train/CLASS/*.jpg` and `DIR/test/CLASS/*.jpg` (or `val`). Labels are the positions of
/// the class folders in alphabetical order.
struct ImageFolder: DatasetFormat {
  static let identifier = "imagefolder"
  static let summary = "train/ and test/ (or val/) with a folder of JPEG and PNG files for each class"

  /// Files of a split, class by class, and the labels.
  private struct Listing {
    var folder: String
    var files: [String] = []
    var labels: [Int] = []
  }

  let classes: [String]?
  let hasSeparateSplits: Bool
  private let folders: SplitFolders
  private let listings: [String: Listing]

  static func recognizes(_ folder: String) -> Bool {
    guard let splits = try? SplitFolders(folder), let any = splits.folders.values.first else { return false }
    let classes = (try? ImageFolderListing.folders(any)) ?? []
    return classes.contains { (try? ImageFolderListing.images(any + "/" + $0).isEmpty) == false }
  }

  init(path: String) throws {
    folders = try SplitFolders(path)
    hasSeparateSplits = folders.areSeparate
    var listings: [String: Listing] = [:]
    var agreed: (classes: [String], folder: String)?
    for name in SplitName.allCases {
      guard let folder = folders.folders[name], listings[folder] == nil else { continue }
      let classes = try ImageFolderListing.folders(folder)
      if let agreed { try Self.compare(agreed, (classes, folder)) }
      agreed = (classes, folder)
      listings[folder] = try Self.list(folder, classes)
    }
    classes = agreed?.classes
    self.listings = listings
  }

  func naturalPreparation() throws -> Preparation? {
    guard let listing = listings[try folders.folder(folders.folders[.train] == nil ? .test : .train)],
      let file = listing.files.first
    else { return nil }
    return try ImageLoading.preparation(of: listing.folder + "/" + file)
  }

  func split(_ name: SplitName, options: LoadingOptions) throws -> Split {
    let folder = try folders.folder(name)
    guard let listing = listings[folder], let preparation = try options.preparation ?? naturalPreparation() else {
      throw PareError(.badInput, "the folder holds no images", context: ["folder": folder])
    }
    let source = try ImageLoading.source(folder: folder, files: listing.files, preparation, options)
    return Split(name: name.rawValue, source: source, classes: classes, labels: listing.labels)
  }

  private static func list(_ folder: String, _ classes: [String]) throws -> Listing {
    guard !classes.isEmpty else {
      throw PareError(
        .badInput, "the folder holds no class folders; make one for each class, or read it as images:DIR",
        context: ["folder": folder])
    }
    var listing = Listing(folder: folder)
    for (label, name) in classes.enumerated() {
      let files = try ImageFolderListing.images(folder + "/" + name)
      guard !files.isEmpty else {
        throw PareError(
          .badInput, "the class folder '\(name)' holds no JPEG or PNG files; fill or remove it",
          context: ["folder": folder + "/" + name])
      }
      listing.files += files.map { name + "/" + $0 }
      listing.labels += [Int](repeating: label, count: files.count)
    }
    return listing
  }

  private static func compare(
    _ a: (classes: [String], folder: String), _ b: (classes: [String], folder: String)
  ) throws {
    guard a.classes != b.classes else { return }
    func missing(_ from: [String], in others: [String], _ folder: String) -> String? {
      let names = Set(from).subtracting(others).sorted()
      guard !names.isEmpty else { return nil }
      let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
      return "\(folder) lacks \(shown)"
    }
    let faults = [missing(a.classes, in: b.classes, b.folder), missing(b.classes, in: a.classes, a.folder)]
    throw PareError(
      .badInput,
      "the splits have different classes: \(faults.compactMap { $0 }.joined(separator: "; ")); give both "
        + "the same class folders")
  }
}
