import Tensors

/// What formats of image files share.
enum ImageLoading {
  /// A source of image files: decoded into memory where they fit, otherwise read batch by batch.
  static func source(
    folder: String, files: [String], _ preparation: Preparation, _ options: LoadingOptions
  ) throws -> any SampleSource {
    let source = ImageFileSource(folder: folder, files: files, options: options, preparation)
    let (bytes, overflow) = files.count.multipliedReportingOverflow(by: preparation.shape.count)
    return overflow || bytes > options.memoryLimit ? source : try source.decodeAll(threads: options.threads)
  }

  /// The size and channels of an image file.
  static func preparation(of path: String) throws -> Preparation {
    let bytes = try FileBytes.read(path)
    do {
      let image = try bytes.withUnsafeBytes { try DecodedImage.measure($0) }
      return Preparation(height: image.height, width: image.width, channelOrder: image.isGrey ? .grey : .rgb)
    } catch let error as PareError {
      throw error.within("file", path)
    }
  }
}
