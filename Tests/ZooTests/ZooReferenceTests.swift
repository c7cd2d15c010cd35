import Tensors
import Testing
import Zoo

@Suite struct ZooReferenceTests {
  @Test func readsNameAndOptions() throws {
    let reference = try ZooReference(parsing: "zoo:resnet20?width=0.5&classes=100")
    #expect(reference.name == "resnet20")
    #expect(reference.options == ["width": "0.5", "classes": "100"])
    #expect(reference.description == "zoo:resnet20?classes=100&width=0.5")
    #expect(try ZooReference(parsing: reference.description) == reference)
  }

  @Test func aNameAloneHasNoOptions() throws {
    #expect(try ZooReference(parsing: "zoo:digits_mlp").options.isEmpty)
  }

  @Test(arguments: ["resnet20", "zoo:a?", "zoo:a?width", "zoo:a?=1", "zoo:a?width=", "zoo:a?width=1&width=2"])
  func otherFormsAreRefused(_ text: String) {
    #expect { try ZooReference(parsing: text) } throws: { ($0 as? PareError)?.code == .usage }
  }
}
