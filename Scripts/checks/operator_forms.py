"""What Pare writes for operators that have several forms is what ONNX Runtime reads: one node each, read and written."""

import numpy
from onnx import TensorProto, helper

from checking import require
from onnx_roundtrip import images, network, normal, round_trip, tensor

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def of_one_node(kind: str, weights: dict, outputs=1, opset=17, rank=4, places=(), shape=(4, 8, 8), **attributes):
    """Converts a network of one node on x (n x 4 x 8 x 8) and some constants, and compares both files."""
    made = [f"y{index}" for index in range(outputs)]
    node = helper.make_node(kind, ["x", *weights], made, **attributes)
    ports = [(name, INT64 if index in places else FLOAT, [None] * rank) for index, name in enumerate(made)]
    constants = [tensor(name, value) for name, value in weights.items() if name]
    model = network([node], [("x", FLOAT, ["n", *shape])], ports, constants, opset=opset, ir_version=10)
    return round_trip(model, images(1, 2, shape=shape))


def check_transposed_convolutions():
    weights = {"w": normal(4, 3, 3, 3), "b": normal(3)}
    of_one_node("ConvTranspose", weights, strides=[2, 2], pads=[1, 0, 1, 1], output_padding=[1, 0])
    of_one_node("ConvTranspose", weights, strides=[3, 2], output_shape=[25, 18])
    of_one_node("ConvTranspose", weights, strides=[2, 2], auto_pad="SAME_LOWER")
    of_one_node("ConvTranspose", {"w": normal(4, 2, 2, 2)}, group=2, dilations=[2, 1])


def check_pools():
    of_one_node("GlobalMaxPool", {})
    of_one_node("MaxPool", {}, outputs=2, places=[1], kernel_shape=[2, 3], storage_order=1)
    of_one_node("AveragePool", {}, opset=19, kernel_shape=[2, 2], dilations=[2, 3])


def check_reductions():
    kinds = "ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp".split()
    for kind in kinds:
        of_one_node(kind, {}, axes=[2, 3])
        of_one_node(kind, {"axes": numpy.int64([-1])}, opset=18, rank=3, keepdims=0)
        of_one_node(kind, {}, opset=18, noop_with_empty_axes=1)
    for kind in ("ArgMax", "ArgMin"):
        of_one_node(kind, {}, axis=1, keepdims=0, rank=3, places=[0], select_last_index=1)
    of_one_node("TopK", {"k": numpy.int64([3])}, outputs=2, places=[1], axis=1, largest=0)
    of_one_node("TopK", {}, outputs=2, places=[1], opset=9, axis=-1, k=2)


def check_splits_and_blocks():
    of_one_node("Split", {}, outputs=2, opset=11, axis=1)
    of_one_node("Split", {}, outputs=2, opset=11, axis=1, split=[1, 3])
    of_one_node("Split", {"lengths": numpy.int64([5, 3])}, outputs=2, axis=-1)
    of_one_node("Split", {}, outputs=3, opset=18, axis=2, num_outputs=3)
    of_one_node("DepthToSpace", {}, blocksize=2, mode="CRD")
    of_one_node("SpaceToDepth", {}, blocksize=4)


def check_resizing():
    # No region.
    scales = {"": None, "scales": numpy.float32([1, 1, 2, 1.5])}
    for mode in ("nearest", "linear", "cubic"):
        for coordinates in ("half_pixel", "align_corners", "asymmetric"):
            of_one_node("Resize", scales, mode=mode, coordinate_transformation_mode=coordinates)
    of_one_node("Resize", {"scales": numpy.float32([1, 1, 2, 3])}, opset=10, mode="nearest")
    of_one_node("Upsample", {"scales": numpy.float32([1, 1, 2, 3])}, opset=9, mode="linear")
    # 31 / 7 as a float, times 7, is less than 31: extents that no scale says.
    node = helper.make_node("Resize", ["x", "", "", "sizes"], ["y0"], mode="linear", axes=[2, 3], antialias=1)
    ports = [("x", FLOAT, ["n", 4, 7, 7])], [("y0", FLOAT, ["n", 4, 31, 31])]
    model = network([node], *ports, [tensor("sizes", numpy.int64([31, 31]))], opset=18, ir_version=10)
    written = round_trip(model, images(2, shape=(4, 7, 7)))
    attributes = {attribute.name for attribute in written.graph.node[0].attribute}
    require({"axes", "antialias"} <= attributes, f"attributes {attributes}")
    region = {"roi": numpy.float32([0, 0, 0.1, 0.2, 1, 1, 0.8, 1.1]), "scales": numpy.float32([1, 1, 1.5, 1])}
    of_one_node(
        "Resize", region, mode="linear", coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=2.0)


def check_normalizations():
    parameters = {"scale": normal(8), "shift": normal(8)}
    of_one_node("LayerNormalization", parameters, axis=-1, epsilon=1e-3)
    of_one_node("LayerNormalization", parameters, outputs=3)
    of_one_node("InstanceNormalization", {"scale": normal(4), "shift": normal(4)}, epsilon=1e-3)
    of_one_node("GroupNormalization", {"scale": normal(4), "shift": normal(4)}, opset=21, num_groups=2)


def check_einsum():
    of_one_node("Einsum", {"w": normal(4, 8, 5)}, rank=3, equation="nchw,chk->nwk")
