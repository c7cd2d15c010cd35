"""Whether a quantized network computes the integers that ONNX Runtime computes, layer by layer.

A rounding tie that falls on the other side changes an integer by one step, and what follows multiplies that. So each
layer is compared on the integers that ONNX Runtime gave the layers before it: in a copy of the file every quantized
value becomes an output, and those who read it read an input in its place.
"""

import pathlib
import tempfile

import numpy
import onnx

from checking import infer, onnxruntime_outputs, pare_json, require

# The share of a layer's integers that may be a step off. Sums scaled in float32 in another order meet a tie now and
# then; a mean of n integers in their own scale is a tie for one sum in n, and half of those fall on the other side.
TIES = 0.002
TIES_OF_MEANS = 0.01
MEANS = ("AveragePool", "GlobalAveragePool", "ReduceMean")


def quantized_values(model: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    """The activations that QuantizeLinear makes, with their types."""
    types = {value.name: value for value in onnx.shape_inference.infer_shapes(model).graph.value_info}
    weights = {tensor.name for tensor in model.graph.initializer}
    made = [node for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[0] not in weights]
    return [types[node.output[0]] for node in made if node.output[0] in types]


def allowed_ties(model: onnx.ModelProto) -> dict[str, float]:
    """The share of each quantized value that may be a step off, by what makes it."""
    makers = {output: node for node in model.graph.node for output in node.output}
    means = {output for output, node in makers.items() if node.op_type in MEANS}
    return {
        name: TIES_OF_MEANS if node.op_type == "QuantizeLinear" and node.input[0] in means else TIES
        for name, node in makers.items()
    }


def exposed(model: onnx.ModelProto, values: list[onnx.ValueInfoProto]) -> onnx.ModelProto:
    """The network with values as further outputs."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.graph.output.extend(values)
    return copy


def apart(model: onnx.ModelProto, values: list[onnx.ValueInfoProto]) -> onnx.ModelProto:
    """The network cut at values: each is an output, and its readers read an input named NAME_given."""
    copy = exposed(model, values)
    names = {value.name for value in values}
    for node in copy.graph.node:
        for index, name in enumerate(node.input):
            if name in names:
                node.input[index] = f"{name}_given"
    for value in values:
        given = onnx.ValueInfoProto()
        given.CopyFrom(value)
        given.name = f"{value.name}_given"
        copy.graph.input.append(given)
    return copy


def require_equal_layers(path: pathlib.Path, inputs: dict, within: float = 0.05) -> str:
    """Requires every quantized value within one step of ONNX Runtime's, and nearly all equal; returns the figures.

    What that leaves at the outputs of the whole network may be `within` of their root mean square."""
    model = onnx.load(path)
    values = quantized_values(model)
    require(bool(values), f"{path.name} has no quantized values")
    names = [value.name for value in values]
    with tempfile.TemporaryDirectory() as folder:
        whole, parts = pathlib.Path(folder) / "whole.onnx", pathlib.Path(folder) / "parts.onnx"
        onnx.save(exposed(model, values), whole)
        onnx.save(apart(model, values), parts)
        expected = onnxruntime_outputs(whole, inputs)
        given = {f"{name}_given": expected[name] for name in names}
        found = infer(parts, {**inputs, **given})
        together = infer(whole, inputs)
    unequal = 0.0
    ties = allowed_ties(model)
    for name in names:
        steps = numpy.abs(found[name].astype(numpy.int64) - expected[name].astype(numpy.int64))
        require(found[name].dtype == expected[name].dtype, f"{name} is {found[name].dtype}, not {expected[name].dtype}")
        require(int(steps.max(initial=0)) <= 1, f"{path.name}: {name} is {int(steps.max())} steps off")
        share = float((steps > 0).mean())
        require(share <= ties[name], f"{path.name}: {share:.4f} of {name} are a step off (at most {ties[name]})")
        unequal = max(unequal, share)
    return f"{len(names)} values, at most {unequal:.1e} of a layer a step off, {_of_whole(together, expected, names, within)}"


def _of_whole(together: dict, expected: dict, names: list, within: float) -> str:
    """What is left of that at the outputs of the whole network."""
    results = [name for name in expected if name not in names]
    agreement = []
    for name in results:
        error = together[name].astype(numpy.float64) - expected[name]
        scale = float(numpy.sqrt((expected[name].astype(numpy.float64) ** 2).mean())) or 1.0
        relative = float(numpy.sqrt((error**2).mean())) / scale
        require(relative <= within, f"output {name} differs by {relative:.3f} of its root mean square")
        agreement.append(f"{name} {relative:.1e} off")
    return ", ".join(agreement)


def operators_between(path: pathlib.Path, *arguments) -> list[str]:
    """The operators that `pare profile` shows between the first quantization and the last dequantization."""
    layers = [layer["op"] for layer in pare_json("profile", path, "--repeats", 1, *arguments)["layers"]]
    first = layers.index("QuantizeLinear") + 1
    ends = [index for index, op in enumerate(layers) if op == "DequantizeLinear"]
    last = ends[-1] if ends and ends[-1] == len(layers) - 1 else len(layers)
    return layers[first:last]
