@_exported import Tensors
@_exported import Graphs
@_exported import Engine
@_exported import ONNXFormat
@_exported import PareFormat
