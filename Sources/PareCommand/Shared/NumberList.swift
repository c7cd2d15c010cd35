import ArgumentParser

/// Numbers separated by commas: `0.485,0.456,0.406`.
struct NumberList: ExpressibleByArgument, Equatable {
  /// The numbers, at least one.
  let values: [Float]

  /// A list of numbers.
  init(_ values: [Float]) { self.values = values }

  init?(argument: String) {
    let values = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard !values.isEmpty, values.allSatisfy({ $0?.isFinite ?? false }) else { return nil }
    self.values = values.compactMap { $0 }
  }
}
