import Engine
import Pare

/// The document of `pare operators`.
struct OperatorListing: Encodable {
  /// An operator.
  struct Entry: Encodable {
    let name: String
    let kernel: Bool
    let gradient: Bool
    let couplesChannels: Bool

    enum CodingKeys: String, CodingKey {
      case name, kernel, gradient
      case couplesChannels = "couples_channels"
    }

    init(_ type: any ONNXOperator.Type) {
      name = type.kind
      kernel = KernelList.hasKernel(for: type.kind)
      gradient = type is any Differentiable.Type
      couplesChannels = type is any ChannelCoupled.Type
    }
  }

  /// The operators, in the order of the documentation.
  let operators = OperatorList.onnx.map { Entry($0) }

  /// The operators, a row each.
  func table() -> TerminalTable {
    TerminalTable(
      columns: [.init("operator", .left), .init("runs by", .left), .init("gradient", .left), .init("channels", .left)],
      rows: operators.map {
        [
          $0.name, $0.kernel ? "kernel" : "reference", $0.gradient ? "yes" : "no",
          $0.couplesChannels ? "coupled" : "blocked",
        ]
      })
  }
}
