"""`pare infer`: operators against ONNX's own conformance cases, single images, and what happens to the files."""

import pathlib
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper

from checking import infer, pare, pare_json, require, require_close

CANNOT_WRITE, USAGE, BAD_DATA = 73, 64, 65
FLOAT = 1e-4

# Cases of onnx.backend.test that cover each way in which shape rules read an input.
CASES = """
    test_add_bcast test_batchnorm_epsilon test_clip test_clip_default_min test_concat_2d_axis_0 test_constant_pad
    test_conv_with_strides_padding test_dequantizelinear test_flatten_axis1 test_gather_0 test_gemm_all_attributes
    test_hardswish test_matmul_3d test_maxpool_2d_default test_quantizelinear test_reduce_mean_keepdims_random
    test_reduce_sum_keepdims_random test_reshape_negative_dim test_reshape_reordered_all_dims test_slice
    test_slice_neg_steps test_softmax_axis_1 test_squeeze test_unsqueeze_axis_0
""".split()


def check_conformance_cases():
    """Integer inputs that shape rules read (axes, shape, pads) are taken as constants and compiled for."""
    import warnings

    from onnx.backend.test import loader

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = {case.name: case for case in loader.load_model_tests(kind="node")}
    failures = []
    for name in CASES:
        model, (inputs, outputs) = cases[name].model, cases[name].data_sets[0]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "model.onnx"
            onnx.save(model, path)
            names = [[port.name for port in ports] for ports in (model.graph.input, model.graph.output)]
            try:
                found = infer(path, dict(zip(names[0], inputs, strict=True)))
                require_close(found, dict(zip(names[1], outputs, strict=True)), FLOAT, name)
            except AssertionError as failure:
                failures.append(str(failure))
    require(not failures, "\n".join(failures))
    return f"{len(CASES)} cases"


def doubler(folder: str, name: str = "logits") -> pathlib.Path:
    graph = helper.make_graph(
        [helper.make_node("Add", ["input", "input"], [name])],
        "doubler",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 4])],
    )
    path = pathlib.Path(folder) / "doubler.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def check_output_names_become_file_names():
    with tempfile.TemporaryDirectory() as folder:
        value = numpy.arange(8, dtype=numpy.float32).reshape(2, 4)
        path = doubler(folder, "head/out put:0")
        numpy.save(f"{folder}/x.npy", value)
        pare("infer", path, "--input", f"input={folder}/x.npy", "--output-dir", f"{folder}/out")
        require((numpy.load(f"{folder}/out/head_out_put_0.npy") == 2 * value).all(), "the output is not twice the input")


def check_files_are_kept_and_inputs_checked():
    with tempfile.TemporaryDirectory() as folder:
        path = doubler(folder)
        numpy.save(f"{folder}/x.npy", numpy.zeros((2, 4), numpy.float32))
        numpy.save(f"{folder}/wrong.npy", numpy.zeros((2, 5), numpy.float32))
        arguments = ("infer", path, "--output-dir", f"{folder}/out")
        document = pare_json(*arguments, "--input", f"input={folder}/x.npy")
        require(document["outputs"][0]["shape"] == [2, 4], f"{document}")
        pare(*arguments, "--input", f"input={folder}/x.npy", exit_code=CANNOT_WRITE)
        pare(*arguments, "--input", f"input={folder}/x.npy", "--force")
        pare(*arguments, "--input", f"input={folder}/wrong.npy", "--force", exit_code=BAD_DATA)
        pare(*arguments, "--input", f"other={folder}/x.npy", "--force", exit_code=USAGE)
        pare(*arguments, "--force", exit_code=USAGE)


def check_single_image():
    """A digit drawn as a PNG: five classes, likeliest first, whose probabilities are those of the softmax."""
    import struct
    import zlib

    with tempfile.TemporaryDirectory() as folder:
        image = numpy.zeros((8, 8), numpy.uint8)
        image[1:7, 3:5] = 255

        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        rows = b"".join(b"\0" + row.tobytes() for row in image)
        header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
        path = pathlib.Path(folder) / "one.png"
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        )
        document = pare_json("infer", "zoo:digits_mlp", "--image", path, "--output-dir", f"{folder}/out")
        logits = numpy.load(f"{folder}/out/logits.npy")[0].astype(numpy.float64)
        expected = numpy.exp(logits - logits.max())
        expected /= expected.sum()
        order = numpy.argsort(-expected)[:5]
        require([entry["index"] for entry in document["top"]] == order.tolist(), f"{document['top']}")
        worst = max(abs(entry["probability"] - expected[entry["index"]]) for entry in document["top"])
        require(worst < 1e-6, f"a probability differs by {worst}")
