import Testing

@testable import PareCommand

@Suite struct DataOptionsTests {
  @Test func otherClassesAreWarnedOf() throws {
    let warning = try #require(DataOptions.warning(classes: ["ant", "bee"], labels: (0..<10).map(String.init)))
    for part in ["ant, bee", "0, 1, 2, 3, 4, ... (10)", "order"] { #expect(warning.contains(part)) }
  }

  @Test func sameOrUnknownClassesAreNot() {
    #expect(DataOptions.warning(classes: ["ant", "bee"], labels: ["ant", "bee"]) == nil)
    #expect(DataOptions.warning(classes: nil, labels: ["ant"]) == nil)
    #expect(DataOptions.warning(classes: ["ant"], labels: nil) == nil)
  }

  /// More classes than the network tells apart are an error elsewhere.
  @Test func moreClassesAreNot() { #expect(DataOptions.warning(classes: ["ant", "bee"], labels: ["ant"]) == nil) }
}
