/// The clean-ups that every network gets when it is read or converted: shapes and constants are folded, nodes that do
/// nothing or that nobody reads go. Batch normalisation stays, since training needs it.
public struct StandardCleanup: GraphPass {
  /// The passes in order.
  public static let passes: [any GraphPass] = [
    ShapeFolding(),
    ConstantFolding(),
    IdentityElimination(),
    DeadNodeElimination(),
  ]

  /// Makes the pass.
  public init() {}

  /// The network after all passes.
  public func apply(to graph: Graph) throws -> Graph { try Self.passes.reduce(graph) { try $1.apply(to: $0) } }
}
