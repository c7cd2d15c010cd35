import Foundation

/// The energy that the processor's packages have used, from the counters that Linux shows in /sys/class/powercap
/// (running average power limit, RAPL). Nothing is estimated: where the counters are absent or only root may read them,
/// there is no counter.
struct EnergyCounter {
  private struct Domain {
    let energy: URL
    /// Where the counter starts again at 0, in microjoules.
    let range: Double
  }

  private let domains: [Domain]

  /// The counters of all packages; nil where none can be read.
  init?(folder: URL = URL(fileURLWithPath: "/sys/class/powercap")) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    // `intel-rapl:0` is a package (on AMD too); `intel-rapl:0:0` is a part of one and would count twice.
    domains = names.sorted().filter { $0.hasPrefix("intel-rapl:") && $0.split(separator: ":").count == 2 }.compactMap {
      let domain = folder.appendingPathComponent($0)
      let energy = domain.appendingPathComponent("energy_uj")
      let range = Self.number(in: domain.appendingPathComponent("max_energy_range_uj"))
      return Self.number(in: energy) == nil ? nil : range.map { Domain(energy: energy, range: $0) }
    }
    if domains.isEmpty { return nil }
  }

  /// The counters now, in microjoules; nil where one cannot be read any more.
  func read() -> [Double]? {
    let values = domains.compactMap { Self.number(in: $0.energy) }
    return values.count == domains.count ? values : nil
  }

  /// Millijoules used since an earlier reading, during which each counter started again at most once.
  func millijoules(since start: [Double]?) -> Double? {
    guard let start, let now = read() else { return nil }
    return zip(domains, zip(start, now)).reduce(0) { sum, entry in
      let (domain, (before, after)) = entry
      return sum + (after >= before ? after - before : after + domain.range - before) / 1000
    }
  }

  private static func number(in file: URL) -> Double? {
    (try? String(contentsOf: file, encoding: .utf8))
      .flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
}
