extension KeyedDecodingContainer {
  /// Reads a key into a value that has its default; where the key is missing the value stays.
  /// - Throws: what decoding throws.
  package func read<Value: Decodable>(_ key: Key, into target: inout Value) throws {
    if let value = try decodeIfPresent(Value.self, forKey: key) { target = value }
  }
}
