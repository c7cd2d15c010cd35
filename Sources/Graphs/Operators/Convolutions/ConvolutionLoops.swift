import Tensors

/// The index arithmetic of a convolution: which input, weight and output elements meet. Serves the reference of the
/// convolution and of both its gradients.
struct ConvolutionLoops {
  let output: Shape
  let outputs: Int
  private let window: SpatialWindow
  private let groups: Int
  private let input: Shape
  private let weights: Shape

  init(window: SpatialWindow, groups: Int, input: Shape, weights: Shape) throws {
    self.window = window
    self.groups = groups
    self.input = input
    self.weights = weights
    outputs = weights[0]
    output = Shape([input[0], weights[0]] + (try window.outputExtents(input: Array(input.dimensions[2...]))))
  }

  /// Calls `body` with the flat indices of input, weight and output for every product of the convolution.
  func forEach(_ body: (Int, Int, Int) -> Void) {
    let extents = Array(input.dimensions[2...])
    let contacts = window.contacts(input: extents, output: Array(output.dimensions[2...]))
    // Flat offsets (input, kernel, output) of all contacts, joined over the axes.
    var spatial: [(input: Int, tap: Int, output: Int)] = [(0, 0, 0)]
    for axis in 0..<window.rank {
      spatial = spatial.flatMap { outer in
        contacts[axis].map { contact in
          (
            outer.input * extents[axis] + contact.input, outer.tap * window.kernel[axis] + contact.tap,
            outer.output * output[axis + 2] + contact.output
          )
        }
      }
    }
    let inputPlane = extents.reduce(1, *)
    let kernelPlane = window.kernel.reduce(1, *)
    let outputPlane = output.dimensions[2...].reduce(1, *)
    let outputsPerGroup = outputs / groups
    let channelsPerGroup = weights[1]
    for n in 0..<input[0] {
      for o in 0..<outputs {
        let yBase = (n * outputs + o) * outputPlane
        for c in 0..<channelsPerGroup {
          let xBase = (n * input[1] + o / outputsPerGroup * channelsPerGroup + c) * inputPlane
          let wBase = (o * channelsPerGroup + c) * kernelPlane
          for contact in spatial { body(xBase + contact.input, wBase + contact.tap, yBase + contact.output) }
        }
      }
    }
  }
}
