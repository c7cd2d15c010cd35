import Graphs
import Tensors

extension Graph {
  /// The network with the values of a file's tensors in the parameters of the same names.
  ///
  /// Names are those of PyTorch's state dictionaries (`layer1.0.conv1.weight`, `bn1.running_mean`). The prefixes `module.`
  /// and `_orig_mod.` that all names have, which parallel training and compiling leave, are taken off, and counters of
  /// batches (`num_batches_tracked`) are passed over. Half-precision values become float32. What does not fit is left as it was
  /// and listed; whether that will do is the caller's to say.
  public func loadingWeights(from file: SafetensorsFile) -> (graph: Graph, match: WeightsMatch) {
    var prefix = ""
    while let more = ["module.", "_orig_mod."].first(where: { part in
      !file.names.isEmpty && file.names.allSatisfy { $0.hasPrefix(prefix + part) }
    }) {
      prefix += more
    }
    func fileName(_ name: String) -> String { prefix + name }

    var (result, match) = (self, WeightsMatch())
    let roles = roles()
    var known = Set<String>()
    for (name, parameter) in parameters {
      guard let role = roles[name], role.isTrainable || role == .runningStatistic else { continue }
      known.insert(name)
      guard let shape = file.shape(of: fileName(name)), let type = file.dataType(of: fileName(name)) else {
        match.missing.append(name)
        continue
      }
      guard shape == parameter.shape, type.isFloat, let tensor = file.tensor(fileName(name)) else {
        match.misshapen.append(
          .init(
            name: name, found: "\(type.rawValue) \(shape)",
            expected: "\(parameter.dataType.rawValue) \(parameter.shape)"))
        continue
      }
      result.parameters[name] = .dense(tensor.cast(to: parameter.dataType))
      match.loaded.append(name)
    }
    let names = file.names.map { String($0.dropFirst(prefix.count)) }
    match.unexpected = names.filter { !known.contains($0) && !$0.hasSuffix("num_batches_tracked") }
    return (result, match)
  }
}
