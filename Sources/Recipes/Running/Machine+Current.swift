import Engine
import Foundation
import Reporting
import Tensors

extension ReportDocument.Machine {
  /// This machine.
  static var current: ReportDocument.Machine {
    let process = ProcessInfo.processInfo
    return .init(
      cpu: Processors.name + " (\(Engine.instructionSet))", cores: Processors.available,
      os: process.operatingSystemVersionString, memoryBytes: Int(clamping: process.physicalMemory),
      onednnVersion: Engine.oneDNNVersion, swift: swiftVersion)
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
