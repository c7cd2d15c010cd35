import COneDNN
import Testing

@Suite("oneDNN, the library")
struct LibraryTests {
  @Test func hasAVersionThatTheShimKnows() {
    #expect((2...3).contains(pdnn_version_major()))
  }

  @Test func namesStatuses() {
    #expect(String(cString: pdnn_status_name(0)) == "success")
  }
}
