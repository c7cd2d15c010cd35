/// The architectures there are; a new one is a file and a line here.
package enum ZooList {
  /// Every architecture, in the order of the list that users see.
  package static let all: [any Architecture] = [
    CIFARResNet(depth: 8),
    CIFARResNet(depth: 14),
    CIFARResNet(depth: 20),
    CIFARResNet(depth: 32),
    CIFARResNet(depth: 44),
    CIFARResNet(depth: 56),
    CIFARResNet(depth: 110),
    DigitsMLP(),
    DigitsSeparable(),
  ]
}
