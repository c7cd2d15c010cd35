"""What `pare convert` must carry through a file unharmed: unknown operators, subgraphs, other element types, old forms."""

import pathlib
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from checking import interface, onnxruntime_outputs, pare, require, require_close, shared

# The same operations in the same order, but shape arithmetic and constants folded.
TOLERANCE = 1e-5
# Half-precision activations are computed in float32 after conversion: the origin's own rounding, layer by layer.
HALF_TOLERANCE = 2e-2


def tensor(name: str, value) -> TensorProto:
    return numpy_helper.from_array(numpy.asarray(value), name)


def normal(*shape: int, dtype=numpy.float32) -> numpy.ndarray:
    return (numpy.random.default_rng(sum(shape)).standard_normal(shape) * 0.3).astype(dtype)


def network(nodes, inputs, outputs, weights, opset=17, ir_version=8, domains=(), functions=(), **fields):
    """A checked model; inputs and outputs are (name, element type, shape)."""
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info(*port) for port in inputs],
        [helper.make_tensor_value_info(*port) for port in outputs],
        weights,
    )
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 1) for domain in domains]
    model = helper.make_model(
        graph, opset_imports=imports, ir_version=ir_version, functions=list(functions), **fields
    )
    onnx.checker.check_model(model)
    return model


def converted(before: pathlib.Path, after: pathlib.Path) -> onnx.ModelProto:
    """Converts a file, requires that the result is valid and has the same ports, and returns it."""
    pare("convert", before, "-o", after)
    onnx.checker.check_model(str(after), full_check=True)
    require(interface(before) == interface(after), f"{interface(before)} became {interface(after)}")
    return onnx.load(after, load_external_data=False)


def round_trip(model: onnx.ModelProto, inputs: list, tolerance=TOLERANCE) -> onnx.ModelProto:
    """Converts a model, compares what both compute in ONNX Runtime, and converts again to the very same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        before, after, again = (pathlib.Path(folder) / f"{name}.onnx" for name in ("before", "after", "again"))
        onnx.save(model, before)
        written = converted(before, after)
        for values in inputs:
            require_close(onnxruntime_outputs(after, values), onnxruntime_outputs(before, values), tolerance, "the file")
        converted(after, again)
        require(after.read_bytes() == again.read_bytes(), "a second conversion changes the file")
        return written


def images(*batches: int, shape=(3, 8, 8), dtype=numpy.float32) -> list:
    return [{"x": normal(batch, *shape).astype(dtype)} for batch in batches]


def check_shared_networks():
    sizes = []
    for name in ("resnet20-cifar10", "resnet20-cifar10-bn", "resnet56-cifar10", "resnet56-cifar10-bn"):
        before = shared(f"models/{name}.onnx")
        with tempfile.TemporaryDirectory() as folder:
            after = pathlib.Path(folder) / "after.onnx"
            written = converted(before, after)
            for batch in (1, 3):
                values = {"input": normal(batch, 3, 32, 32)}
                expected = onnxruntime_outputs(before, values)
                require_close(onnxruntime_outputs(after, values), expected, TOLERANCE, name)
            left = {node.op_type for node in written.graph.node} & {"Shape", "Constant", "Gather", "Concat", "Cast"}
            require(not left, f"{name}: {left} were not folded away")
            sizes.append(after.stat().st_size / before.stat().st_size)
    return "bytes " + ", ".join(f"{size:.2f}" for size in sizes) + " of the origin's"


def check_detector_tail():
    """Operators that Pare does not know, with integer outputs of unknown length."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Reshape", ["b", "boxes_shape"], ["c"]),
        helper.make_node("Abs", ["c"], ["boxes"]),
        helper.make_node("ReduceMax", ["c"], ["d"], axes=[2], keepdims=0),
        helper.make_node("Unsqueeze", ["d", "one"], ["scores"]),
        helper.make_node("NonMaxSuppression", ["boxes", "scores", "count", "overlap"], ["kept"], name="nms"),
    ]
    weights = [
        tensor("w", normal(4, 3, 3, 3)),
        tensor("boxes_shape", numpy.int64([1, -1, 4])),
        tensor("one", numpy.int64([1])),
        tensor("count", numpy.int64([3])),
        tensor("overlap", numpy.float32([0.5])),
    ]
    model = network(
        nodes, [("x", TensorProto.FLOAT, [1, 3, 8, 8])], [("kept", TensorProto.INT64, [None, 3])], weights
    )
    written = round_trip(model, images(1))
    require(written.graph.node[-1] == nodes[-1], "the unknown operator's node changed")


def check_subgraph():
    """An If whose branches read weights and values from outside."""

    def branch(operator: str):
        return helper.make_graph(
            [helper.make_node(operator, ["a", "outer"], [f"{operator}_result"])],
            operator,
            [],
            [helper.make_tensor_value_info(f"{operator}_result", TensorProto.FLOAT, None)],
        )

    nodes = [
        helper.make_node("Relu", ["x"], ["a"]),
        helper.make_node("ReduceMax", ["x"], ["largest"], keepdims=0),
        helper.make_node("Greater", ["largest", "limit"], ["condition"]),
        helper.make_node("If", ["condition"], ["y"], then_branch=branch("Mul"), else_branch=branch("Add")),
    ]
    weights = [tensor("outer", numpy.float32(3)), tensor("limit", numpy.float32(0.9))]
    ports = [("x", TensorProto.FLOAT, ["n", 3, 8, 8])], [("y", TensorProto.FLOAT, ["n", 3, 8, 8])]
    round_trip(network(nodes, *ports, weights), [*images(1, 2), {"x": numpy.zeros((1, 3, 8, 8), numpy.float32)}])


def check_function():
    """A function of the file itself, in a domain of its own."""
    body = [helper.make_node("Mul", ["value", "value"], ["square"]), helper.make_node("Neg", ["square"], ["result"])]
    function = helper.make_function("own", "MinusSquare", ["value"], ["result"], body, [helper.make_opsetid("", 17)])
    nodes = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("MinusSquare", ["a"], ["y"], domain="own")]
    ports = [("x", TensorProto.FLOAT, ["n", 3, 8, 8])], [("y", TensorProto.FLOAT, ["n", 3, 8, 8])]
    round_trip(network(nodes, *ports, [], domains=["own"], functions=[function]), images(2))


def check_elementwise_operators():
    """Activations, comparisons and choices; those that came with a later operator set keep to it."""
    chain = ["LeakyRelu", "Elu", "Selu", "Celu", "ThresholdedRelu", "Softplus", "Softsign", "Erf", "Reciprocal"]
    later = {17: [], 18: ["Mish"], 20: ["Mish", "Gelu"], 24: ["Mish", "Gelu", "Swish"]}
    for opset, added in later.items():
        nodes, value = [], "x"
        for type in chain + added:
            nodes.append(helper.make_node(type, [value], [f"{type}_out"]))
            value = f"{type}_out"
        nodes += [
            helper.make_node("PRelu", ["x", "slopes"], ["prelu"]),
            helper.make_node("Pow", ["prelu", "two"], ["square"]),
            helper.make_node("Max", ["square", value, "limit"], ["largest"]),
            helper.make_node("Min", ["largest", "x"], ["smallest"]),
            helper.make_node("Sum", ["smallest", value, "x"], ["total"]),
            helper.make_node("Round", ["total"], ["rounded"]),
            helper.make_node("Greater", ["rounded", "limit"], ["is_greater"]),
            helper.make_node("Not", ["is_greater"], ["is_not"]),
            helper.make_node("LessOrEqual", ["x", "limit"], ["is_less"]),
            helper.make_node("And", ["is_not", "is_less"], ["both"]),
            helper.make_node("Where", ["both", "total", "slopes"], ["y"]),
        ]
        weights = [
            tensor("slopes", normal(3, 1, 1)), tensor("two", numpy.int64(2)), tensor("limit", numpy.float32(0.2)),
        ]
        ports = [("x", TensorProto.FLOAT, ["n", 3, 8, 8])], [("y", TensorProto.FLOAT, ["n", 3, 8, 8])]
        ir_version = {17: 8, 18: 8, 20: 9, 24: 12}[opset]
        written = round_trip(network(nodes, *ports, weights, opset, ir_version), images(1, 3))
        version = written.opset_import[0].version
        require(version == opset, f"operator set {opset} became {version}")
        types = [node.op_type for node in written.graph.node]
        require(types == [node.op_type for node in nodes], f"the nodes became {types}")


def check_repetition_over_the_batch():
    """What PyTorch's TorchScript exporter writes for `token.expand(len(x), -1, -1)`."""
    nodes = [
        helper.make_node("Shape", ["x"], ["extents"]),
        helper.make_node("Gather", ["extents", "zero"], ["n"]),
        helper.make_node("Unsqueeze", ["n", "axes"], ["n1"]),
        helper.make_node("Concat", ["n1", "rest"], ["wanted"], axis=0),
        helper.make_node("ConstantOfShape", ["three"], ["ones"], value=tensor("value", numpy.int64([1]))),
        helper.make_node("Mul", ["ones", "minus"], ["minuses"]),
        helper.make_node("Equal", ["wanted", "minuses"], ["is_kept"]),
        helper.make_node("Where", ["is_kept", "ones", "wanted"], ["shape"]),
        helper.make_node("Expand", ["token", "shape"], ["tokens"]),
        helper.make_node("Concat", ["tokens", "x"], ["y"], axis=1),
    ]
    weights = [
        tensor("token", normal(1, 1, 8)), tensor("zero", numpy.int64(0)), tensor("axes", numpy.int64([0])),
        tensor("rest", numpy.int64([-1, -1])), tensor("three", numpy.int64([3])), tensor("minus", numpy.int64(-1)),
    ]
    ports = [("x", TensorProto.FLOAT, ["n", 5, 8])], [("y", TensorProto.FLOAT, ["n", 6, 8])]
    written = round_trip(network(nodes, *ports, weights), images(1, 4, shape=(5, 8)))
    left = {node.op_type for node in written.graph.node} & {"Equal", "Where", "Mul", "ConstantOfShape"}
    require(not left, f"{left} were not folded away")


def check_half_precision_weights():
    """Weights in 16 bits, cast to float32 where they are used, stay in 16 bits."""
    nodes = [
        helper.make_node("Cast", ["w16"], ["w"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    ports = [("x", TensorProto.FLOAT, ["n", 3, 8, 8])], [("y", TensorProto.FLOAT, ["n", 16, 6, 6])]
    written = round_trip(network(nodes, *ports, [tensor("w16", normal(16, 3, 3, 3, dtype=numpy.float16))]), images(1, 2))
    types = [initializer.data_type for initializer in written.graph.initializer]
    require(types == [TensorProto.FLOAT16], f"weights of element types {types}")


def check_half_precision_network():
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("GlobalAveragePool", ["b"], ["c"]),
        helper.make_node("Flatten", ["c"], ["y"]),
    ]
    ports = [("x", TensorProto.FLOAT16, ["n", 3, 8, 8])], [("y", TensorProto.FLOAT16, ["n", 4])]
    weights = [tensor("w", normal(4, 3, 3, 3, dtype=numpy.float16))]
    round_trip(network(nodes, *ports, weights), images(1, 2, dtype=numpy.float16), HALF_TOLERANCE)


def check_old_forms():
    """Attributes of operator sets 7 to 12 become inputs where they are inputs today."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], auto_pad="SAME_UPPER", strides=[2, 2]),
        helper.make_node("Clip", ["a"], ["b"], min=0.0, max=6.0),
        helper.make_node("Slice", ["b"], ["c"], axes=[1], starts=[0], ends=[2]),
        helper.make_node("Pad", ["c"], ["d"], pads=[0, 1, 0, 0, 0, 1, 0, 0]),
        helper.make_node("Dropout", ["d"], ["e"], ratio=0.5),
        helper.make_node("ReduceMean", ["e"], ["f"], axes=[2, 3], keepdims=1),
        helper.make_node("Squeeze", ["f"], ["g"], axes=[2, 3]),
        helper.make_node("Softmax", ["g"], ["y"], axis=1),
    ]
    ports = [("x", TensorProto.FLOAT, ["n", 3, 8, 8])], [("y", TensorProto.FLOAT, ["n", 4])]
    for opset in (7, 8, 9):
        round_trip(network(nodes, *ports, [tensor("w", normal(4, 3, 3, 3))], opset=opset, ir_version=4), images(1, 3))


def check_fixed_batch():
    """A network made for one image stays declared as one."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"]),
        helper.make_node("Reshape", ["a", "shape"], ["b"]),
        helper.make_node("Gemm", ["b", "fc"], ["y"], transB=1),
    ]
    weights = [tensor("w", normal(4, 3, 3, 3)), tensor("shape", numpy.int64([1, 144])), tensor("fc", normal(5, 144))]
    ports = [("x", TensorProto.FLOAT, [1, 3, 8, 8])], [("y", TensorProto.FLOAT, [1, 5])]
    round_trip(network(nodes, *ports, weights), images(1))


def check_external_data():
    with tempfile.TemporaryDirectory() as folder:
        before, after = pathlib.Path(folder) / "before.onnx", pathlib.Path(folder) / "after.onnx"
        nodes = [helper.make_node("Conv", ["x", "w"], ["y"])]
        ports = [("x", TensorProto.FLOAT, ["n", 3, 8, 8])], [("y", TensorProto.FLOAT, ["n", 32, 6, 6])]
        model = network(nodes, *ports, [tensor("w", normal(32, 3, 3, 3))])
        onnx.save(model, before, save_as_external_data=True, location="weights.bin", size_threshold=0)
        expected = [onnxruntime_outputs(before, values) for values in images(1, 2)]
        converted(before, after)
        for values, outputs in zip(images(1, 2), expected, strict=True):
            require_close(onnxruntime_outputs(after, values), outputs, TOLERANCE, "the file")


def check_texts():
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    ports = [("x", TensorProto.FLOAT, ["n", 3, 8, 8])], [("y", TensorProto.FLOAT, ["n", 3, 8, 8])]
    model = network(nodes, *ports, [], doc_string="What it is for.")
    helper.set_model_props(model, {"license": "none", "author": "someone"})
    written = round_trip(model, images(1))
    texts = {entry.key: entry.value for entry in written.metadata_props}
    require(texts.get("license") == "none" and texts.get("author") == "someone", f"the metadata are {texts}")
    require(written.doc_string == "What it is for.", "the description is lost")
