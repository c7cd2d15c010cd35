import Testing

@testable import Reporting

struct HTMLTests {
  @Test func interpolatedTextIsEscapedOnce() {
    let name = "<b a=\"1\" b='2'>&amp;</b>\u{1}"
    let inner: HTML = "<i>\(name)</i>"
    let outer: HTML = "<p>\(inner)</p>"
    #expect(outer.markup == "<p><i>&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;</i></p>")
  }

  @Test(arguments: [
    (0.0, "0"), (1.5, "1.5"), (-2.254, "-2.25"), (3.04, "3.04"), (-0.001, "0"), (Double.nan, "0"), (.infinity, "0"),
  ])
  func coordinatesAreShortAndFinite(value: Double, text: String) {
    let html: HTML = "\(at: value)"
    #expect(html.markup == text)
  }
}
