import Tensors

/// One way to run a layer.
struct LayerForm {
  /// Its name in tuning files.
  let name: String
  /// Whether the fixed rule takes it, if none before it.
  let isRule: Bool
  /// Its plan; nil where it has none for this layer.
  let plan: () throws -> KernelPlan?
}

/// Chooses forms of layers for one program.
///
/// What forms there are for a layer differ in speed and rounding, and have their operands in the same layouts, so that each
/// layer is a choice of its own.
final class LayerTuner {
  private let tuning: Tuning
  private let threads: Int
  private let packsAnew: Bool
  private var secondsLeft: Double
  private var measured: [String: String] = [:]

  /// - Parameters:
  ///   - seconds: how long layers may be measured.
  ///   - packsAnew: whether weights change before each run of the program.
  init(_ tuning: Tuning, threads: Int, seconds: Double, packsAnew: Bool) {
    self.tuning = tuning
    self.threads = threads
    self.packsAnew = packsAnew
    secondsLeft = tuning.mode == .measure ? seconds : 0
  }

  /// The plan of the form that a layer is to run in; nil where it has none.
  ///
  /// - Parameter layer: what is computed, in words.
  func plan(_ layer: String, _ request: KernelRequest, forms: [LayerForm]) throws -> KernelPlan? {
    let ordered = forms.filter(\.isRule) + forms.filter { !$0.isRule }
    guard forms.count > 1 else { return try forms.first?.plan() }
    let key = "\(layer) threads \(threads)\(packsAnew ? " packed anew" : "")"
    if let name = tuning.form(of: key) ?? measured[key], let plan = try forms.first(where: { $0.name == name })?.plan()
    {
      tuning.take(name, for: key)
      return plan
    }
    guard secondsLeft > 0, KernelTiming.fits(request) else {
      guard let first = try Self.first(of: ordered) else { return nil }
      tuning.take(first.name, for: key)
      return first.plan
    }
    let plans = try ordered.compactMap { form in try form.plan().map { (name: form.name, plan: $0) } }
    guard plans.count > 1 else { return plans.first?.plan }
    let clock = ContinuousClock()
    var seconds: [Double] = []
    secondsLeft -= try clock.measure {
      seconds = try KernelTiming.leastSeconds(of: plans.map(\.plan), for: request, packsAnew: packsAnew)
    }.seconds
    let best = KernelTiming.fastest(seconds)
    measured[key] = plans[best].name
    tuning.take(plans[best].name, for: key)
    return plans[best].plan
  }

  private static func first(of forms: [LayerForm]) throws -> (name: String, plan: KernelPlan)? {
    for form in forms {
      if let plan = try form.plan() { return (form.name, plan) }
    }
    return nil
  }

  /// Hands on what was measured.
  /// - Throws: `PareError.cannotWrite`.
  func finish() throws {
    try tuning.learn(measured)
    measured = [:]
  }
}
