import Foundation

/// The most memory of this process that was resident so far.
package enum PeakMemory {
  /// In MiB; nil where the system does not say.
  package static var mebibytes: Double? {
    var usage = rusage()
    #if canImport(Glibc)
      guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
      return Double(usage.ru_maxrss) / 1024
    #else
      guard getrusage(RUSAGE_SELF, &usage) == 0 else { return nil }
      return Double(usage.ru_maxrss) / 1_048_576
    #endif
  }
}
