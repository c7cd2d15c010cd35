import Testing
import Yams

@testable import Recipes

@Suite struct ReadableNumbersTests {
  private struct Settings: Codable, Equatable {
    var rate = 0.9
    var decay = 1e-4
    var small = 1.5e-7
    var tiny = 1e-9
    var large = 1e20
    var whole = 4.0
    var count = 3
    var names = ["1e-1", "e", "0.5e"]
    var list = [0.25, -2.5e-6]
  }

  @Test func writesNumbersAsPeopleDo() throws {
    let text = try RecipeFile.text(of: Settings())
    #expect(
      text == """
        count: 3
        decay: 0.0001
        large: 1.0e+20
        list:
        - 0.25
        - -2.5e-06
        names:
        - '1e-1'
        - e
        - 0.5e
        rate: 0.9
        small: 1.5e-07
        tiny: 1.0e-09
        whole: 4.0

        """)
    #expect(try YAMLDecoder().decode(Settings.self, from: text) == Settings())
  }
}
