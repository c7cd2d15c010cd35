import Foundation

/// The processors that this process may use.
package enum Processors {
  /// How many: those of the machine, less those that the process is kept from (`taskset`), and no more than the share
  /// that a container grants (`docker run --cpus`). More threads than that would wait for each other.
  package static let available: Int = {
    let quota = ["/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"].lazy.compactMap {
      (try? String(contentsOfFile: $0, encoding: .utf8)).flatMap(share(of:))
    }.first
    return max(1, min(affine ?? ProcessInfo.processInfo.activeProcessorCount, quota ?? .max))
  }()

  /// The processors that a limit of a control group amounts to, rounded up; nil for none. "200000 100000" are
  /// microseconds in a period of microseconds (version 2); the period of a number alone is 100,000 (version 1).
  static func share(of limit: String) -> Int? {
    let numbers = limit.split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard let first = numbers.first, let time = first, time > 0 else { return nil }
    let period = numbers.count > 1 ? numbers[1] ?? 0 : 100_000
    return period > 0 ? Int((time / period).rounded(.up)) : nil
  }

  /// What the processor is called, where the system says so, otherwise its architecture.
  package static let name: String = {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("model name") }),
      let name = line.split(separator: ":").last
    else {
      #if arch(arm64)
        return "arm64"
      #else
        return "x86-64"
      #endif
    }
    return name.trimmingCharacters(in: .whitespaces)
  }()

  /// The processors in the mask of the process; nil where the system has none.
  private static var affine: Int? {
    (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)).flatMap(allowed(in:))
  }

  /// The processors that Linux says a process may run on: a mask in hexadecimal digits ("Cpus_allowed:\tff,ffffffff").
  static func allowed(in status: String) -> Int? {
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else { return nil }
    let count = line.split(separator: "\t").last?.compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
    return count == 0 ? nil : count
  }
}
