import Tensors

/// The rate falls by a factor at milestones: gamma to the power of the milestones passed (PyTorch's MultiStepLR).
public struct StepDecay: Schedule {
  /// `step`
  public static let identifier = "step"
  /// One line for help texts.
  public static let summary = "divided by ten after half and after three quarters"

  /// Where the rate falls, as fractions of the training.
  public var milestones: [Double]
  /// What the rate is multiplied by at each.
  public var gamma: Double

  /// A tenth after a half and after three quarters (He et al. 2016).
  public init() { self.init(milestones: [0.5, 0.75], gamma: 0.1) }

  /// Makes the schedule.
  public init(milestones: [Double], gamma: Double = 0.1) {
    self.milestones = milestones
    self.gamma = gamma
  }

  /// gamma for each milestone that lies at or before the update. A milestone falls on the nearest update.
  public func factor(update: Int, of updates: Int) -> Double {
    milestones.reduce(1) { factor, milestone in
      update >= Int((milestone * Double(updates)).rounded()) ? factor * gamma : factor
    }
  }

  /// Checks that milestones are in 0 ... 1 and gamma is positive.
  public func validate() throws {
    guard milestones.allSatisfy({ (0...1).contains($0) }), gamma > 0, gamma.isFinite else {
      throw PareError(
        .usage, "milestones \(milestones) are fractions of the training, 0 to 1, and gamma (\(gamma)) is above 0")
    }
  }
}
