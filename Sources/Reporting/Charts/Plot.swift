/// The frame of a drawn chart: axes, ticks and their labels, in a drawing of 300 by 205 that scales with the page.
///
/// Its letters stay readable on a phone because the drawing is about as wide as the phone; wide pages set several side
/// by side instead of stretching one.
struct Plot {
  let x: Axis
  let y: Axis
  var xTitle: String
  var yTitle: String
  /// Writes a tick of the x axis.
  var xLabel: (Double) -> String
  /// Writes a tick of the y axis.
  var yLabel: (Double) -> String

  static let width = 300.0
  static let height = 205.0
  private let left = 42.0
  private let right = 12.0
  private let top = 26.0
  private let bottom = 38.0

  /// The drawing's x of a value.
  func across(_ value: Double) -> Double { left + x.position(of: value) * (Self.width - left - right) }

  /// The drawing's y of a value: larger values stand higher.
  func down(_ value: Double) -> Double { Self.height - bottom - y.position(of: value) * (Self.height - top - bottom) }

  /// The chart with its content inside the frame, and a sentence that says what it shows for those who do not see it.
  func svg(describedAs description: String, content: [HTML]) -> HTML {
    let base = Self.height - bottom
    let rows = y.ticks.map { tick -> HTML in
      """
      <line class="grid" x1="\(at: left)" x2="\(at: Self.width - right)" y1="\(at: down(tick))" y2="\(at: down(tick))"/>\
      <text class="tick" x="\(at: left - 7)" y="\(at: down(tick) + 3.5)" text-anchor="end">\(yLabel(tick))</text>
      """
    }
    let columns = x.ticks.map { tick -> HTML in
      """
      <line class="axis" x1="\(at: across(tick))" x2="\(at: across(tick))" y1="\(at: base)" y2="\(at: base + 4)"/>\
      <text class="tick" x="\(at: across(tick))" y="\(at: base + 16)" text-anchor="middle">\(xLabel(tick))</text>
      """
    }
    return """
      <svg class="plot" viewBox="0 0 300 205" role="img" aria-label="\(description)">
      <text class="tick" x="0" y="11">\(yTitle)</text>
      <text class="tick" x="\(at: Self.width - right)" y="\(at: Self.height - 5)" text-anchor="end">\(xTitle)</text>
      \(rows)
      <line class="axis" x1="\(at: left)" x2="\(at: Self.width - right)" y1="\(at: base)" y2="\(at: base)"/>
      \(columns)
      \(content)
      </svg>
      """
  }
}
