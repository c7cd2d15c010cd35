extension DecodingError {
  /// What is wrong, where, on one line for a person: `stages[0].epochs: Expected to decode Int but found ...`.
  package var reason: String {
    let context: Context
    var missing: [any CodingKey] = []
    switch self {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
    case .keyNotFound(let key, let found): (context, missing) = (found, [key])
    @unknown default: return "it cannot be decoded"
    }
    let place = (context.codingPath + missing).reduce("") { path, key in
      if let index = key.intValue { return path + "[\(index)]" }
      return path.isEmpty ? key.stringValue : path + "." + key.stringValue
    }
    let said = missing.isEmpty ? context.debugDescription : "it is missing"
    return place.isEmpty ? said : "\(place): \(said)"
  }
}
