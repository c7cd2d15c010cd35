import COneDNN
import Testing

@Suite("oneDNN, reorder")
struct ReorderTests {
  @Test(arguments: [PDNN_PLAIN, PDNN_CHANNELS_LAST, PDNN_BLOCKED16, PDNN_BLOCKED8], [PDNN_F32, PDNN_BF16, PDNN_S8])
  func comesBackUnchanged(layout: pdnn_layout, type: pdnn_type) throws {
    for shape in [[2, 13, 5], [2, 13, 3, 5], [1, 3, 2, 3, 4]] {
      let values = integers(shape.reduce(1, *), in: -100...100, seed: 5)
      let tensor = pdnn_tensor(shape, type, layout)
      #expect(try tensor.values(tensor.buffer(values)) == values)
    }
  }

  @Test func putsChannelsLast() throws {
    let tensor = pdnn_tensor([1, 2, 1, 3], PDNN_F32, PDNN_CHANNELS_LAST)
    #expect(try tensor.buffer([1, 2, 3, 4, 5, 6]).floats == [1, 4, 2, 5, 3, 6])
  }

  @Test func padsBlocksWithZeros() throws {
    let tensor = pdnn_tensor([1, 3, 1, 1], PDNN_F32, PDNN_BLOCKED8)
    #expect(try tensor.buffer([1, 2, 3]).floats == [1, 2, 3, 0, 0, 0, 0, 0])
  }

  @Test func roundsHalfToEvenAndSaturates() throws {
    let tensor = pdnn_tensor([6], PDNN_U8)
    #expect(try tensor.values(tensor.buffer([0.5, 1.5, 2.5, -3, 254.6, 300])) == [0, 2, 2, 0, 255, 255])
  }

  @Test func refusesLayoutsWithoutMeaning() {
    var tensor = pdnn_tensor([3, 4], PDNN_F32, PDNN_BLOCKED16)
    #expect(pdnn_tensor_bytes(&tensor) == 0)
    #expect(throws: StatusError.self) { try Operation(from: tensor.plainFloat, to: tensor) }
  }
}
