import Graphs
import SwiftProtobuf
import Tensors

/// An operator that Pare does not know, or a form of one that it does not run: kept byte for byte, so that the rest of
/// the network can be worked on and the file written back.
///
/// The node's inputs are the file's own, then the values that its subgraphs capture from outside.
public struct OpaqueOperator: RefusedOperator {
  /// What graphs and reports call such a node.
  public static let kind = "Opaque"
  /// The operator's type in the file.
  public let type: String
  /// The operator's domain; empty for standard ONNX.
  public let domain: String
  /// The version of the domain's operator set.
  public let opset: Int
  /// Why Pare does not run it.
  public let reason: String
  /// The file's node.
  let node: [UInt8]
  /// The names in the file that the node's inputs had when it was read, in the order of the node's inputs.
  let inputNames: [String]
  /// The types of the outputs, as far as the file tells.
  let outputs: [ValueType]

  /// What the file tells of the outputs.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { outputs }

  /// Cannot be computed.
  /// - Throws: `PareError.unsupported`, always.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] { throw refusal }

  /// The error that running it is.
  public var refusal: PareError {
    let name = (try? Onnx_NodeProto(serializedBytes: node))?.name ?? ""
    return PareError(
      .unsupported, "this operator cannot be run: \(reason)",
      context: ["node": name, "operator": domain.isEmpty ? type : "\(domain).\(type)", "opset": "\(opset)"])
  }
}
