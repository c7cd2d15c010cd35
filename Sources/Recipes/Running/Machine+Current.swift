import Engine
import Foundation
import Reporting
import Tensors

extension ReportDocument.Machine {
  /// This machine.
  static var current: ReportDocument.Machine {
    let process = ProcessInfo.processInfo
    return .init(
      cpu: processorName() + " (\(Engine.instructionSet))", cores: Processors.available,
      os: process.operatingSystemVersionString, memoryBytes: Int(clamping: process.physicalMemory),
      onednnVersion: Engine.oneDNNVersion, swift: swiftVersion)
  }

  private static func processorName() -> String {
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
  }

  private static var swiftVersion: String {
    #if swift(>=6.3)
      "6.3 or later"
    #elseif swift(>=6.2)
      "6.2"
    #else
      "6.1"
    #endif
  }
}
