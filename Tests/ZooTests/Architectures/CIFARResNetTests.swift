import Graphs
import Tensors
import Testing
import Zoo

@Suite struct CIFARResNetTests {
  /// Trainable parameters as an independent counter finds them for akamaster/pytorch_resnet_cifar10.
  @Test(arguments: [
    (8, 75_290), (14, 172_506), (20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962),
  ])
  func hasThePublishedParameters(depth: Int, parameters: Int) throws {
    let graph = try CIFARResNet(depth: depth).build()
    let count = graph.trainableParameters().reduce(0) { $0 + graph.parameters[$1]!.shape.count }
    #expect(count == parameters)
  }

  /// Multiply-accumulates of convolutions and the classifier, counted by hand as in the paper's table.
  @Test(arguments: [(8, 12_239_488), (20, 40_551_040), (56, 125_485_696)])
  func hasThePublishedWork(depth: Int, macs: Int) throws {
    #expect(try CIFARResNet(depth: depth).build().costs().macs == macs)
  }

  @Test func shortcutsKeepEverySecondPixelBetweenZeroChannels() throws {
    let graph = try CIFARResNet(depth: 8).build()
    let shapes = try graph.shapes(batch: 1)
    let pads = graph.nodes.filter { $0.op.kind == "Pad" }
    #expect(pads.map { shapes[$0.outputs[0]] } == [[1, 32, 16, 16], [1, 64, 8, 8]])
    let slices = graph.nodes.filter { $0.op.kind == "Slice" }
    #expect(slices.count == 4)
  }

  @Test func parametersAreNamedAsInTheReferenceImplementation() throws {
    let names = try CIFARResNet(depth: 20).build().parameters.keys
    for name in ["conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer3.2.bn2.bias", "linear.bias"] {
      #expect(names.contains(name))
    }
  }
}
