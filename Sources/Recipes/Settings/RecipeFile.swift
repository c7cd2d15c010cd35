import Foundation
import Reporting
import Tensors
import Yams

/// Settings in a YAML file.
enum RecipeFile {
  /// Reads settings.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is not a recipe, or has a key that
  ///   no setting has: ignoring a misspelt one would do something else than was meant.
  static func read<Settings: Decodable>(_ type: Settings.Type, from url: URL) throws -> Settings {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw PareError(.notFound, "there is no such recipe", context: ["file": url.path])
    }
    do {
      return try settings(type, in: String(contentsOf: url, encoding: .utf8))
    } catch let error as DecodingError {
      if case .dataCorrupted(let place) = error, let cause = place.underlyingError as? PareError {
        throw cause.within("file", url.path)
      }
      throw PareError(.badInput, "this is not a recipe: \(error.reason)", context: ["file": url.path])
    } catch let error as PareError {
      throw error.within("file", url.path)
    } catch {
      throw PareError(
        .badInput, "the recipe cannot be read: \(error.localizedDescription)", context: ["file": url.path])
    }
  }

  private static func settings<Settings: Decodable>(_ type: Settings.Type, in text: String) throws -> Settings {
    let record = KeyRecord()
    do {
      let settings = try YAMLDecoder().decode(
        Recorded<Settings>.self, from: text, userInfo: [Recorded<Settings>.recordKey: record]
      ).settings
      try refuseUnknownKeys(of: text, besides: record)
      return settings
    } catch let error as DecodingError {
      // A key that is missing may be there under a misspelt name.
      if case .keyNotFound(let key, _) = error {
        try refuseUnknownKeys(of: text, besides: record, insteadOf: key.stringValue)
      }
      throw error
    }
  }

  private static func refuseUnknownKeys(
    of text: String, besides record: KeyRecord, insteadOf missing: String? = nil
  ) throws {
    if let key = try Yams.compose(yaml: text).flatMap({ record.unknownKey(in: $0, insteadOf: missing) }) {
      throw PareError(.badInput, key.message)
    }
  }

  /// The YAML text of settings, keys sorted.
  static func text(of settings: some Encodable) throws -> String {
    let encoder = YAMLEncoder()
    encoder.options.sortKeys = true
    let text = try encoder.encode(settings)
    return try Yams.compose(yaml: text).map { try Yams.serialize(node: $0.withReadableNumbers()) } ?? text
  }
}
