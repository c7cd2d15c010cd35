import Tensors

/// A network of the zoo by name and options: `zoo:resnet20?width=0.5&classes=10&seed=1`.
public struct ZooReference: Sendable, Equatable, CustomStringConvertible {
  /// What a reference starts with.
  public static let prefix = "zoo:"

  /// The architecture's name.
  public let name: String
  /// The options as they were written.
  public let options: [String: String]

  /// Whether a text is meant as a reference rather than a file.
  public static func isReference(_ text: String) -> Bool { text.hasPrefix(prefix) }

  /// Reads a reference; whether the names exist is checked when the network is built.
  /// - Throws: `PareError.usage` where the text has another form or an option stands twice.
  public init(parsing text: String) throws {
    guard Self.isReference(text) else {
      throw PareError(.usage, "\"\(text)\" is no reference to the zoo; write zoo:NAME or zoo:NAME?option=value")
    }
    let parts = text.dropFirst(Self.prefix.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    var options: [String: String] = [:]
    for option in parts.count > 1 ? parts[1].split(separator: "&", omittingEmptySubsequences: false) : [] {
      let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
        throw PareError(.usage, "\"\(option)\" in \(text): expected option=value, separated by &")
      }
      guard options.updateValue(pair[1], forKey: pair[0]) == nil else {
        throw PareError(.usage, "the option \"\(pair[0])\" stands twice in \(text)")
      }
    }
    self.options = options
  }

  /// Refers to a network by name and options.
  public init(name: String, options: [String: String] = [:]) {
    self.name = name
    self.options = options
  }

  /// The same reference with a value for an option that it leaves out.
  public func withDefault(_ option: String, _ value: String) -> ZooReference {
    ZooReference(name: name, options: options.merging([option: value]) { given, _ in given })
  }

  /// The form that `init(parsing:)` reads, options in alphabetical order.
  public var description: String {
    let list = options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return Self.prefix + name + (list.isEmpty ? "" : "?" + list.joined(separator: "&"))
  }
}
