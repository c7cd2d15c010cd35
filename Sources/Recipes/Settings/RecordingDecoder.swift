/// A decoder that notes in a record which keys are asked for, and is otherwise the one that it wraps.
struct RecordingDecoder: Decoder {
  let base: any Decoder
  let record: KeyRecord
  let path: [String]

  var codingPath: [any CodingKey] { base.codingPath }
  var userInfo: [CodingUserInfoKey: Any] { base.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(RecordingMapping(base: try base.container(keyedBy: type), record: record, path: path))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    RecordingSequence(base: try base.unkeyedContainer(), record: record, path: path)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { try base.singleValueContainer() }
}

/// Settings that are read through a recording decoder, whose record lies under `recordKey`.
struct Recorded<Settings: Decodable>: Decodable {
  static var recordKey: CodingUserInfoKey { CodingUserInfoKey(rawValue: "record")! }

  let settings: Settings

  init(from decoder: any Decoder) throws {
    guard let record = decoder.userInfo[Self.recordKey] as? KeyRecord else {
      preconditionFailure("settings are recorded without a KeyRecord under \(Self.recordKey.rawValue)")
    }
    settings = try Settings(from: RecordingDecoder(base: decoder, record: record, path: []))
  }
}

private struct RecordingMapping<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let base: KeyedDecodingContainer<Key>
  let record: KeyRecord
  let path: [String]

  init(base: KeyedDecodingContainer<Key>, record: KeyRecord, path: [String]) {
    (self.base, self.record, self.path) = (base, record, path)
    record.open(path)
  }

  var codingPath: [any CodingKey] { base.codingPath }
  var allKeys: [Key] { base.allKeys }

  private func note(_ key: some CodingKey) { record.note(key.stringValue, at: path) }

  private func decoder(_ key: Key) throws -> RecordingDecoder {
    note(key)
    return RecordingDecoder(base: try base.superDecoder(forKey: key), record: record, path: path + [key.stringValue])
  }

  func contains(_ key: Key) -> Bool {
    note(key)
    return base.contains(key)
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    note(key)
    return try base.decodeNil(forKey: key)
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try T(from: decoder(key)) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    RecordingDecoder(base: try base.superDecoder(), record: record, path: path + ["super"])
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct RecordingSequence: UnkeyedDecodingContainer {
  var base: any UnkeyedDecodingContainer
  let record: KeyRecord
  let path: [String]

  var codingPath: [any CodingKey] { base.codingPath }
  var count: Int? { base.count }
  var isAtEnd: Bool { base.isAtEnd }
  var currentIndex: Int { base.currentIndex }

  private mutating func decoder() throws -> RecordingDecoder {
    let index = base.currentIndex
    return RecordingDecoder(base: try base.superDecoder(), record: record, path: path + ["[\(index)]"])
  }

  mutating func decodeNil() throws -> Bool { try base.decodeNil() }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: decoder()) }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try decoder().unkeyedContainer() }

  mutating func superDecoder() throws -> any Decoder { try decoder() }
}
