import Foundation
import Testing

@testable import Reporting

struct TerminalTableTests {
  @Test func summaryReadsAsPromised() {
    #expect(
      SampleDocument.full.summaryTable().text() == """
                                     before       after                          of original
        ────────────────────────────────────────────────────────────────────────────────────
        top-1                       93.12 %     92.54 %  −0.58 points (95 %: −0.95 to −0.21)
        parameters                  855,770     471,034                               55.0 %
        MACs                    125,747,840  68,531,200                               54.5 %
        bytes on disk             3,447,213     526,388                               15.3 %
        bytes as .pare                    –     391,702                                    –
        latency (p50, batch 1)     0.782 ms    0.302 ms                               38.6 %

        """)
  }

  @Test func asciiTextHoldsNothingElse() {
    for table in [SampleDocument.full.summaryTable(), SampleDocument.full.stagesTable()] {
      #expect(table.text(characters: .ascii).unicodeScalars.allSatisfy { $0.isASCII })
    }
    #expect(SampleDocument.full.summaryTable().text(characters: .ascii).contains("-0.58 points"))
  }

  @Test func withoutLabelsThereIsNoAccuracy() {
    let text = SampleDocument.withoutLabels.summaryTable().text()
    #expect(!text.contains("top-1") && text.contains("26.3 %"))
  }

  @Test func wideAndControlCharactersKeepColumnsStraight() {
    let table = TerminalTable(
      columns: [.init("name", .left), .init("n")], rows: [["猫\n", "1"], ["e\u{301}", "22"], ["short"]])
    #expect(
      table.text()
        == """
        name    n
        ─────────
        猫      1
        é      22
        short

        """.replacingOccurrences(of: "é", with: "e\u{301}"))
  }

  @Test func stagesBeginWithTheOriginal() {
    let table = SampleDocument.full.stagesTable()
    #expect(table.rows.count == 5 && table.rows[0][0] == "original" && table.rows[3].last == "no")
  }
}
