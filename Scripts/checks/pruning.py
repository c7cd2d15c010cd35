"""Pruning from the command line: every criterion, granularity and schedule, counted in the files that come out."""

import pathlib
import signal
import subprocess
import tempfile
import time

import numpy
import onnx
from onnx import numpy_helper

from checking import PARE, infer, interface, once, onnxruntime_outputs, pare, pare_json, refused, require, require_close

CRITERIA = "l1 l2 group fpgm slimming apoz activation taylor random".split()
FLOAT = 1e-4
USAGE, BAD_DATA = 64, 65


@once
def folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory()


@once
def trained() -> pathlib.Path:
    path = pathlib.Path(folder().name) / "digits.onnx"
    pare("train", "zoo:digits_separable", "--data", "digits", "--epochs", 4, "-o", path, "--quiet")
    return path


def weights(path) -> dict:
    """The weights of convolutions, depthwise ones left out, and dense layers of a file, by name."""
    graph = onnx.load(path).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = {}
    for node in graph.node:
        groups = {attribute.name: attribute.i for attribute in node.attribute}.get("group", 1)
        if node.op_type in ("Conv", "Gemm", "MatMul") and groups == 1:
            found[node.input[1]] = arrays[node.input[1]]
    return found


def same_in_onnxruntime(path) -> None:
    name, _, shape = interface(path)[0]
    inputs = {name: numpy.random.default_rng(0).random((5, *shape[1:]), dtype=numpy.float32)}
    require_close(infer(path, inputs), onnxruntime_outputs(path, inputs), FLOAT, f"{path.name}")


def check_every_criterion_removes_channels():
    for criterion in CRITERIA:
        path = pathlib.Path(folder().name) / f"{criterion}.onnx"
        document = pare_json(
            "prune", trained(), "--data", "digits", "--criterion", criterion, "--target", "macs=0.7", "--selection",
            "global", "--epochs", 0, "-o", path)
        require(document["after"]["macs"] <= 0.7 * document["before"]["macs"], f"{criterion}: {document['after']}")
        same_in_onnxruntime(path)
    return f"{len(CRITERIA)} criteria"


def check_smaller_networks_get_statistics_of_their_own():
    """Without training behind it, a removal costs less once batch normalisations are measured anew."""
    top1 = {}
    for name, options in {"recalibrated": (), "kept": ("--keep-statistics",)}.items():
        path = pathlib.Path(folder().name) / f"statistics-{name}.onnx"
        document = pare_json(
            "prune", trained(), "--data", "digits", "--target", "macs=0.6", "--selection", "uniform", "--epochs", 0,
            *options, "-o", path)
        top1[name] = document["after"]["top1"]
        same_in_onnxruntime(path)
    require(top1["recalibrated"] > top1["kept"], f"{top1}")
    return ", ".join(f"{name}: {value:.3f}" for name, value in top1.items())


def check_every_target_is_met_closely():
    """What pruning counts itself is met to a few channels; memory is searched for."""
    met, even = [], ("--selection", "uniform", "--round-to", 1)
    targets = {"macs=0.5": 0.4, "parameters=0.5": 0.4, "channels=0.5": 0.45, "size=0.6": 0.45, "pare_size=0.6": 0.4}
    for target, least in {**targets, "memory=0.7": 0.4}.items():
        kind, share = target.split("=")
        path = pathlib.Path(folder().name) / f"target-{kind}.onnx"
        document = pare_json(
            "prune", trained(), "--data", "digits", "--target", target, *even, "--epochs", 0, "-o", path)
        found = next(row for row in document["targets"] if row["kind"] == kind)
        require(found["met"] and least <= found["reached"] <= float(share), f"{target}: {found}")
        same_in_onnxruntime(path)
        met.append(f"{target}: {found['reached']:.3f}")
    path = pathlib.Path(folder().name) / "target-size.pare"
    document = pare_json("prune", trained(), "--data", "digits", "--target", "size=0.6", *even, "--epochs", 0, "-o", path)
    share = path.stat().st_size / document["before"]["file_bytes"]
    require(0.4 <= share <= 0.6, f"size=0.6 of a packed file: {share:.3f}")
    return ", ".join([*met, f"packed size=0.6: {share:.3f}"])


def check_schedules_of_channels():
    path = pathlib.Path(folder().name) / "scheduled.onnx"
    common = ("prune", trained(), "--data", "digits", "--target", "macs=0.4", "-o", path, "--force")
    for options, steps in ((("--schedule", "one-shot"), 1), (("--schedule", "iterative", "--rounds", 4), 4)):
        document = pare_json(*common, *options, "--epochs", 1)
        found = [row for row in document["stages"][0]["details"] if row["name"].startswith("step ")]
        require(len(found) == steps, f"{options}: {found}")
    for schedule in ("agp", "soft"):
        document = pare_json(*common, "--schedule", schedule, "--epochs", 4, "--batch", 32)
        stage = document["stages"][0]
        require(len(document["stages"]) == 1 and len(stage["epochs"]) == 4, f"{schedule}: {stage['title']}")
        require(document["after"]["macs"] <= 0.4 * document["before"]["macs"], f"{schedule}: {document['after']}")
        same_in_onnxruntime(path)
        refused(*common, "--schedule", schedule, "--rounds", 2, exit_code=USAGE, says="one training")
        refused(*common, "--schedule", schedule, "--epochs", 0, exit_code=USAGE, says="epochs above 0")
    refused(*common, "--granularity", "depth", "--criterion", "l2", exit_code=USAGE, says="leave --criterion")
    refused(*common, "--scratch", "--epochs", 0, exit_code=USAGE, says="--epochs")
    refused(*common[:4], "-o", path, "--granularity", "1:4", "--floor", 0.5, exit_code=USAGE, says="floor")
    sparse = ("--sparsity", 0.98, "--selection", "global", "--floor", 0.1)
    refused(*common[:4], "-o", path, *sparse, exit_code=USAGE, says="0.98")


def check_the_control_of_the_same_compute():
    """Three passes of the network and one of its teacher a sample."""
    path = pathlib.Path(folder().name) / "control.onnx"
    common = ("prune", trained(), "--data", "digits", "--target", "macs=0.5", "-o", path)
    document = pare_json(*common, "--scratch", "--same-compute", "--epochs", 3)
    before, after = document["before"]["macs"], document["after"]["macs"]
    share = 4 * before / (3 * after + before)
    require(len(document["stages"][-1]["epochs"]) == round(3 * share), f"{share}: {document['stages'][-1]['epochs']}")
    refused(*common, "--same-compute", exit_code=USAGE, says="--scratch")


def check_weights_by_layer():
    """What layers' own ratios leave, and what measured sensitivity does."""
    path = pathlib.Path(folder().name) / "by-layer.onnx"
    common = ("prune", trained(), "--data", "digits", "--epochs", 1, "-o", path, "--force")
    wish = ("--granularity", "weight", "--layer-ratio", "fc*=0.75", "--layer-ratio", "*=0.5", "--ignore", "stem*")
    pare_json(*common, *wish)
    for name, array in weights(path).items():
        share = 0.75 if name.startswith("fc") else 0 if name.startswith("stem") else 0.5
        require(abs((array == 0).sum() - share * array.size) <= 1, f"{name}: {(array == 0).sum()} of {array.size}")
    document = pare_json(*common, "--sparsity", 0.8, "--selection", "sensitivity")
    arrays = weights(path)
    shares = {name: (array == 0).mean() for name, array in arrays.items()}
    zeros, count = (sum(int(part(a)) for a in arrays.values()) for part in (lambda a: (a == 0).sum(), numpy.size))
    require(abs(zeros - 0.8 * count) <= len(arrays) and max(shares.values()) - min(shares.values()) > 0.02, f"{shares}")
    curves = document["stages"][0]["sensitivity"]
    require(len(curves) == len(arrays) and all(len(curve["points"]) == 3 for curve in curves), f"{curves}")
    same_in_onnxruntime(path)
    return ", ".join(f"{name} {share:.2f}" for name, share in shares.items())


def check_a_quantized_network_is_refused():
    path = pathlib.Path(folder().name) / "int8.onnx"
    pare("quantize", trained(), "--data", "digits", "-o", path, "--quiet")
    for wish in (("--target", "macs=0.5"), ("--sparsity", 0.5)):
        refused(
            "prune", path, "--data", "digits", *wish, "--epochs", 0, "-o", path.with_suffix(".pare"), exit_code=BAD_DATA,
            says="quantized")


def check_sparsity_is_exact():
    for schedule in ("one-shot", "iterative", "agp", "soft"):
        for selection in ("uniform", "global"):
            path = pathlib.Path(folder().name) / f"{schedule}-{selection}.onnx"
            document = pare_json(
                "prune", trained(), "--data", "digits", "--batch", 32, "--sparsity", 0.7, "--schedule", schedule,
                "--selection", selection, "--epochs", 4, "-o", path)
            arrays = weights(path)
            zeros = sum(int((array == 0).sum()) for array in arrays.values())
            count = sum(array.size for array in arrays.values())
            require(abs(zeros - 0.7 * count) <= len(arrays), f"{schedule} {selection}: {zeros} zeros of {count}")
            if selection == "uniform":
                for name, array in arrays.items():
                    own = (array == 0).sum()
                    require(abs(own - 0.7 * array.size) <= 1, f"{schedule}: {own} zeros of {array.size} in {name}")
            counted = pare_json("inspect", path)["nonzero_parameters"]
            require(document["after"]["nonzero_parameters"] == counted, f"{counted} parameters are not zero")
            require(document["after"]["top1"] > 0.5, f"{schedule} {selection}: top-1 {document['after']['top1']}")
            same_in_onnxruntime(path)


def check_judged_in_training():
    """Criteria that look at gradients on the way through the training that the weights become zero in."""
    for criterion, schedule, epochs in (("movement", "agp", 20), ("taylor", "agp", 4), ("taylor", "soft", 4)):
        path = pathlib.Path(folder().name) / f"{criterion}-{schedule}.onnx"
        document = pare_json(
            "prune", trained(), "--data", "digits", "--batch", 32, "--sparsity", 0.7, "--criterion", criterion,
            "--schedule", schedule, "--epochs", epochs, "-o", path)
        for name, array in weights(path).items():
            own = (array == 0).sum()
            require(abs(own - 0.7 * array.size) <= 1, f"{criterion} {schedule}: {own} zeros of {array.size} in {name}")
        require(document["after"]["top1"] > 0.5, f"{criterion} {schedule}: top-1 {document['after']['top1']}")


def check_norms():
    """What `inspect --norms` says of each layer, against the file's own weights."""
    arrays, document = weights(trained()), pare_json("inspect", trained(), "--norms")
    layers = {layer["name"]: layer for layer in document["norms"]["layers"]}
    require(set(arrays) <= set(layers) and document["norms"]["suggestion"], f"{set(layers)}")
    for name, array in arrays.items():
        norms, layer = numpy.linalg.norm(array.reshape(array.shape[0], -1), axis=1), layers[name]
        found = [layer[key] for key in ("filters", "smallest", "mean", "largest", "deviation")]
        wanted = [len(norms), norms.min(), norms.mean(), norms.max(), norms.std()]
        require(numpy.allclose(found, wanted, atol=1e-4), f"{name}: {found} in place of {wanted}")
        require(sum(layer["histogram"]) == len(norms), f"{name}: {layer['histogram']}")
    require(document["norms"]["suggestion"] in pare("inspect", trained(), "--norms").stdout, "the text says no advice")


def check_two_of_four():
    path = pathlib.Path(folder().name) / "two-of-four.onnx"
    document = pare_json("prune", trained(), "--data", "digits", "--granularity", "2:4", "--epochs", 1, "-o", path)
    pruned = {layer["name"] for layer in document["stages"][0]["sparse_layers"]}
    arrays = weights(path)
    require(pruned and pruned <= set(arrays), f"{pruned} of {set(arrays)}")
    for name in pruned:
        array = numpy.moveaxis(arrays[name], 1, -1)
        fours = array.reshape(-1, 4)
        require(((fours == 0).sum(axis=1) == 2).all(), f"{name} is not two of four")
    require(any("no multiple of 4" in note for note in document["notes"]), f"{document['notes']}")
    return f"{len(pruned)} layers"


def check_layer_ratios():
    path = pathlib.Path(folder().name) / "ratios.onnx"
    ratio = ("--layer-ratio", "block1.pointwise=0.5")
    document = pare_json("prune", trained(), "--data", "digits", *ratio, "--epochs", 0, "-o", path)
    layers = [layer for layer in document["stages"][0]["pruned_layers"] if layer["kept"] < layer["original"]]
    require([(layer["kept"], layer["original"]) for layer in layers] == [(24, 48)], f"{layers}")
    same_in_onnxruntime(path)


def check_lottery_ticket():
    """The weights that stay start again from those of the network as it was: without training they are just these."""
    path = pathlib.Path(folder().name) / "ticket.onnx"
    initial = pathlib.Path(folder().name) / "initial.onnx"
    pare("convert", "zoo:digits_separable", "-o", initial, "--quiet")
    rewind = ("--sparsity", 0.5, "--rewind", "zoo:digits_separable", "--epochs", 0)
    pare("prune", trained(), "--data", "digits", *rewind, "-o", path, "--quiet")
    before, after = ({t.name: numpy_helper.to_array(t) for t in onnx.load(p).graph.initializer} for p in (initial, path))
    for name in weights(path):
        kept = after[name] != 0
        require((after[name][kept] == before[name][kept]).all(), f"{name} does not start again")
        require(abs(kept.sum() - 0.5 * kept.size) <= 1, f"{kept.sum()} of {kept.size} in {name} are not zero")


TICKET = ("prune", "zoo:digits_mlp", "--data", "digits", "--batch", 64, "--lottery", "large_final", "--threads", 1)


def check_lottery():
    """Rounds of a search: accuracy against sparsity in the document and on the page, exact sparsity in the file."""
    path, page = pathlib.Path(folder().name) / "search.onnx", pathlib.Path(folder().name) / "search.html"
    document = pare_json(
        *TICKET, "--sparsity", 0.75, "--rounds", 2, "--epochs", 4, "--rate", 0.1, "--report", page, "-o", path)
    stage = document["stages"][0]
    rounds = stage["rounds"]
    require(stage["name"] == "lottery" and len(rounds) == 3 and len(stage["epochs"]) == 12, f"{stage['name']} {rounds}")
    for found, sparsity in zip(rounds, (0, 0.5, 0.75), strict=True):
        require(abs(found["sparsity"] - sparsity) < 1e-3, f"{found} in place of {sparsity}")
        require({"top1", "top1_untrained", "train_loss"} <= set(found), f"{found}")
    require(rounds[0]["top1_untrained"] < 0.4 and rounds[-1]["top1"] > 0.7, f"{rounds}")
    arrays = weights(path)
    for name, array in arrays.items():
        require(abs(int((array == 0).sum()) - 0.75 * array.size) <= 1, f"{name}: {(array == 0).sum()} of {array.size}")
    require("Accuracy against sparsity" in page.read_text(encoding="utf-8"), "the page has no plot of the rounds")
    same_in_onnxruntime(path)
    return f"mask alone {rounds[-1]['top1_untrained']:.2f}, trained {rounds[-1]['top1']:.2f}"


def killed(command: tuple, broken: pathlib.Path, part: str) -> None:
    """Runs a command that writes `broken` until a part of its work has a checkpoint, and kills it then."""
    checkpoint = pathlib.Path(f"{broken}.checkpoint/.stages/{part}.checkpoint/state")
    process = subprocess.Popen([PARE, *map(str, (*command, "-o", broken))], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    require(process.wait() == -signal.SIGKILL and not broken.exists(), f"{part} ended before it could be killed")


def check_masked_channels_killed_and_resumed():
    """Channels that are zero in a training that is killed: how many are to go is kept, and so is which."""
    for schedule in ("agp", "soft"):
        whole, broken = (pathlib.Path(folder().name) / f"{schedule}-{name}.onnx" for name in ("whole", "broken"))
        command = ("prune", trained(), "--data", "digits", "--target", "macs=0.5", "--schedule", schedule, "--epochs", 12)
        command += ("--batch", 32, "--threads", 1, "--quiet")
        pare(*command, "-o", whole)
        killed(command, broken, "1-prune/masked")
        pare(*command, "-o", broken, "--resume")
        require(whole.read_bytes() == broken.read_bytes(), f"{schedule}: killed and resumed differs from never killed")


def check_lottery_killed_and_resumed():
    """A search that is killed between rounds goes on, and gives what an unbroken one gives; other settings may not."""
    whole, broken = (pathlib.Path(folder().name) / f"{name}.onnx" for name in ("whole", "broken"))
    search = (*TICKET, "--sparsity", 0.8, "--rounds", 3, "--epochs", 25, "--rewind-to", 9, "--quiet")
    pare(*search, "-o", whole)
    killed(search, broken, "1-lottery/round-1")
    other = [word if word != "large_final" else "random" for word in search]
    pare(*other, "-o", broken, "--resume", exit_code=BAD_DATA)
    pare(*search, "-o", broken, "--resume")
    require(whole.read_bytes() == broken.read_bytes(), "killed and resumed differs from never killed")


def check_targeted_dropout():
    """Trained with it, a network keeps more of its accuracy where its smallest weights are set to zero untrained."""
    found = []
    for name, options in (("plain", ()), ("targeted", ("--targeted-dropout", "0.8:0.66"))):
        path = pathlib.Path(folder().name) / f"dropout-{name}.onnx"
        training = ("train", "zoo:digits_mlp", "--data", "digits", "--batch", 64, "--epochs", 30)
        pare(*training, *options, "-o", path, "--quiet")
        cut = ("prune", path, "--data", "digits", "--sparsity", 0.8, "--epochs", 0, "-o", f"{path}.cut.onnx")
        found.append(pare_json(*cut)["after"]["top1"])
    require(found[1] > found[0], f"top-1 {found[0]} without, {found[1]} with targeted dropout")
    refused("train", "zoo:digits_mlp", "--data", "digits", "--targeted-dropout", "2:0.5", "-o", path, exit_code=USAGE)
    return f"top-1 {found[0]:.2f} without, {found[1]:.2f} with"


def check_densify():
    """Dense, sparse, dense: in the end no weight is held at zero."""
    path = pathlib.Path(folder().name) / "dense.onnx"
    document = pare_json(
        "prune", trained(), "--data", "digits", "--batch", 32, "--sparsity", 0.5, "--epochs", 2, "--densify", 2, "-o", path)
    require(len(document["stages"][0]["epochs"]) == 4, f"{document['stages'][0]['epochs']}")
    for name, array in weights(path).items():
        require((array == 0).mean() < 0.05, f"{(array == 0).sum()} of {array.size} in {name} are zero")
    require(document["after"]["top1"] > 0.5, f"top-1 {document['after']['top1']}")
    same_in_onnxruntime(path)


def check_scratch():
    """The control has the shape of the pruned network and learns from fresh weights."""
    path, control = (pathlib.Path(folder().name) / f"{name}.onnx" for name in ("cut", "scratch"))
    cut = ("prune", trained(), "--data", "digits", "--target", "macs=0.6", "--selection", "uniform", "--batch", 32)
    pare(*cut, "--epochs", 0, "-o", path, "--quiet")
    document = pare_json(*cut, "--epochs", 6, "--scratch", "-o", control)
    require([s["name"] for s in document["stages"]][-2:] == ["reinitialize", "train"], f"{document['stages']}")
    first, second = weights(path), weights(control)
    require({n: a.shape for n, a in first.items()} == {n: a.shape for n, a in second.items()}, "another shape")
    require(len(document["stages"][-1]["epochs"]) == 6 and document["after"]["top1"] > 0.3, f"{document['after']}")


def check_depth():
    model = pathlib.Path(folder().name) / "resnet8.onnx"
    pare("train", "zoo:resnet8?width=0.5", "--data", "digits", "--batch", 32, "--epochs", 6, "-o", model, "--quiet")
    path = pathlib.Path(folder().name) / "shallow.onnx"
    depth = ("--granularity", "depth", "--target", "macs=0.8", "--epochs", 0)
    document = pare_json("prune", model, "--data", "digits", *depth, "-o", path)
    require(document["stages"][0]["name"] == "remove_blocks", f"{document['stages']}")
    require(document["after"]["macs"] <= 0.8 * document["before"]["macs"], f"{document['after']['macs']} MACs are left")
    require(len(weights(path)) == len(weights(model)) - 2, f"{len(weights(path))} layers of {len(weights(model))}")
    same_in_onnxruntime(path)


def check_compress_with_zeros():
    """Channels, zeros and int8 together; zeros are still zero in int8."""
    out = pathlib.Path(folder().name) / "out"
    document = pare_json(
        "compress", trained(), "--data", "digits", "--target", "macs=0.8", "--sparsity", 0.5, "--epochs", 2, "-o", out)
    names = [stage["name"] for stage in document["stages"]]
    require(names[:3] == ["prune", "train", "sparsify"], f"{names}")
    after = document["after"]
    require(after["nonzero_parameters"] < 0.65 * after["parameters"], f"{after}")
    pare("compress", trained(), "--data", "digits", "--recipe", out / "settings.yaml", "-o", f"{out}-again", "--quiet")


def check_what_makes_no_sense():
    common = ("prune", trained(), "--data", "digits", "-o", f"{folder().name}/none.onnx")
    for arguments in (
        (),
        ("--sparsity", 1.5),
        ("--granularity", "4:2"),
        ("--granularity", "kernel"),
        ("--granularity", "channel", "--sparsity", 0.5),
        ("--granularity", "2:4", "--sparsity", 0.75),
        ("--sparsity", 0.5, "--criterion", "apoz"),
        ("--sparsity", 0.5, "--criterion", "movement"),
        ("--sparsity", 0.5, "--criterion", "movement", "--schedule", "soft"),
        ("--sparsity", 0.5, "--criterion", "movement", "--schedule", "agp", "--epochs", 0),
        ("--target", "macs=0.5", "--criterion", "movement", "--epochs", 0),
        ("--sparsity", 0.5, "--schedule", "soft", "--rewind", "zoo:digits_separable"),
        ("--sparsity", 0.5, "--selection", "sensitivity", "--layer-ratio", "*=0.5", "--granularity", "1:4"),
        ("--lottery", "large_final"),
        ("--lottery", "large_final", "--sparsity", 0.5, "--schedule", "agp"),
        ("--lottery", "large_final", "--sparsity", 0.5, "--target", "macs=0.5"),
        ("--lottery", "large_final", "--sparsity", 0.5, "--rewind-to", 100_000, "--epochs", 1),
        ("--lottery", "largest", "--sparsity", 0.5),
        ("--sparsity", 0.5, "--survivors", "redraw"),
        ("--target", "macs=0.5", "--densify", 3),
        ("--sparsity", 0.5, "--densify", 0),
        ("--sparsity", 0.5, "--scratch"),
        ("--sparsity", 0.5, "--ignore", "no.such.layer", "--epochs", 0),
        ("--layer-ratio", "layer1"),
        ("--layer-ratio", "no.such.layer=0.5", "--epochs", 0),
        ("--target", "macs=0.5", "--aggregation", "median"),
        ("--target", "macs=0.5", "--plans", 0),
        ("--target", "macs=0.5", "--selection", "uniform", "--plans", 8),
        ("--target", "macs=0.7", "--granularity", "depth", "--keep-statistics"),
        ("--lottery", "large_final", "--sparsity", 0.5, "--plans", 8),
    ):
        refused(*common, *arguments, exit_code=USAGE)
