"""Networks and arrays that are damaged, hostile or of a kind that Pare does not run: each is refused in one clear line
with the right exit code, within two gibibytes, and nothing is written."""

import pathlib
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from checking import pare, pare_json, refused, require

USAGE, BAD_DATA, NO_INPUT = 64, 65, 66
COMMANDS = (("inspect",), ("convert", "-o", "{folder}/written.onnx"), ("profile", "--repeats", "1", "--threads", "1"))


def network() -> onnx.ModelProto:
    """Greyscale 8x8 images to ten scores: convolution, ReLU, mean, dense layer."""
    random = numpy.random.default_rng(0)
    weights = {
        "w": random.standard_normal((4, 1, 3, 3)) * 0.3,
        "b": numpy.zeros(4),
        "v": random.standard_normal((4, 10)),
        "c": numpy.zeros(10),
    }
    nodes = [
        helper.make_node("Conv", ["input", "w", "b"], ["convolved"], "conv", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["convolved"], ["positive"], "relu"),
        helper.make_node("GlobalAveragePool", ["positive"], ["mean"], "pool"),
        helper.make_node("Flatten", ["mean"], ["flat"], "flatten"),
        helper.make_node("Gemm", ["flat", "v", "c"], ["logits"], "dense"),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(value.astype(numpy.float32), name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def changed(change) -> bytes:
    model = network()
    change(model.graph)
    return model.SerializeToString()


def ending_in(operator: str, *inputs, **constants) -> bytes:
    """The network with one more node and output; constants are int64 lists."""
    model = network()
    names = list(inputs) + list(constants)
    model.graph.node.append(helper.make_node(operator, names, ["extra"], "extra"))
    for name, values in constants.items():
        model.graph.initializer.append(numpy_helper.from_array(numpy.array(values, numpy.int64), name))
    model.graph.output.append(helper.make_tensor_value_info("extra", TensorProto.FLOAT, None))
    return model.SerializeToString()


def initializer(index: int, value: numpy.ndarray):
    def change(graph):
        graph.initializer[index].CopyFrom(numpy_helper.from_array(value, graph.initializer[index].name))

    return change


def attribute(node: int, name: str, value):
    return lambda graph: graph.node[node].attribute.append(helper.make_attribute(name, value))


def external(location: str, offset: int, length: int):
    def change(graph):
        tensor = graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))

    return change


def assign(target, name: str, value):
    target[name] = value


def write(folder: str, data: bytes) -> pathlib.Path:
    path = pathlib.Path(folder) / "network.onnx"
    path.write_bytes(data)
    return path


def refuse_everywhere(data: bytes, says: str = "", exit_code: int = BAD_DATA, commands=COMMANDS) -> None:
    """Every command refuses a file and names it."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, data)
        for name, *rest in commands:
            arguments = [name, path, *(word.format(folder=folder) for word in rest)]
            refused(*arguments, exit_code=exit_code, says=f"network.onnx {says}")
        left = [entry.name for entry in pathlib.Path(folder).iterdir()]
        require(left == ["network.onnx"], f"a refused network leaves files: {left}")


def check_garbage():
    for data in (numpy.random.default_rng(1).bytes(4096), b"hello\n" * 99, b"\0" * 64, b"PK\x03\x04" + b"\0" * 99):
        refuse_everywhere(data, commands=COMMANDS[:1])
    refuse_everywhere(b"", "empty")


def check_truncated():
    whole = network().SerializeToString()
    for length in [*range(1, len(whole) - 8, 41), len(whole) - 7]:
        refuse_everywhere(whole[:length], commands=COMMANDS[:1])


def check_flipped_bytes_never_crash():
    """A flipped byte may give another valid network: then it is read; else it is refused."""
    whole = network().SerializeToString()
    random = numpy.random.default_rng(2)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(60):
            data = bytearray(whole)
            data[random.integers(len(data))] ^= 1 << random.integers(8)
            path = write(folder, bytes(data))
            try:
                refused("inspect", path, exit_code=BAD_DATA)
            except AssertionError as failure:
                if "ended with 0," not in str(failure) and "ended with 66," not in str(failure):
                    raise


def check_bytes_do_not_match_shape():
    def shorter(graph):
        graph.initializer[0].raw_data = graph.initializer[0].raw_data[:-4]

    refuse_everywhere(changed(shorter), "140 144 w")
    refuse_everywhere(changed(lambda graph: graph.initializer[0].dims.__setitem__(0, -4)), "w")
    refuse_everywhere(changed(lambda graph: graph.initializer[0].dims.__setitem__(0, 1 << 40)), "w")
    refuse_everywhere(changed(lambda graph: graph.initializer[0].dims.extend([1 << 40, 1 << 40])), "w")
    refuse_everywhere(changed(lambda graph: setattr(graph.initializer[0], "data_type", 77)), "77 w")


def check_weights_in_other_files():
    refuse_everywhere(changed(external("none.bin", 0, 144)), "none.bin", exit_code=NO_INPUT)
    for location in ("/etc/passwd", "../../etc/passwd"):
        refuse_everywhere(changed(external(location, 0, 144)), location)
    for offset, length in ((1 << 60, 144), (-8, 144), (0, 1 << 60)):
        refuse_everywhere(changed(external("network.onnx", offset, length)), "network.onnx")


def check_structure():
    refuse_everywhere(changed(lambda graph: assign(graph.node[1].input, 0, "logits")), "cycle relu")
    refuse_everywhere(changed(lambda graph: assign(graph.node[1].input, 0, "nowhere")), "nowhere relu")
    refuse_everywhere(changed(lambda graph: assign(graph.node[2].output, 0, "convolved")), "convolved twice")
    refuse_everywhere(changed(lambda graph: graph.initializer.pop(2)), "v dense")
    refuse_everywhere(changed(initializer(2, numpy.zeros((5, 10), numpy.float32))), "5x10 dense Gemm")
    model = network()
    model.opset_import[0].version = 3
    refuse_everywhere(model.SerializeToString(), "3 7 28")
    model.ClearField("graph")
    refuse_everywhere(model.SerializeToString(), "graph")


def check_attributes():
    for name, value in (("strides", [0, 0]), ("strides", [-1, -1]), ("dilations", [1 << 62] * 2), ("group", 3)):
        refuse_everywhere(changed(attribute(0, name, value)), "conv Conv")
    for axis in (99, -(1 << 63)):
        refuse_everywhere(changed(attribute(3, "axis", axis)), f"{axis} flatten Flatten")
    refuse_everywhere(ending_in("Pad", "logits", pads=[0, 1 << 62, 0, 1 << 62]), "extra Pad")
    refuse_everywhere(ending_in("Reshape", "c", shape=[-1, -1]), "extra Reshape")


def check_extremely_large_extents():
    """Nothing is allocated before the size is known to fit."""

    def widened(extent: int):
        def change(graph):
            for axis in (2, 3):
                graph.input[0].type.tensor_type.shape.dim[axis].dim_value = extent

        return change

    refuse_everywhere(changed(widened(1 << 40)), "input")
    refuse_everywhere(ending_in("ConstantOfShape", shape=[1 << 40, 1 << 40]), "extra ConstantOfShape")
    refuse_everywhere(ending_in("ConstantOfShape", shape=[-3, 2]), "extra ConstantOfShape")
    with tempfile.TemporaryDirectory() as folder:
        for data in (changed(widened(1 << 19)), ending_in("ConstantOfShape", shape=[1 << 20, 1 << 20])):
            path = write(folder, data)
            pare_json("inspect", path)
            refused("profile", path, "--repeats", 1, exit_code=BAD_DATA, says="memory")
        path = write(folder, network().SerializeToString())
        refused("profile", "zoo:resnet18", "--batch", 65_536, "--repeats", 1, exit_code=BAD_DATA, says="65536 memory")
        for shape in ("99999999999x1x8x8", "1x1x8x-8", "1x1xaxb", ""):
            refused("inspect", path, "--input", shape, exit_code=USAGE)


def check_weights_that_are_no_numbers():
    weights = numpy_helper.to_array(network().graph.initializer[0]).copy()
    for value in (numpy.nan, numpy.inf):
        weights[1, 0, 1, 1] = value
        refuse_everywhere(changed(initializer(0, weights)), "not number w")


def check_scores_that_are_no_numbers():
    """Finite weights whose products are not: accuracy is measured (and says chance), nothing is written from them."""
    huge = changed(initializer(0, numpy.full((4, 1, 3, 3), 3e38, numpy.float32)))
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, huge)
        require(pare_json("evaluate", path, "--data", "digits")["loss"] is None, "a loss that is no number is not null")
        out = pathlib.Path(folder) / "out.onnx"
        refused("train", path, "--data", "digits", "--epochs", 1, "-o", out, exit_code=BAD_DATA, says="loss")
        refused("quantize", path, "--data", "digits", "-o", out, exit_code=BAD_DATA)
        require(not out.exists(), "a refused command wrote its file")


def check_unknown_operator():
    """Inspected and written back; running it says which operator, node and operator set."""

    def change(graph):
        graph.node[1].op_type = "Frobnicate"

    def declared(graph):
        change(graph)
        graph.value_info.append(helper.make_tensor_value_info("positive", TensorProto.FLOAT, ["batch", 4, 8, 8]))

    with tempfile.TemporaryDirectory() as folder:
        numpy.save(f"{folder}/x.npy", numpy.zeros((1, 1, 8, 8), numpy.float32))
        for kind in (change, declared):
            path = write(folder, changed(kind))
            pare_json("inspect", path)
            pare("convert", path, "-o", f"{folder}/written.onnx", "--force")
            kinds = [node.op_type for node in onnx.load(f"{folder}/written.onnx").graph.node]
            require("Frobnicate" in kinds, f"the unknown operator is lost: {kinds}")
            for arguments in (
                ("profile", path),
                ("evaluate", path, "--data", "digits"),
                ("infer", path, "--input", f"input={folder}/x.npy", "--output-dir", f"{folder}/out"),
            ):
                refused(*arguments, exit_code=BAD_DATA, says="Frobnicate relu 17")


def check_half_precision_weight_works():
    values = numpy.random.default_rng(3).standard_normal((4, 10)).astype(numpy.float16)

    def change(graph):
        graph.initializer[2].CopyFrom(numpy_helper.from_array(values, "half"))
        graph.node.insert(0, helper.make_node("Cast", ["half"], ["v"], "cast", to=TensorProto.FLOAT))

    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, changed(change))
        require(pare_json("inspect", path)["parameters"] == 90, "the half precision weight is not counted")
        pare("profile", path, "--repeats", 1)


def check_files_that_are_none():
    with tempfile.TemporaryDirectory() as folder:
        for name, *rest in COMMANDS:
            rest = [word.format(folder=folder) for word in rest]
            refused(name, folder, *rest, exit_code=BAD_DATA, says="folder")
            refused(name, f"{folder}/none.onnx", *rest, exit_code=NO_INPUT, says="none.onnx")
        refused("report", folder, exit_code=NO_INPUT, says="report.json")
        path = pathlib.Path(folder) / "report.json"
        for text in ("", "{", "[]", "{}"):
            path.write_text(text, encoding="utf-8")
            refused("report", folder, exit_code=BAD_DATA, says="report.json")


def check_arrays():
    with tempfile.TemporaryDirectory() as folder:
        model = write(folder, network().SerializeToString())
        good = numpy.zeros((2, 1, 8, 8), numpy.float32)
        arrays = {
            "taller": good[:, :, :7],
            "flat": good.reshape(2, 64),
            "integers": good.astype(numpy.int64),
            "objects": numpy.array([{}], dtype=object),
        }
        for name, array in arrays.items():
            numpy.save(f"{folder}/{name}.npy", array, allow_pickle=True)
        numpy.save(f"{folder}/good.npy", good)
        whole = pathlib.Path(f"{folder}/good.npy").read_bytes()
        for name, data in (("empty", b""), ("header", whole[:100]), ("cut", whole[:-4]), ("text", b"1,2,3\n")):
            pathlib.Path(f"{folder}/{name}.npy").write_bytes(data)
        huge = whole.replace(b"(2, 1, 8, 8)", b"(2, 1, 8, %d)" % (1 << 60)).replace(b" " * 18, b"", 1)
        pathlib.Path(f"{folder}/huge.npy").write_bytes(huge)
        out = ("--output-dir", f"{folder}/out")
        for name in (*arrays, "empty", "header", "cut", "text", "huge"):
            refused("infer", model, "--input", f"input={folder}/{name}.npy", *out, exit_code=BAD_DATA)
        refused("infer", model, "--input", f"input={folder}/none.npy", *out, exit_code=NO_INPUT, says="none.npy")
        refused("infer", model, "--input", f"input={folder}", *out, exit_code=BAD_DATA)
        require(not pathlib.Path(f"{folder}/out").exists(), "a refused inference made its folder")


def check_wrong_usage():
    for command in "inspect infer evaluate profile train prune distill quantize compress report convert reparameterize zoo".split():
        refused(command, "zoo:digits_mlp", "--no-such-option", exit_code=USAGE)
    common = ("zoo:digits_mlp", "--data", "digits")
    for arguments in (
        ("evaluate", *common, "--batch", "0"),
        ("evaluate", *common, "--threads", "0"),
        ("evaluate", *common, "--seed", "-1"),
        ("evaluate", *common, "--mean", "a"),
        ("evaluate", "zoo:digits_mlp", "--data", "foo:bar"),
        ("train", *common, "-o", "x.txt"),
        ("train", *common, "-o", "x.onnx", "--rate", "-1"),
        ("train", *common, "-o", "x.onnx", "--schedule", "none"),
        ("compress", *common, "-o", "x", "--target", "foo=1"),
        ("compress", *common, "-o", "x", "--target", "macs=-1"),
        ("compress", *common, "-o", "x", "--max-drop", "7"),
        ("prune", *common, "-o", "x.onnx", "--target", "macs=0.5", "--criterion", "none"),
        ("quantize", *common, "-o", "x.onnx", "--calibration", "none"),
        ("inspect", "zoo:none"),
        ("inspect", "zoo:resnet20?width=1e9"),
        ("zoo", "none"),
    ):
        refused(*arguments, exit_code=USAGE)
