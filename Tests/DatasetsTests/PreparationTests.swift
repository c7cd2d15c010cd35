import Foundation
import Testing

@testable import Datasets
@testable import Tensors

@Suite struct PreparationTests {
  @Test func survivesJSON() throws {
    let preparation = Preparation(
      height: 224, width: 192, resize: 256, interpolation: .bicubic, channelOrder: .bgr, layout: .nhwc, scale: 255,
      mean: [1, 2, 3], std: [4, 5, 6])
    let data = try JSONEncoder().encode(preparation)
    #expect(try JSONDecoder().decode(Preparation.self, from: data) == preparation)
    #expect(preparation.shape == [224, 192, 3])
  }

  @Test(arguments: [
    Preparation(height: 0, width: 8), Preparation(height: 8, width: 1 << 20),
    Preparation(height: 8, width: 8, resize: 0),
    Preparation(height: 8, width: 8, mean: [0.5]), Preparation(height: 8, width: 8, std: [1, 0, 1]),
    Preparation(height: 8, width: 8, scale: .nan),
  ])
  func valuesOutOfRangeAreRefused(preparation: Preparation) {
    #expect(throws: PareError.self) { try preparation.validate() }
  }
}
