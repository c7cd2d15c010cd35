import Testing

@testable import PareCommand

@Suite struct ProgressBarTests {
  @Test func showsShareRateAndTimeLeft() {
    let text = ProgressBar(characters: .unicode).text(
      "epoch 1/2", done: 1, total: 4, rate: "100 images/s", elapsed: .seconds(10), columns: 100)
    #expect(text.hasPrefix("epoch 1/2 ━━━━━━━━"))
    #expect(text.contains(" 25 %  100 images/s  30.0 s left"))
  }

  @Test(arguments: [(0, 0), (0, 5), (5, 5), (9, 5)])
  func survivesOddCounts(done: Int, total: Int) {
    let text = ProgressBar(characters: .ascii).text(
      "x", done: done, total: total, rate: "", elapsed: .zero, columns: 20)
    #expect(text.count < 20 && text.allSatisfy(\.isASCII))
  }

  @Test func theLocaleChoosesTheCharacters() {
    #expect(Console.characters(in: [:]) == .unicode)
    #expect(Console.characters(in: ["LANG": "de_DE.UTF-8"]) == .unicode)
    #expect(Console.characters(in: ["LANG": "de_DE.UTF-8", "LC_ALL": "C"]) == .ascii)
  }
}
