import Tensors

/// Arrays in NumPy's format, one file an input and named as the input; the leading axis counts samples. `labels.npy`,
/// where there is one, holds a class number for each sample. Float64 becomes float32, as in networks.
struct NPYFolder: DatasetFormat {
  static let identifier = "npy"
  static let summary = "one .npy file for each input, samples along the first axis; labels.npy may hold class numbers"

  let classes: [String]? = nil
  let hasSeparateSplits: Bool
  private let folders: SplitFolders

  static func recognizes(_ folder: String) -> Bool {
    guard let folders = try? SplitFolders(folder) else { return false }
    return folders.folders.values.contains { (try? arrayNames($0).isEmpty) == false }
  }

  init(path: String) throws {
    folders = try SplitFolders(path)
    hasSeparateSplits = folders.areSeparate
    for folder in folders.folders.values where try Self.arrayNames(folder).isEmpty {
      throw PareError(
        .badInput, "the folder holds no .npy files of inputs; save one for each input with numpy.save",
        context: ["folder": folder])
    }
  }

  func naturalPreparation() throws -> Preparation? { nil }

  func split(_ name: SplitName, options: LoadingOptions) throws -> Split {
    let folder = try folders.folder(name)
    var count: (samples: Int, file: String)?
    func read(_ name: String) throws -> Tensor {
      let path = "\(folder)/\(name).npy"
      let array = try NPY.read(path)
      guard array.shape.rank > 0, array.shape[0] > 0 else {
        throw PareError(.badInput, "the array has no samples along its first axis", context: ["file": path])
      }
      if let count, count.samples != array.shape[0] {
        throw PareError(
          .badInput, "the array has \(array.shape[0]) samples, but \(count.file) has \(count.samples)",
          context: ["file": path])
      }
      count = (array.shape[0], name + ".npy")
      return array
    }
    var named: [(name: String, array: Tensor)] = []
    for name in try Self.arrayNames(folder) {
      let array = try read(name)
      named.append((name, array.dataType == .float64 ? array.cast(to: .float32) : array))
    }
    var labels: [Int]?
    if try ImageFolderListing.entries(folder).contains("labels.npy") {
      labels = try Self.labels(try read("labels"), folder + "/labels.npy")
    }
    let source = TensorSource(named, count: count?.samples ?? 0)
    return Split(name: name.rawValue, source: source, classes: nil, labels: labels)
  }

  private static func labels(_ array: Tensor, _ path: String) throws -> [Int] {
    let numbers = array.integers
    guard !array.dataType.isFloat, array.count == array.shape[0], numbers.allSatisfy({ $0 >= 0 }) else {
      throw PareError(
        .badInput,
        "labels must be one integer for each sample, 0 or more, not \(array.dataType.rawValue) of shape "
          + "\(array.shape)", context: ["file": path])
    }
    return numbers
  }

  /// Names of the inputs that a folder holds arrays for.
  private static func arrayNames(_ folder: String) throws -> [String] {
    try ImageFolderListing.entries(folder).filter { $0.hasSuffix(".npy") && $0 != "labels.npy" }
      .map { String($0.dropLast(4)) }
  }
}
