import Testing

@testable import Reporting

struct NumberFormatTests {
  @Test func wholeNumbersHaveTheirThousandsSeparated() {
    #expect(
      [0, 7, 999, 1000, 1_234_567, -45_000].map { NumberFormat.integer($0) }
        == ["0", "7", "999", "1,000", "1,234,567", "−45,000"])
    #expect(NumberFormat.integer(.min) == "−9,223,372,036,854,775,808")
  }

  @Test func magnitudesHaveThreeDigits() {
    #expect(
      [12, 855_770, 40_600_000, 1_820_000_000, 999_600].map { NumberFormat.compact($0) }
        == ["12", "856 k", "40.6 M", "1.82 G", "1.00 M"])
    #expect([512, 1_150_000, 526_388].map { NumberFormat.bytes($0) } == ["512 B", "1.15 MB", "526 kB"])
  }

  @Test func fractionsArePercentAndPoints() {
    #expect(NumberFormat.percent(0.9123) == "91.23 %" && NumberFormat.percent(1, digits: 0) == "100 %")
    #expect(NumberFormat.points(-0.0042) == "0.42 points")
    #expect(
      [-0.0042, 0.001, 0, -0.00001].map { NumberFormat.signedPoints($0) } == ["−0.42", "+0.10", "0.00", "0.00"])
    #expect(NumberFormat.share(234, of: 1000) == "23.4 %" && NumberFormat.share(1, of: 0) == "–")
    #expect(NumberFormat.times(4.31) == "4.3×" && NumberFormat.times(12.4) == "12×")
  }

  @Test func timesReadAsPeopleSayThem() {
    #expect([0.2512, 12.34, 0.00471].map { NumberFormat.milliseconds($0) } == ["0.251 ms", "12.3 ms", "0.0047 ms"])
    #expect(
      [4.21, 59.97, 192, 3840, 7199.9].map { NumberFormat.duration($0) }
        == ["4.2 s", "1 min 00 s", "3 min 12 s", "1 h 04 min", "2 h 00 min"])
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func whatIsNotFiniteIsADash(value: Double) {
    let texts = [
      NumberFormat.percent(value), NumberFormat.points(value), NumberFormat.signedPoints(value),
      NumberFormat.milliseconds(value), NumberFormat.duration(value), NumberFormat.significant(value),
      NumberFormat.times(value), NumberFormat.share(value, of: 1), NumberFormat.decimal(value, digits: 2),
      NumberFormat.integer(nil), NumberFormat.bytes(nil), NumberFormat.compact(nil),
    ]
    #expect(texts.allSatisfy { $0 == NumberFormat.missing })
  }

  @Test func targetsAreWordedByTheirUnit() {
    let share = ReportDocument.Target(kind: "size", asked: 0.125, met: true)
    let bytes = ReportDocument.Target(kind: "size", asked: 500_000, met: true, absolute: true)
    let rate = ReportDocument.Target(kind: "fps", asked: 30, met: true, absolute: true)
    #expect(TargetText.amountOrMissing(share.asked, of: share, asked: true) == "at most 12.5 % of original")
    #expect(TargetText.amountOrMissing(bytes.asked, of: bytes, asked: true) == "at most 500 kB")
    #expect(TargetText.amountOrMissing(rate.asked, of: rate, asked: true) == "at least 30.0")
  }

  @Test func commandsAreQuotedForTheShell() {
    #expect(ShellText.command(["pare", "it's", "a b", ""]) == "pare 'it'\\''s' 'a b' ''")
    #expect(
      ShellText.command(["pare", "prune", "--seed", "1", "-o", "x"], width: 10)
        == "pare prune \\\n  --seed 1 \\\n  -o x")
  }
}
