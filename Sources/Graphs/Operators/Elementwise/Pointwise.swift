/// An operator that makes each element from the elements at the same place of its inputs (repeated where they broadcast),
/// so that a function of one tensor that is built from such operators can be tabulated. Every `UnaryFunction` is one.
public protocol Pointwise: Operator {}

extension Relu: Pointwise {}
extension Clip: Pointwise {}
extension Sigmoid: Pointwise {}
extension HardSigmoid: Pointwise {}
extension HardSwish: Pointwise {}
extension Tanh: Pointwise {}
extension Abs: Pointwise {}
extension Exp: Pointwise {}
extension Log: Pointwise {}
extension Neg: Pointwise {}
extension Sqrt: Pointwise {}
extension Add: Pointwise {}
extension Sub: Pointwise {}
extension Mul: Pointwise {}
extension Div: Pointwise {}
extension Pow: Pointwise {}
extension PRelu: Pointwise {}
extension Sum: Pointwise {}
extension Min: Pointwise {}
extension Max: Pointwise {}
extension Identity: Pointwise {}
