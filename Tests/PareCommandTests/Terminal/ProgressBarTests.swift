import Testing

@testable import PareCommand

@Suite struct ProgressBarTests {
  @Test func showsShareRateAndTimeLeft() {
    let text = ProgressBar(characters: .unicode).text(
      "epoch 1/2", share: 0.25, rate: "100 images/s", secondsLeft: 30, columns: 100)
    #expect(text.hasPrefix("epoch 1/2 ━━━━━━━━"))
    #expect(text.contains(" 25 %  100 images/s  30.0 s left"))
  }

  @Test(arguments: [-1, 0, 1, 2])
  func staysOnItsLine(share: Double) {
    let text = ProgressBar(characters: .ascii).text("x", share: share, rate: "", secondsLeft: nil, columns: 20)
    #expect(text.count < 20 && text.allSatisfy(\.isASCII))
  }

  @Test func theLocaleChoosesTheCharacters() {
    #expect(Console.characters(in: [:]) == .unicode)
    #expect(Console.characters(in: ["LANG": "de_DE.UTF-8"]) == .unicode)
    #expect(Console.characters(in: ["LANG": "de_DE.UTF-8", "LC_ALL": "C"]) == .ascii)
  }
}
