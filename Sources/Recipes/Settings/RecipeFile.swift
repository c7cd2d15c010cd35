import Foundation
import Reporting
import Tensors
import Yams

/// Settings in a YAML file.
enum RecipeFile {
  /// Reads settings.
  /// - Parameter refusesUnknownKeys: whether a key that the settings do not have is an error.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is not a recipe.
  static func read<Settings: Codable>(
    _ type: Settings.Type, from url: URL, refusesUnknownKeys: Bool = false
  ) throws -> Settings {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw PareError(.notFound, "there is no such recipe", context: ["file": url.path])
    }
    do {
      let text = try String(contentsOf: url, encoding: .utf8)
      let settings = try YAMLDecoder().decode(type, from: text)
      if refusesUnknownKeys { try refuseUnknownKeys(of: text, besides: settings) }
      return settings
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

  /// The YAML text of settings, keys sorted.
  static func text(of settings: some Encodable) throws -> String {
    let encoder = YAMLEncoder()
    encoder.options.sortKeys = true
    let text = try encoder.encode(settings)
    return try Yams.compose(yaml: text).map { try Yams.serialize(node: $0.withReadableNumbers()) } ?? text
  }

  /// A key that was read is one that is written; any other was misspelt, and ignoring it would train something else.
  private static func refuseUnknownKeys(of text: String, besides settings: some Encodable) throws {
    guard let given = try Yams.compose(yaml: text), let known = try Yams.compose(yaml: Self.text(of: settings)) else {
      return
    }
    if let key = unknownKey(in: given, besides: known) {
      throw PareError(.badInput, "there is no setting \"\(key)\" in a recipe; is it misspelt, or in the wrong place?")
    }
  }

  private static func unknownKey(in given: Yams.Node, besides known: Yams.Node) -> String? {
    guard let given = given.mapping, let known = known.mapping else { return nil }
    for (key, value) in given {
      guard let name = key.string else { continue }
      guard let counterpart = known[key] else { return name }
      if let inner = unknownKey(in: value, besides: counterpart) { return "\(name).\(inner)" }
    }
    return nil
  }
}
