import Foundation
import Testing

@testable import Reporting

struct DecodingErrorReasonTests {
  private struct Recipe: Decodable {
    struct Stage: Decodable { var epochs: Int }
    var stages: [Stage]
  }

  private func reason(_ json: String) -> String? {
    do {
      _ = try JSONDecoder().decode(Recipe.self, from: Data(json.utf8))
      return nil
    } catch {
      return (error as? DecodingError)?.reason
    }
  }

  @Test
  func namesThePlace() {
    #expect(reason(#"{"stages": [{"epochs": 1}]}"#) == nil)
    #expect(reason(#"{"stages": [{}]}"#) == "stages[0].epochs: it is missing")
    #expect(reason(#"{"stages": [{"epochs": "x"}]}"#)?.hasPrefix("stages[0].epochs: ") == true)
    #expect(reason("{}") == "stages: it is missing")
    #expect(reason("{")?.contains("DecodingError") == false)
  }
}
