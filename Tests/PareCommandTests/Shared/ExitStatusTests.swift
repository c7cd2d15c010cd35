import ArgumentParser
import Pare
import Testing

@testable import PareCommand

@Suite struct ExitStatusTests {
  private static let statuses: [(PareError.Code, Int)] = [
    (.usage, 64), (.badInput, 65), (.unsupported, 65), (.notFound, 66), (.internalFault, 70), (.cannotWrite, 73),
    (.targetNotReached, 75), (.interrupted, 130),
  ]

  @Test(arguments: statuses)
  func eachKindHasItsStatus(_ code: PareError.Code, _ status: Int) {
    #expect(Int(ExitStatus.of(PareError(code, "message"))) == status)
  }

  @Test(arguments: [
    ["inspect"], ["inspect", "a.onnx", "--no-such-option"], ["no-such-command"],
    ["inspect", "a.onnx", "--threads", "0"], ["inspect", "a.onnx", "--seed", "-1"],
    ["inspect", "a.onnx", "--input", "3x-1"], ["convert", "a.onnx", "-o", "b.txt"],
    ["convert", "a.onnx", "-o", "pare"],
  ])
  func wrongArgumentsAreWrongUsage(_ arguments: [String]) {
    #expect {
      try PareCommand.parseAsRoot(arguments)
    } throws: { error in
      let report = FailureReport(error)
      return report.status == 64 && report.text.hasPrefix("pare: error: ") && !report.wasAskedFor
    }
  }

  @Test(arguments: [["--help"], ["inspect", "--help"], ["--version"]])
  func whatWasAskedForIsNoError(_ arguments: [String]) {
    #expect {
      var command = try PareCommand.parseAsRoot(arguments)
      try command.run()
    } throws: { error in
      let report = FailureReport(error)
      return report.status == 0 && report.wasAskedFor && !report.text.isEmpty
    }
  }

  @Test func anErrorIsOneLineWithItsPlace() {
    let error = PareError(.badInput, "no good\nat all", context: ["file": "a.onnx"])
    #expect(FailureReport(error).text == "pare: error: no good at all [file: a.onnx]\n")
  }

  @Test func aLimitOfPareIsToldFromAFaultOfTheFile() {
    let report = FailureReport(PareError(.unsupported, "Pare does not know it", context: ["operator": "Det"]))
    #expect(report.text == "pare: error: not supported: Pare does not know it [operator: Det]\n")
    #expect(report.status == 65)
  }

  @Test func unknownErrorsAreInternalFaults() {
    struct Odd: Error {}
    #expect(FailureReport(Odd()).status == 70)
  }
}
