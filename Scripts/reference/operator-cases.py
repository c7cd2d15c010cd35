"""Makes Tests/GraphsTests/Fixtures/operators.json: single operators with what ONNX Runtime computes for them.

  python3 Scripts/reference/operator-cases.py

Needs numpy, onnx and onnxruntime. Every case is one node: type, opset, attributes, inputs (constants marked, since
shape rules may read them) and outputs.
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(7)
cases = []


class Constant:
    """An input that the file holds as an initializer."""

    def __init__(self, values, dtype=None):
        self.array = np.asarray(values, dtype=dtype)


def normal(*shape):
    return random.standard_normal(shape).astype(np.float32)


def spread(*shape):
    """Distinct numbers, so that a maximum is the only one of its window."""
    count = int(np.prod(shape))
    return (random.permutation(count).reshape(shape) / count * 6 - 3).astype(np.float32)


def ints(*values):
    return Constant(values, np.int64)


def floats(*values):
    return Constant(values, np.float32)


def seed(number):
    """Starts random numbers of a group's own, so that cases stay as they are when groups come and go around them."""
    global random
    random = np.random.default_rng(number)


def described(array, constant=False):
    array = np.asarray(array)
    values = array.reshape(-1).tolist()
    if array.dtype == np.float32:
        values = [float("%.9g" % value) for value in values]
    if array.dtype == bool:
        values = [int(value) for value in values]
    result = {"type": str(array.dtype), "shape": list(array.shape), "values": values}
    if constant:
        result["constant"] = True
    return result


def attribute(value):
    if isinstance(value, np.ndarray):
        return {"tensor": described(value)}
    if isinstance(value, str):
        return {"string": value}
    if isinstance(value, float):
        return {"float": value}
    if isinstance(value, list) and any(isinstance(element, float) for element in value):
        return {"floats": value}
    if isinstance(value, list):
        return {"ints": value}
    return {"int": value}


def case(kind, opset, inputs, outputs=1, **attributes):
    names, feeds, initializers, ports = [], {}, [], []
    for index, value in enumerate(inputs):
        if value is None:
            names.append("")
            continue
        names.append(f"x{index}")
        if isinstance(value, Constant):
            initializers.append(numpy_helper.from_array(value.array, names[-1]))
        else:
            feeds[names[-1]] = value
            ports.append(helper.make_tensor_value_info(
                names[-1], helper.np_dtype_to_tensor_dtype(value.dtype), value.shape))
    made = [f"y{index}" for index in range(outputs)]
    plain = {
        key: numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        for key, value in attributes.items()
    }
    node = helper.make_node(kind, names, made, **plain)
    results = [onnx.ValueInfoProto(name=name) for name in made]
    graph = helper.make_graph([node], "case", ports, results, initializers)
    ir_version = 8 if opset < 21 else 10 if opset < 24 else 12
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    computed = session.run(None, feeds)
    cases.append({
        "name": f"{kind}-{opset}-{len(cases)}", "type": kind, "opset": opset,
        "attributes": {key: attribute(value) for key, value in attributes.items()},
        "inputs": [
            None if value is None else described(value.array, True) if isinstance(value, Constant) else described(value)
            for value in inputs
        ],
        "outputs": [described(value) for value in computed],
    })


def convolutions():
    case("Conv", 7, [normal(1, 3, 5, 5), Constant(normal(4, 3, 3, 3))])
    case("Conv", 11, [normal(2, 3, 6, 5), Constant(normal(5, 3, 3, 3)), Constant(normal(5))], pads=[1, 1, 1, 1])
    case("Conv", 11, [normal(1, 4, 7, 7), Constant(normal(4, 1, 3, 3))], group=4, strides=[2, 2], pads=[1, 1, 1, 1])
    case("Conv", 11, [normal(1, 4, 5, 5), Constant(normal(6, 2, 2, 3)), Constant(normal(6))], group=2)
    case("Conv", 11, [normal(1, 2, 8, 8), Constant(normal(3, 2, 3, 3))], dilations=[2, 3], pads=[2, 3, 1, 0])
    case("Conv", 11, [normal(1, 2, 6, 7), Constant(normal(3, 2, 3, 2))], pads=[0, 1, 2, 0], strides=[2, 1])
    for pad in ["SAME_UPPER", "SAME_LOWER", "VALID"]:
        case("Conv", 11, [normal(1, 1, 6, 5), Constant(normal(2, 1, 3, 2))], auto_pad=pad, strides=[2, 2])
    case("Conv", 22, [normal(2, 3, 9), Constant(normal(2, 3, 4)), Constant(normal(2))], strides=[2], pads=[1, 2])
    case("Conv", 11, [normal(1, 2, 3, 4, 3), Constant(normal(2, 2, 2, 2, 2))], kernel_shape=[2, 2, 2])
    for opset in [7, 9, 15]:
        x = [normal(2, 3, 2, 2)] + [Constant(values) for values in (normal(3), normal(3), normal(3), abs(normal(3)))]
        case("BatchNormalization", opset, x, epsilon=1e-3, momentum=0.8)
    case("BatchNormalization", 15, [normal(4, 2)] + [Constant(abs(normal(2)) + 0.1) for _ in range(4)])


def products():
    for a in (0, 1):
        for b in (0, 1):
            x = normal(4, 3) if a else normal(3, 4)
            w = normal(5, 4) if b else normal(4, 5)
            case("Gemm", 11, [x, Constant(w), Constant(normal(5))], transA=a, transB=b, alpha=0.5, beta=2.0)
    case("Gemm", 7, [normal(2, 3), Constant(normal(3, 2)), Constant(normal(2, 1))])
    case("Gemm", 13, [normal(2, 3), Constant(normal(3, 2))], alpha=1.5)
    case("Gemm", 13, [normal(2, 3), Constant(normal(3, 2)), Constant(normal(2, 2))], beta=0.25)
    case("Gemm", 13, [normal(2, 3), Constant(normal(3, 2)), Constant(normal()[()])])
    shapes = [
        ((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((2, 2, 3), (3, 4)), ((2, 3), (4, 3, 2)),
        ((2, 1, 2, 3), (3, 3, 2)), ((3,), (2, 3, 2)), ((2, 4, 3), (3,)), ((1, 2, 2), (3, 2, 1)),
    ]
    for index, (a, b) in enumerate(shapes):
        case("MatMul", 9 if index % 2 else 13, [normal(*a), Constant(normal(*b))])


def activations():
    x = np.array([[-8, -3.5, -3, -2.9], [-1, -0.1, 0, 0.1], [1, 2.9, 3, 3.5], [6, 6.5, 40, -40]], dtype=np.float32)
    for kind, opset in [("Relu", 7), ("Relu", 14), ("Sigmoid", 7), ("Tanh", 13), ("HardSwish", 14), ("Exp", 13),
                        ("Neg", 13), ("Abs", 13)]:
        case(kind, opset, [np.minimum(x, 9) if kind == "Exp" else x])
    case("Log", 13, [abs(x) + 0.5])
    case("Sqrt", 13, [abs(x)])
    case("HardSigmoid", 7, [x])
    case("HardSigmoid", 14, [x], alpha=float(np.float32(1 / 6)), beta=0.5)
    case("Clip", 7, [x], min=0.0, max=6.0)
    case("Clip", 10, [x], min=-1.0)
    case("Clip", 10, [x], max=2.0)
    case("Clip", 11, [x, Constant(-1, np.float32), Constant(3, np.float32)])
    case("Clip", 13, [x, None, Constant(3, np.float32)])
    case("Clip", 13, [x, Constant(0.5, np.float32)])
    case("Clip", 13, [x])
    case("Clip", 13, [np.arange(-3, 4), Constant(-1, np.int64), Constant(2, np.int64)])
    for kind in ["Softmax", "LogSoftmax"]:
        case(kind, 7, [normal(2, 5)])
        case(kind, 11, [normal(2, 5, 1, 1)])
        case(kind, 11, [normal(2, 1, 5)], axis=1)
        case(kind, 11, [normal(2, 3, 4)], axis=-1)
        case(kind, 12, [normal(2, 3, 4)], axis=2)
        case(kind, 13, [normal(2, 3, 4)])
        case(kind, 13, [normal(2, 3, 4)], axis=1)
        case(kind, 13, [normal(2, 3, 4) * 100], axis=0)


def pools():
    for kind, opset in [("MaxPool", 7), ("AveragePool", 7)]:
        case(kind, opset, [spread(1, 2, 4, 6)], kernel_shape=[2, 2], strides=[2, 2])
    for kind in ["MaxPool", "AveragePool"]:
        opset = 12 if kind == "MaxPool" else 19
        case(kind, opset, [spread(1, 2, 7, 7)], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        case(kind, opset, [spread(1, 1, 6, 5)], kernel_shape=[3, 2], strides=[2, 3], pads=[0, 1, 2, 0])
        case(kind, opset, [spread(1, 1, 6, 6)], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        case(kind, opset, [spread(1, 1, 7, 8)], kernel_shape=[3, 3], strides=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1)
        case(kind, opset, [spread(1, 1, 5, 5)], kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1)
        case(kind, opset, [spread(1, 1, 8, 8)], kernel_shape=[3, 2], dilations=[2, 3])
        case(kind, opset, [spread(2, 2, 9)], kernel_shape=[4], strides=[3], pads=[1, 2])
        case(kind, opset, [spread(1, 1, 3, 4, 5)], kernel_shape=[2, 2, 2])
        for pad in ["SAME_UPPER", "SAME_LOWER", "VALID"]:
            case(kind, opset, [spread(1, 1, 6, 5)], kernel_shape=[3, 2], strides=[2, 2], auto_pad=pad)
    for shape, attributes in [
        ((1, 1, 6, 5), dict(kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])),
        ((1, 1, 6, 6), dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)),
        ((1, 1, 7, 7), dict(kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)),
        ((1, 1, 6, 5), dict(kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER")),
        ((1, 1, 7, 7), dict(kernel_shape=[2, 3], dilations=[2, 2], pads=[1, 1, 1, 1])),
    ]:
        case("AveragePool", 19, [spread(*shape)], count_include_pad=1, **attributes)
    case("AveragePool", 11, [spread(1, 1, 6, 6)], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    case("GlobalAveragePool", 7, [normal(2, 3, 4, 5)])
    case("GlobalAveragePool", 22, [normal(2, 3, 5)])


def elementwise():
    shapes = [((2, 3), (2, 3)), ((2, 3, 4), (3, 1)), ((1,), (2, 3)), ((2, 1), (1, 3)), ((2, 3), ()), ((1, 3, 1, 1), (2, 3, 2, 2))]
    for index, (a, b) in enumerate(shapes):
        for kind in ["Add", "Sub", "Mul", "Div"]:
            case(kind, 7 if index % 2 else 14, [normal(*a) if a else normal()[()], np.asarray(abs(normal(*b)) + 0.5, dtype=np.float32)])
    for kind in ["Add", "Sub", "Mul", "Div"]:
        case(kind, 14, [np.array([7, -7, 9], dtype=np.int64), np.array([2, 2, -4], dtype=np.int64)])
    for kind, versions in [("ReduceMean", (11, 13, 18)), ("ReduceSum", (11, 13))]:
        for opset in versions:
            for axes, keep in [([1], 1), ([0, 2], 0), ([-1], 0), (None, 1), (None, 0), ([2, 3], 1)]:
                inputs, attributes = [normal(2, 3, 2, 2)], {"keepdims": keep}
                as_input = opset >= (18 if kind == "ReduceMean" else 13)
                if axes is not None and as_input:
                    inputs.append(ints(*axes))
                elif axes is not None:
                    attributes["axes"] = axes
                case(kind, opset, inputs, **attributes)
    case("ReduceMean", 18, [normal(2, 3)], noop_with_empty_axes=1)
    case("ReduceSum", 13, [normal(2, 3)], noop_with_empty_axes=1)


def shapes():
    case("Concat", 7, [normal(2, 3), normal(2, 1)], axis=1)
    case("Concat", 13, [normal(1, 2, 2), normal(3, 2, 2), normal(1, 2, 2)], axis=-3)
    case("Slice", 7, [normal(4, 5)], axes=[0, 1], starts=[1, -3], ends=[3, 1000])
    case("Slice", 9, [normal(4, 5)], starts=[1], ends=[-1])
    case("Slice", 10, [normal(4, 5), ints(0), ints(5), ints(1), ints(2)])
    case("Slice", 13, [normal(4, 5), ints(3, -1), ints(0, -6), ints(0, 1), ints(-1, -2)])
    case("Slice", 13, [normal(2, 3, 6, 6), ints(0, 0), ints(2**62, 2**62), ints(2, 3), ints(2, 2)])
    case("Slice", 13, [normal(2, 5), ints(1), ints(4), ints(-1)])
    case("Pad", 7, [normal(2, 3)], pads=[1, 0, 2, 1], value=1.5)
    case("Pad", 11, [normal(2, 3), ints(0, 1, 1, 0)])
    case("Pad", 13, [normal(2, 3), ints(0, 1, 1, 2), Constant(-2, np.float32)], mode="constant")
    case("Pad", 13, [normal(1, 4, 2, 2), ints(0, 2, 0, 0, 0, 2, 0, 0)])
    for mode in ["reflect", "edge"]:
        case("Pad", 13, [normal(3, 4), ints(1, 2, 2, 1)], mode=mode)
    case("Pad", 19, [normal(3, 4), ints(1, 2, 2, 1)], mode="wrap")
    case("Pad", 18, [normal(2, 3, 2), ints(1, 2), None, ints(-2)])
    case("Pad", 13, [normal(3, 4), ints(-1, 0, 0, -2)])
    case("Reshape", 7, [normal(2, 3, 4), ints(0, -1)])
    case("Reshape", 13, [normal(2, 3, 4), ints(4, 0, 2)])
    case("Reshape", 14, [normal(2, 6), ints(3, 4)], allowzero=1)
    for axis in [0, 1, 2, 3]:
        case("Flatten", 9, [normal(2, 3, 2)], axis=axis)
    case("Flatten", 13, [normal(2, 3, 2, 2)], axis=-2)
    case("Flatten", 13, [normal(2, 3, 2, 2)])
    case("Squeeze", 7, [normal(1, 3, 1, 2)], axes=[0, 2])
    case("Squeeze", 11, [normal(1, 3, 1)])
    case("Squeeze", 13, [normal(1, 3, 1), ints(-1)])
    case("Unsqueeze", 7, [normal(3, 2)], axes=[0, 3])
    case("Unsqueeze", 13, [normal(3, 2), ints(-1, 1)])
    case("Transpose", 7, [normal(2, 3, 4)])
    case("Transpose", 13, [normal(2, 3, 4, 2)], perm=[0, 2, 3, 1])
    case("Transpose", 21, [normal(2, 3, 4)], perm=[1, 2, 0])
    case("Identity", 7, [normal(2, 3)])
    case("Dropout", 7, [normal(2, 3)], ratio=0.3)
    case("Dropout", 12, [normal(2, 3), Constant(0.3, np.float32)])
    case("Dropout", 13, [normal(2, 3), Constant(0.3, np.float32), Constant(False, bool)])
    case("Dropout", 13, [normal(2, 3)], outputs=2)
    case("ConstantOfShape", 9, [ints(2, 3)])
    case("ConstantOfShape", 9, [ints(2, 2)], value=np.array([2.5], dtype=np.float32))
    case("ConstantOfShape", 9, [ints(3)], value=np.array([7], dtype=np.int64))
    case("Shape", 7, [normal(2, 3, 4)])
    case("Shape", 15, [normal(2, 3, 4)], start=1)
    case("Shape", 15, [normal(2, 3, 4)], start=-3, end=-1)
    case("Gather", 7, [normal(4, 3), Constant([0, 3, 1], np.int64)])
    case("Gather", 11, [normal(4, 3), Constant([[0, -1], [2, 1]], np.int64)], axis=1)
    case("Gather", 13, [normal(4, 3), Constant(2, np.int64)], axis=0)
    case("Gather", 13, [np.arange(5), Constant([1, -2], np.int64)])


def casts_and_quantization():
    x = np.array([-300.5, -1.7, -0.5, 0, 0.5, 1.7, 100.2], dtype=np.float32)
    case("Cast", 9, [x], to=TensorProto.INT64)
    case("Cast", 13, [x], to=TensorProto.INT32)
    case("Cast", 13, [x], to=TensorProto.DOUBLE)
    case("Cast", 13, [x], to=TensorProto.BOOL)
    case("Cast", 13, [np.array([-2, 0, 9])], to=TensorProto.FLOAT)
    case("Cast", 13, [np.array([True, False])], to=TensorProto.FLOAT)
    ties = np.array([[-1.25, -0.75, -0.25, 0.25], [0.75, 1.25, 1.75, 300], [-300, 63.5, -64, 0.1]], dtype=np.float32)
    scale = Constant(0.5, np.float32)
    case("QuantizeLinear", 10, [ties, scale, Constant(0, np.int8)])
    case("QuantizeLinear", 10, [ties, scale, Constant(128, np.uint8)])
    case("QuantizeLinear", 13, [ties, scale])
    per_axis = Constant([0.5, 0.25, 2], np.float32)
    case("QuantizeLinear", 13, [ties, per_axis, Constant([0, 0, 0], np.int8)], axis=0)
    case("QuantizeLinear", 13, [ties, Constant([0.5, 0.25, 2, 1], np.float32), Constant([0, 1, 2, 3], np.uint8)])
    case("QuantizeLinear", 19, [ties, per_axis, Constant([1, -2, 3], np.int8)], axis=-2)
    case("QuantizeLinear", 21, [ties, scale], output_dtype=TensorProto.INT8)
    case("QuantizeLinear", 21, [ties, scale, Constant(-5, np.int16)])
    codes = np.array([[-128, -1, 0, 127], [5, 6, 7, 8], [-5, -6, -7, -8]], dtype=np.int8)
    case("DequantizeLinear", 10, [codes, scale, Constant(3, np.int8)])
    case("DequantizeLinear", 13, [codes, scale])
    case("DequantizeLinear", 13, [codes, per_axis, Constant([0, 1, -1], np.int8)], axis=0)
    case("DequantizeLinear", 19, [np.abs(codes.astype(np.int32)).astype(np.uint8), scale, Constant(100, np.uint8)])
    case("DequantizeLinear", 13, [codes.astype(np.int32) * 1000, scale])


def functions():
    x = np.array([[-8, -3.5, -3, -2.9], [-1, -0.1, 0, 0.1], [1, 2.9, 3, 3.5], [6, 6.5, 40, -40]], dtype=np.float32)
    for kind, versions in [("LeakyRelu", (7, 16)), ("Elu", (7, 22)), ("Celu", (12,)), ("ThresholdedRelu", (10, 22))]:
        case(kind, versions[0], [x])
        case(kind, versions[-1], [x], alpha=float(np.float32(0.3)))
    case("Selu", 7, [x])
    case("Selu", 22, [x], alpha=float(np.float32(1.5)), gamma=float(np.float32(1.2)))
    case("Gelu", 20, [x])
    case("Gelu", 20, [x], approximate="none")
    case("Gelu", 20, [x], approximate="tanh")
    for kind, versions in [("Softplus", (7, 22)), ("Softsign", (7, 22)), ("Mish", (18, 22)), ("Erf", (9, 13)),
                           ("Floor", (7, 13)), ("Ceil", (7, 13)), ("Round", (11, 22)), ("Sign", (9, 13))]:
        for opset in versions:
            case(kind, opset, [x])
    case("Round", 11, [np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.4999], dtype=np.float32)])
    case("Reciprocal", 7, [x + 0.05])
    for slopes in [normal(2, 3, 2, 2), normal(3, 1, 1), normal(1), normal(2)]:
        case("PRelu", 7, [normal(2, 3, 2, 2), Constant(slopes)])
    case("PRelu", 16, [normal(2, 3), normal(3)])
    for kind in ["Neg", "Abs", "Sign"]:
        for dtype in [np.int8, np.int32, np.int64]:
            case(kind, 13, [np.array([-100, -1, 0, 7], dtype=dtype)])
    positive = np.abs(normal(2, 3)) + 0.5
    case("Pow", 7, [positive, normal(2, 3)])
    case("Pow", 12, [positive, normal(3)])
    case("Pow", 13, [normal(2, 3), Constant(2, np.float32)])
    case("Pow", 13, [normal(2, 3), Constant([3], np.int64)])
    case("Pow", 15, [np.array([1, -2, 3], dtype=np.int32), np.array([4, 5, 6], dtype=np.int32)])
    case("Pow", 15, [np.array([1, 2, 3], dtype=np.int64), np.array([0.5, 2, 3], dtype=np.float32)])
    case("Pow", 15, [np.array([[1], [2]], dtype=np.int64), np.array([0, 1, 10], dtype=np.int64)])
    for fmod in (0, 1):
        case("Mod", 13, [np.array([-4, 7, 5, 4, -7, 8]), np.array([2, -3, 8, -2, 3, 5])], fmod=fmod)
    case("Mod", 10, [np.array([-4.3, 7.2, 5, 4.3, -7.2, 8], dtype=np.float32), np.array([2.1, -3.4, 8, -2.1, 3.4, 5], dtype=np.float32)], fmod=1)
    case("Mod", 13, [np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([2], dtype=np.uint8)])
    for kind in ["Sum", "Min", "Max"]:
        case(kind, 7, [normal(2, 3), normal(2, 3)])
        case(kind, 8, [normal(2, 3)])
        case(kind, 13, [normal(2, 3), normal(3), normal(2, 1)])
        case(kind, 13, [normal(1, 3), normal(2, 1), Constant(0.1, np.float32)])
    for kind in ["Min", "Max"]:
        case(kind, 12, [np.array([1, -5, 3]), np.array([2, -6, 3])])
        case(kind, 13, [np.array([[1], [7]], dtype=np.int32), np.array([2, 5, 3], dtype=np.int32)])
        case(kind, 13, [np.array([200, 3], dtype=np.uint8), np.array([100, 250], dtype=np.uint8)])
    for kind in ["Add", "Sub", "Mul"]:
        case(kind, 14, [np.array([100, -100, 7], dtype=np.int8), np.array([100, 100, -3], dtype=np.int8)])
        case(kind, 14, [np.array([200, 3], dtype=np.uint8), np.array([100, 5], dtype=np.uint8)])


def logic():
    a, b = np.array([[1, 2, 3], [3, 2, 1]]), np.array([2, 2, 3])
    for kind, versions in [("Equal", (7, 13)), ("Greater", (9, 13)), ("Less", (9, 13)), ("GreaterOrEqual", (12, 16)),
                           ("LessOrEqual", (12, 16))]:
        case(kind, versions[0], [a, b])
        case(kind, versions[1], [a.astype(np.int32), b.astype(np.int32)])
        case(kind, max(versions[0], 11), [a.astype(np.float32) / 2, Constant(1, np.float32)])
    truths = np.array([[True, False], [False, True]])
    case("Equal", 11, [truths, np.array([True, True])])
    for kind in ["And", "Or", "Xor"]:
        case(kind, 7, [truths, np.array([[True], [False]])])
        case(kind, 7, [truths, np.array([True, True])])
    case("Not", 7, [truths])
    case("Where", 9, [truths, normal(2, 2), normal(2, 2)])
    case("Where", 16, [truths, normal(3, 1, 1), normal(2)])
    case("Where", 16, [np.array([True, False, True]), np.array([1, 2, 123456789]), np.array(-7)])
    case("Where", 16, [truths, np.array([7], dtype=np.uint8), np.array([1, 2], dtype=np.uint8)])
    case("Expand", 8, [normal(3, 1), ints(2, 3, 4)])
    case("Expand", 13, [normal(3, 4), ints(3, 1)])
    case("Expand", 13, [np.array([[1], [123456789]]), ints(1, 3)])
    case("Expand", 13, [np.array([True, False]), ints(2, 2)])
    case("Range", 11, [Constant(1, np.int64), Constant(10, np.int64), Constant(3, np.int64)])
    case("Range", 11, [Constant(10, np.int32), Constant(4, np.int32), Constant(-2, np.int32)])
    case("Range", 11, [Constant(0.5, np.float32), Constant(2.1, np.float32), Constant(0.4, np.float32)])
    case("Range", 11, [Constant(3, np.int64), Constant(3, np.int64), Constant(1, np.int64)])


def transposed_convolutions():
    seed(101)
    case("ConvTranspose", 7, [normal(1, 2, 4, 5), Constant(normal(2, 3, 3, 3))])
    x = lambda: normal(2, 4, 3, 4)
    w = lambda: Constant(normal(4, 3, 3, 2))
    case("ConvTranspose", 11, [x(), w(), Constant(normal(3))], strides=[2, 3], pads=[1, 0, 0, 1])
    case("ConvTranspose", 11, [x(), w()], strides=[2, 2], output_padding=[1, 1])
    case("ConvTranspose", 11, [x(), w()], strides=[3, 2], output_shape=[9, 7])
    case("ConvTranspose", 11, [x(), w()], strides=[3, 2], output_shape=[10, 9])
    case("ConvTranspose", 11, [x(), w()], dilations=[2, 3], strides=[2, 1])
    for pad in ["SAME_UPPER", "SAME_LOWER", "VALID"]:
        case("ConvTranspose", 11, [x(), w()], auto_pad=pad, strides=[2, 3], dilations=[1, 2])
        case("ConvTranspose", 22, [x(), w()], auto_pad=pad, strides=[2, 2])
    case("ConvTranspose", 11, [x(), w()], auto_pad="SAME_UPPER", strides=[2, 2], output_shape=[6, 9])
    case("ConvTranspose", 11, [normal(1, 4, 4, 3), Constant(normal(4, 3, 2, 3)), Constant(normal(6))], group=2)
    case("ConvTranspose", 11, [normal(2, 3, 3, 3), Constant(normal(3, 1, 4, 4))], group=3, strides=[2, 2],
         pads=[1, 1, 1, 1])
    case("ConvTranspose", 11, [normal(2, 3, 5), Constant(normal(3, 2, 4)), Constant(normal(2))], strides=[3],
         pads=[1, 2], output_padding=[2])
    case("ConvTranspose", 11, [normal(1, 2, 2, 3, 2), Constant(normal(2, 2, 2, 2, 3))], strides=[2, 1, 2],
         kernel_shape=[2, 2, 3])


def pool_extras():
    seed(102)
    case("GlobalMaxPool", 7, [spread(2, 3, 4, 5)])
    case("GlobalMaxPool", 22, [spread(2, 3, 5)])
    case("GlobalMaxPool", 7, [spread(1, 2, 2, 3, 2)])
    for order in (0, 1):
        case("MaxPool", 12, [spread(2, 2, 5, 4)], outputs=2, kernel_shape=[3, 2], strides=[2, 1], storage_order=order)
        case("MaxPool", 12, [spread(1, 2, 3, 4, 3)], outputs=2, kernel_shape=[2, 2, 2], storage_order=order)
    case("MaxPool", 12, [spread(1, 2, 7, 6)], outputs=2, kernel_shape=[2, 2], dilations=[2, 3], pads=[1, 0, 0, 1])
    for dtype in (np.uint8, np.int8):
        low = np.iinfo(dtype).min
        x = (low + random.permutation(60).reshape(1, 2, 5, 6) * 4).astype(dtype)
        case("MaxPool", 12, [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        case("MaxPool", 12, [x], outputs=2, kernel_shape=[2, 2], dilations=[2, 2])


def reductions():
    seed(103)
    kinds = ["ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum",
             "ReduceLogSumExp"]
    for kind in kinds:
        for opset in (11, 13, 18):
            for axes, keep in [([1], 1), ([0, 2], 0), ([-1], 0), (None, 1)]:
                x = normal(2, 3, 2, 2)
                inputs, attributes = [abs(x) if kind == "ReduceLogSum" else x], {"keepdims": keep}
                if axes is not None and opset >= 18:
                    inputs.append(ints(*axes))
                elif axes is not None:
                    attributes["axes"] = axes
                case(kind, opset, inputs, **attributes)
        case(kind, 18, [abs(normal(2, 3))], noop_with_empty_axes=1)
    case("ReduceMax", 13, [np.array([[3, -7, 9], [1, 2, -128]], dtype=np.int8)], axes=[1])
    case("ReduceMin", 13, [np.array([[3, 7, 9], [255, 2, 128]], dtype=np.uint8)], axes=[0], keepdims=0)
    case("ReduceProd", 13, [np.array([[3, -7], [2, 5]], dtype=np.int64)], axes=[1])
    case("ReduceLogSumExp", 18, [normal(2, 3) * 200, ints(1)])


def places():
    seed(104)
    repeated = np.array([[[3, 1, 3], [2, 2, 0]], [[-1, 5, 5], [4, 4, 4]]], dtype=np.float32)
    for kind in ["ArgMax", "ArgMin"]:
        case(kind, 7, [spread(2, 3, 4)])
        for axis, keep in [(0, 1), (1, 0), (-1, 1), (2, 0)]:
            for last in (0, 1):
                case(kind, 13, [repeated], axis=axis, keepdims=keep, select_last_index=last)
        case(kind, 13, [np.array([[7, -3, 7], [1, 2, 1]], dtype=np.int8)], axis=1)
    case("TopK", 9, [spread(3, 6)], outputs=2, k=3)
    case("TopK", 9, [spread(3, 6)], outputs=2, k=2, axis=0)
    case("TopK", 10, [spread(2, 5, 3), ints(2)], outputs=2, axis=1)
    for largest in (0, 1):
        case("TopK", 11, [spread(3, 6), ints(4)], outputs=2, largest=largest)
        case("TopK", 11, [repeated, ints(2)], outputs=2, largest=largest, axis=-1)
        case("TopK", 11, [repeated, ints(1)], outputs=2, largest=largest, axis=-2)
    case("TopK", 24, [spread(4, 4), ints(4)], outputs=2)
    case("TopK", 11, [np.array([[5, -2, 7, 1]], dtype=np.int64), ints(3)], outputs=2)


def splits_and_blocks():
    seed(105)
    case("Split", 7, [normal(4, 6)], outputs=2)
    case("Split", 7, [normal(2, 6)], outputs=3, axis=1, split=[1, 2, 3])
    case("Split", 11, [normal(2, 6)], outputs=2, axis=-1)
    case("Split", 13, [normal(2, 6), ints(4, 0, 2)], outputs=3, axis=1)
    case("Split", 13, [normal(2, 6)], outputs=3, axis=1)
    case("Split", 18, [normal(2, 7)], outputs=3, axis=1, num_outputs=3)
    case("Split", 18, [normal(2, 6)], outputs=3, axis=1, num_outputs=3)
    case("Split", 18, [np.arange(8), ints(3, 5)], outputs=2)
    case("DepthToSpace", 7, [normal(2, 8, 2, 3)], blocksize=2)
    for mode in ["DCR", "CRD"]:
        case("DepthToSpace", 11, [normal(1, 18, 2, 1)], blocksize=3, mode=mode)
        case("DepthToSpace", 13, [normal(2, 12, 1, 2)], blocksize=2, mode=mode)
    case("SpaceToDepth", 7, [normal(2, 3, 4, 2)], blocksize=2)
    case("Size", 7, [normal(2, 3, 4)])
    case("Size", 13, [np.arange(6).reshape(1, 6)])
    case("SpaceToDepth", 13, [normal(1, 2, 3, 6)], blocksize=3)


def resampling():
    seed(106)
    coordinates = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
    empty = floats()
    for mode in ["nearest", "linear", "cubic"]:
        for how in coordinates + ["half_pixel_symmetric"]:
            # Where a fraction of an element is rounded off, ONNX and ONNX Runtime align corners differently.
            scales = [[1, 1, 2, 2], [1, 1, 0.6, 0.7], [1, 1, 1.5, 2.3], [1, 1, 0.25, 0.2]]
            for scales in scales if how != "align_corners" else [[1, 1, 2, 2], [1, 1, 0.5, 0.6], [1, 1, 1.5, 2.2]]:
                case("Resize", 19 if how == "half_pixel_symmetric" else 13, [normal(1, 2, 4, 5), None, floats(*scales)],
                     mode=mode, coordinate_transformation_mode=how)
        case("Resize", 11, [normal(1, 1, 3, 4), empty, empty, ints(1, 1, 5, 7)], mode=mode)
        case("Resize", 18, [normal(1, 1, 3, 4), None, None, ints(7, 2)], mode=mode, axes=[3, 2])
        case("Resize", 13, [normal(1, 1, 4, 5), floats(0, 0, 0.4, -0.2, 1, 1, 0.9, 1.2), empty, ints(1, 1, 3, 6)],
             mode=mode, coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=10.0)
    for rounding in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]:
        for how in coordinates:
            for scales in ([1, 1, 2, 2], [1, 1, 0.5, 0.5], [1, 1, 1.5, 0.5 if how == "align_corners" else 0.7]):
                case("Resize", 13, [normal(1, 1, 4, 6), None, floats(*scales)], mode="nearest", nearest_mode=rounding,
                     coordinate_transformation_mode=how)
    case("Resize", 11, [normal(1, 1, 3, 4), empty, floats(1, 1, 2, 0.5)], mode="nearest", nearest_mode="floor",
         coordinate_transformation_mode="tf_half_pixel_for_nn")
    case("Resize", 13, [normal(1, 2, 4, 5), None, floats(1, 1, 1.5, 0.6)], mode="cubic", cubic_coeff_a=-0.5,
         exclude_outside=1)
    for mode in ["linear", "cubic"]:
        for scales in ([1, 1, 0.6, 0.5], [1, 1, 0.3, 0.4], [1, 1, 2, 0.5]):
            for outside in (0, 1):
                case("Resize", 18, [normal(1, 1, 6, 8), None, floats(*scales)], mode=mode, antialias=1,
                     exclude_outside=outside)
        case("Resize", 18, [normal(1, 1, 6, 8), None, None, ints(2, 3)], mode=mode, antialias=1, axes=[2, 3])
    for policy in ["not_larger", "not_smaller"]:
        case("Resize", 18, [normal(1, 1, 4, 5), None, None, ints(7, 8)], mode="linear", axes=[2, 3],
             keep_aspect_ratio_policy=policy)
    case("Resize", 18, [normal(1, 1, 4, 5), floats(0.3, 0.6, 0.7, 0.8), None, ints(3, 4)], mode="linear", axes=[2, 3],
         coordinate_transformation_mode="tf_crop_and_resize")
    for scales in ([1, 1, 2, 2], [1, 1, 0.5, 0.6]):
        case("Resize", 10, [normal(1, 1, 4, 5), floats(*scales)], mode="nearest")
        case("Resize", 10, [normal(1, 1, 4, 5), floats(*scales)], mode="linear")
    case("Upsample", 7, [normal(1, 2, 2, 3)], mode="nearest", scales=[1.0, 1.0, 2.0, 3.0])
    case("Upsample", 9, [normal(1, 2, 2, 3), floats(1, 1, 2, 3)], mode="linear")
    case("Resize", 13, [normal(2, 3, 5), None, floats(1, 1, 2)], mode="linear")
    case("Resize", 13, [normal(1, 2, 2, 3, 2), None, floats(1, 1, 2, 1.5, 2)], mode="linear")
    case("Resize", 13, [normal(1, 2, 2, 3, 2), None, floats(1, 1, 2, 1.5, 2)], mode="nearest")
    case("Resize", 13, [normal(3, 4), None, floats(2, 1.5)], mode="nearest")
    case("Resize", 13, [random.integers(0, 255, (1, 1, 3, 3)).astype(np.uint8), None, floats(1, 1, 2, 2)], mode="nearest")


def einsums():
    seed(108)
    for equation, shapes in [
        ("ij->ji", [(2, 3)]), ("ij->i", [(2, 3)]), ("ij", [(2, 3)]), ("ba", [(2, 3)]), ("...ii->...i", [(2, 3, 3)]),
        ("ii", [(3, 3)]), ("i,i", [(4,), (4,)]), ("bij, bjk -> bik", [(2, 3, 4), (2, 4, 2)]),
        ("bhid,bhjd->bhij", [(1, 2, 3, 4), (1, 2, 2, 4)]), ("ij,kl->klij", [(2, 2), (3, 1)]),
        ("...ij,...jk->...ik", [(2, 2, 2, 3), (2, 2, 3, 2)]), ("ij,jk,kl->li", [(2, 3), (3, 2), (2, 2)]),
        ("ik,jk", [(2, 3), (4, 3)]), ("aij,b->bi", [(2, 2, 3), (2,)]),
    ]:
        case("Einsum", 12, [normal(*shape) for shape in shapes], equation=equation)


def normalizations():
    seed(107)
    for axis, shape in [(-1, (4,)), (1, (3, 4)), (2, (4,))]:
        for outputs in (1, 3):
            x = normal(2, 3, 4) * 2 + 1
            case("LayerNormalization", 17, [x, Constant(normal(*shape)), Constant(normal(*shape))], outputs=outputs,
                 axis=axis)
    case("LayerNormalization", 17, [normal(3, 5), Constant(normal(5))], epsilon=0.1)
    for shape in [(2, 3, 5), (2, 3, 2, 4), (1, 2, 2, 3, 2)]:
        channels = shape[1]
        case("InstanceNormalization", 7, [normal(*shape), Constant(normal(channels)), Constant(normal(channels))],
             epsilon=1e-2)
    for groups in (1, 2, 4):
        case("GroupNormalization", 18, [normal(2, 4, 3, 2), Constant(normal(groups)), Constant(normal(groups))],
             num_groups=groups)
        case("GroupNormalization", 21, [normal(2, 4, 3, 2), Constant(normal(4)), Constant(normal(4))],
             num_groups=groups, epsilon=1e-2)


def integer_operators():
    # Numbers of its own, so that other groups keep theirs.
    own = np.random.default_rng(11)

    def integers(dtype, *shape):
        limits = np.iinfo(dtype)
        return own.integers(limits.min, limits.max + 1, shape, dtype=dtype)

    def scale(*values):
        return Constant(values if len(values) > 1 else values[0], np.float32)

    ties = np.array([[-1.25, -0.75, -0.25, 0.25, 3], [0.75, 1.25, 1.75, 300, 7], [-300, 63.5, -64, 0.1, 9]],
                    dtype=np.float32)
    blocks = [[0.5, 0.25, 2], [1, 0.125, 0.5], [2, 4, 0.1]]
    case("QuantizeLinear", 21, [ties, Constant(blocks, np.float32), Constant([[3, 0, 7], [9, 1, 2], [0, 0, 5]], np.uint8)],
         axis=1, block_size=2)
    case("QuantizeLinear", 21, [ties, Constant(np.array(blocks)[:2, [0, 1, 2, 0, 1]], np.float32)], axis=0, block_size=2,
         output_dtype=TensorProto.INT8)
    case("QuantizeLinear", 21, [ties, scale(0.001), Constant(500, np.uint16)])
    case("QuantizeLinear", 21, [ties, scale(0.5, 0.25, 2), Constant([0, -9, 1000], np.int16)], axis=0)
    codes = integers(np.int8, 3, 5)
    case("DequantizeLinear", 21, [codes, Constant(blocks, np.float32)], axis=1, block_size=2)
    case("DequantizeLinear", 21, [codes.astype(np.uint8), Constant(blocks, np.float32),
                                  Constant([[3, 0, 7], [9, 1, 2], [0, 0, 5]], np.uint8)], axis=-1, block_size=2)
    case("DequantizeLinear", 21, [codes.astype(np.int16) * 100, scale(0.01), Constant(-300, np.int16)])

    for x_type, w_type in [(np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8)]:
        x, w = integers(x_type, 2, 4, 6, 5), integers(w_type, 6, 4, 3, 3)
        x_zero, w_zero = Constant(5, x_type), Constant(120 if w_type == np.uint8 else 0, w_type)
        y_zero = Constant(100 if x_type == np.uint8 else -3, x_type)
        quantization = [scale(0.02), x_zero, Constant(w), scale(0.005), w_zero, scale(0.4), y_zero]
        case("QLinearConv", 10, [x, *quantization], pads=[1, 1, 1, 1])
        bias = Constant(own.integers(-5000, 5000, 6, dtype=np.int32))
        case("QLinearConv", 10, [x, *quantization, bias], pads=[1, 0, 2, 1], strides=[2, 1])
        if x_type == np.uint8:
            case("ConvInteger", 10, [x, Constant(w), x_zero, w_zero], pads=[1, 1, 1, 1])
        a, b = integers(x_type, 2, 3, 7), integers(w_type, 7, 5)
        case("QLinearMatMul", 10, [a, scale(0.02), x_zero, Constant(b), scale(0.01), w_zero, scale(0.2), y_zero])
        case("MatMulInteger", 10, [a, Constant(b), x_zero, w_zero])
        case("MatMulInteger", 10, [a, Constant(b)])
    x, w = integers(np.uint8, 1, 4, 5, 5), integers(np.int8, 4, 1, 3, 3)
    case("QLinearConv", 10, [x, scale(0.02), Constant(9, np.uint8), Constant(w), scale(0.01, 0.02, 0.005, 0.04),
                             Constant([0, 0, 0, 0], np.int8), scale(0.1), Constant(0, np.uint8)], group=4, pads=[1, 1, 1, 1])
    case("MatMulInteger", 10, [integers(np.uint8, 3, 4), Constant(integers(np.int8, 4, 5)), Constant(17, np.uint8),
                               Constant([1, -2, 3, 0, 5], np.int8)])
    for x in [normal_of(own, 2, 3, 4), abs(normal_of(own, 5)), -abs(normal_of(own, 5)), np.zeros(3, dtype=np.float32)]:
        case("DynamicQuantizeLinear", 11, [x], outputs=3)


def normal_of(generator, *shape):
    return generator.standard_normal(shape).astype(np.float32)


groups = [
    convolutions, products, activations, pools, elementwise, shapes, casts_and_quantization, functions, logic,
    transposed_convolutions, pool_extras, reductions, places, splits_and_blocks, resampling, normalizations, einsums,
    integer_operators,
]
for group in groups:
    group()
document = {"source": f"onnxruntime {ort.__version__}, onnx {onnx.__version__}", "cases": cases}
path = pathlib.Path(__file__).resolve().parents[2] / "Tests/GraphsTests/Fixtures/operators.json"
lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases)
path.write_text('{"source":' + json.dumps(document["source"]) + ',\n"cases":[\n' + lines + "\n]}\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
