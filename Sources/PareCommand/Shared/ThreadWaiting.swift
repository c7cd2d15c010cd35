import Foundation

/// How long compute threads wait for each other at full speed before they sleep.
///
/// libgomp's threads spin for milliseconds by default. Where another process has work for the same cores, each meeting of
/// two threads then takes until the scheduler runs the other one: `pare profile zoo:resnet20 --threads 2` took 172 ms a run
/// beside two busy processes, and 2.1 ms with this limit, which on an idle machine costs nothing that could be measured.
enum ThreadWaiting {
  /// About ten microseconds.
  private static let spins = "1000"

  /// Starts the process anew with a limit, unless its environment already says how threads wait: libgomp reads that
  /// before the first line of a program runs. Where that is not possible, it goes on without one.
  static func limitSpinning() {
    #if os(Linux)
      let environment = ProcessInfo.processInfo.environment
      guard environment["GOMP_SPINCOUNT"] == nil, environment["OMP_WAIT_POLICY"] == nil,
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      else { return }
      setenv("GOMP_SPINCOUNT", spins, 1)
      execv(path, CommandLine.unsafeArgv)
    #endif
  }
}
