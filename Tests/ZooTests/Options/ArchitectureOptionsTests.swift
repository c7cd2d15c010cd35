import Tensors
import Testing

@testable import Zoo

@Suite struct ArchitectureOptionsTests {
  private let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(), .width,
    ArchitectureOption("groups", default: 3, oneOf: [1, 2, 3], help: "groups"),
    ArchitectureOption("linear", default: true, help: "a switch"), .seed,
  ]

  @Test func defaultsDependOnTheForm() throws {
    let imageNet = try ArchitectureOptions([:], of: options)
    #expect(imageNet == ArchitectureOptions(defaultsOf: options))
    #expect(imageNet.form == .imagenet && imageNet.classes == 1000 && imageNet.input == 224)
    #expect(imageNet.earlyStride == 2)
    let cifar = try ArchitectureOptions(["form": "cifar", "input": "48"], of: options)
    #expect(cifar.form == .cifar && cifar.classes == 10 && cifar.input == 48 && cifar.earlyStride == 1)
    #expect(cifar.isGiven("input") && !cifar.isGiven("classes"))
  }

  @Test(arguments: [("true", true), ("1", true), ("false", false), ("0", false)])
  func switchesAreWrittenInTwoWays(_ text: String, _ value: Bool) throws {
    #expect(try ArchitectureOptions(["linear": text], of: options).flag("linear") == value)
  }

  @Test func numbersOfAListMayBeWrittenAsFractions() throws {
    #expect(try ArchitectureOptions(["groups": "2.0"], of: options).integer("groups") == 2)
  }

  @Test(arguments: [
    ("form", "mnist", "imagenet or cifar"), ("groups", "5", "1, 2 or 3"), ("linear", "yes", "true or false"),
    ("input", "7", "a whole number from 8 to 4096"), ("input", "8.5", "a whole number"), ("width", "nan", "a number"),
    ("width", "0", "from 0.05 to 16.0"), ("depth", "3", "there is no option \"depth\""),
  ])
  func otherValuesAreAnsweredWithThoseAllowed(_ name: String, _ text: String, _ message: String) {
    #expect {
      try ArchitectureOptions([name: text], of: options)
    } throws: { error in
      guard let error = error as? PareError else { return false }
      return error.code == .usage && error.message.contains(message)
    }
  }

  @Test func listingsSayDefaultsAndValues() {
    #expect(options.map(\.defaultText) == ["1000 (cifar: 10)", "imagenet", "224 (cifar: 32)", "1.0", "3", "true", "0"])
    #expect(
      options.prefix(6).map(\.rangeText) == [
        "2 to 1000000", "imagenet or cifar", "8 to 4096", "0.05 to 16.0", "1, 2 or 3", "true or false",
      ])
  }

  @Test func channelsAreRounded() throws {
    let narrow = try ArchitectureOptions(["width": "0.35"], of: options)
    #expect(narrow.channels(64) == 22 && narrow.channels(1) == 2)
    #expect(narrow.channels(16, toMultipleOf: 8) == 8 && narrow.channels(96, toMultipleOf: 8) == 32)
    // 33.6 rounds to 32, which is more than 90 % of it; 11.2 would round to 8, which is not.
    #expect(Divisible.nearest(to: 11.2, 8) == 16)
    #expect(Divisible.above(17, 8) == 24 && Divisible.above(16, 8) == 16)
  }

  @Test func networksWithoutWeightsAreTheSameButForThese() throws {
    let architecture = SqueezeNet(.lighter)
    let given = ArchitectureOptions(defaultsOf: architecture.options)
    let (drawn, empty) = (try architecture.build(given), try architecture.build(given.withoutWeights()))
    #expect(drawn.parameters.mapValues(\.shape) == empty.parameters.mapValues(\.shape))
    #expect(empty.parameters["features.0.weight"]!.tensor.floats.allSatisfy { $0 == 0 })
    #expect(drawn.parameters["features.0.weight"]!.tensor.floats.contains { $0 != 0 })
  }

  @Test func preparationFollowsFormAndInput() throws {
    let imageNet = try ArchitectureOptions(["input": "160"], of: options).imagePreparation()
    #expect(imageNet.height == 160 && imageNet.resize == 183 && imageNet.mean?.count == 3)
    let cifar = try ArchitectureOptions(["form": "cifar"], of: options).imagePreparation()
    #expect(cifar.height == 32 && cifar.resize == nil && cifar.mean == nil)
  }
}
