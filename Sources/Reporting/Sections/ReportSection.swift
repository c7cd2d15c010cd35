/// A part of the page that answers one question.
protocol ReportSection: Sendable {
  /// The anchor of the section.
  static var identifier: String { get }
  /// The question.
  static var question: String { get }
  /// The answer from what the document holds; where it holds nothing, a sentence that says so.
  static func body(of document: ReportDocument) -> HTML
}
