"""Data that is damaged, empty, or of other classes than the network's; networks that say nothing of their preparation;
targets that cannot be reached."""

import functools
import json
import pathlib
import shutil
import struct
import tempfile
import zlib

import numpy
import onnx

from bad_input import network
from checking import once, pare, pare_json, refused, require

BAD_DATA, NO_INPUT, NOT_REACHED, USAGE = 65, 66, 75, 64
DIGITS = tuple("0123456789")


@once
def folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory()


@once
def trained() -> pathlib.Path:
    """A digits network."""
    path = pathlib.Path(folder().name) / "trained.onnx"
    pare("train", "zoo:digits_mlp", "--data", "digits", "--epochs", 4, "-o", path, "--quiet")
    return path


def png(pixels: numpy.ndarray, size: tuple[int, int] | None = None) -> bytes:
    """A greyscale image as a PNG file, which may claim another width and height."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", *(size or pixels.shape[::-1]), 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@functools.cache
def noise(index: int) -> bytes:
    return png(numpy.random.default_rng(index).integers(0, 256, (8, 8), dtype=numpy.uint8))


def class_folders(root, classes, images: int = 12) -> pathlib.Path:
    """A data set of noise: train and test with a folder a class."""
    root = pathlib.Path(root)
    for part in ("train", "test"):
        for number, name in enumerate(classes):
            place = root / part / name
            place.mkdir(parents=True)
            for index in range(images):
                (place / f"{index}.png").write_bytes(noise(number * images + index))
    return root


def check_images_that_do_not_decode():
    whole = noise(0)
    damages = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "text": b"no image",
        "header": b"\x89PNG\r\n\x1a\nnonsense",
        "jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 64,
        "checksum": whole[:16] + struct.pack(">II", 9, 9) + whole[24:],
        "huge": png(numpy.zeros((8, 8), numpy.uint8), ((1 << 31) - 1, (1 << 31) - 1)),
        "large": png(numpy.zeros((8, 8), numpy.uint8), (500_000, 500_000)),
    }
    with tempfile.TemporaryDirectory() as place:
        data = class_folders(f"{place}/data", DIGITS)
        image = data / "test" / "3" / "5.png"
        for name, damage in damages.items():
            image.write_bytes(damage)
            refused("evaluate", trained(), "--data", f"imagefolder:{data}", exit_code=BAD_DATA, says="5.png")
            refused("infer", trained(), "--image", image, exit_code=BAD_DATA, says="5.png")
        refused("infer", trained(), "--image", place, exit_code=BAD_DATA)
        refused("infer", trained(), "--image", f"{place}/none.png", exit_code=NO_INPUT, says="none.png")


def check_folders():
    with tempfile.TemporaryDirectory() as place:
        data = class_folders(f"{place}/data", DIGITS)
        arguments = ("evaluate", trained(), "--data", f"imagefolder:{data}")
        for image in (data / "train" / "4").iterdir():
            image.unlink()
        refused(*arguments, exit_code=BAD_DATA, says="'4'")
        shutil.rmtree(data / "train")
        out = ("-o", f"{place}/x.onnx")
        refused("train", trained(), "--data", f"imagefolder:{data}", *out, exit_code=NO_INPUT, says="train/")
        refused("evaluate", trained(), "--data", f"imagefolder:{place}/none", exit_code=NO_INPUT, says="none")
        refused("quantize", trained(), "--data", f"images:{place}/none", "-o", f"{place}/x.onnx", exit_code=NO_INPUT)
        pathlib.Path(f"{place}/nothing").mkdir()
        refused("quantize", trained(), "--data", f"images:{place}/nothing", "-o", f"{place}/x.onnx", exit_code=BAD_DATA)


def check_more_classes_than_the_network():
    with tempfile.TemporaryDirectory() as place:
        data = class_folders(f"{place}/data", [f"{number:02}" for number in range(12)])
        out = ("-o", f"{place}/out.onnx", "--json")
        for arguments in (("evaluate",), ("train", "--epochs", 1, *out), ("quantize", *out)):
            name, *rest = arguments
            refused(name, trained(), "--data", f"imagefolder:{data}", *rest, exit_code=BAD_DATA, says="classes 10")
        require(not pathlib.Path(f"{place}/out.onnx").exists(), "a refused command wrote its file")


def check_fewer_classes_than_the_network():
    """Measured, with a warning that names both lists; standard output stays one document."""
    with tempfile.TemporaryDirectory() as place:
        data = class_folders(f"{place}/data", ["ant", "bee", "cat"])
        done = pare("evaluate", trained(), "--data", f"imagefolder:{data}", "--json")
        json.loads(done.stdout)
        require("ant" in done.stderr and "warning" in done.stderr, f"no warning of other classes: {done.stderr}")
        quiet = pare("evaluate", trained(), "--data", f"imagefolder:{data}", "--json", "--quiet")
        require(not quiet.stderr, f"--quiet says {quiet.stderr}")


def check_unknown_preparation_is_said():
    with tempfile.TemporaryDirectory() as place:
        bare = pathlib.Path(place) / "bare.onnx"
        model = onnx.load(trained())
        del model.metadata_props[:]
        onnx.save(model, bare)
        done = pare("evaluate", bare, "--data", "digits", "--json")
        json.loads(done.stdout)
        require("--mean and --std" in done.stderr, f"no warning of unknown mean and std: {done.stderr}")
        said = pare("evaluate", bare, "--data", "digits", "--mean", "0", "--std", "1").stderr
        require("mean" not in said, f"a warning though mean and std are given: {said}")
        refused("evaluate", bare, "--data", "digits", "--mean", "0,0", "--std", "1", exit_code=USAGE)


def check_hardly_better_than_chance_stops():
    """Under three times chance every method stops, and says what other preparations would score."""
    with tempfile.TemporaryDirectory() as place:
        data = class_folders(f"{place}/data", DIGITS)
        common = (trained(), "--data", f"imagefolder:{data}")
        one = f"{place}/out.onnx"
        for arguments in (
            ("compress", *common, "--target", "size=0.5", "-o", f"{place}/out"),
            ("prune", *common, "--target", "macs=0.5", "-o", one),
            ("quantize", *common, "-o", one),
        ):
            refused(*arguments, exit_code=BAD_DATA, says="chance MNIST's 0.5 255 --mean --std classes order")
        require(not pathlib.Path(one).exists(), "a stopped method wrote its file")
        require(not pathlib.Path(f"{place}/out/model.onnx").exists(), "a stopped compression wrote its network")


def check_target_that_cannot_be_reached():
    with tempfile.TemporaryDirectory() as place:
        out = pathlib.Path(place) / "out"
        common = ("--data", "digits", "--epochs", 0)
        target = ("--target", "size=0.001")
        done = pare("compress", trained(), *common, *target, "-o", out, "--json", exit_code=NOT_REACHED)
        document = json.loads(done.stdout)
        require(document["exit_code"] == NOT_REACHED, f"the report says {document['exit_code']}")
        require("size=0.001" in done.stderr and "best found is written" in done.stderr, f"{done.stderr[-500:]}")
        pare("inspect", out / "model.onnx")
        require((out / "report.html").exists(), "there is no report")
        file = pathlib.Path(place) / "pruned.onnx"
        done = pare("prune", trained(), *common, "--target", "macs=0.001", "-o", file, "--quiet", exit_code=NOT_REACHED)
        require("error: target macs=0.001" in done.stderr, f"{done.stderr[-500:]}")
        pare("inspect", file)


def check_teacher_of_another_input_size():
    with tempfile.TemporaryDirectory() as place:
        common = (trained(), "--teacher", "zoo:resnet20", "--data", "digits")
        for arguments in (("distill", *common, "-o", f"{place}/x.onnx"), ("compress", *common, "-o", f"{place}/x")):
            refused(*arguments, exit_code=BAD_DATA, says="teacher Nx3x32x32, Nx1x8x8;")


def check_unlabelled_images():
    """Without labels top1 is absent and fidelity is there."""
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / "network.onnx"
        onnx.save(network(), path)
        images = pathlib.Path(place) / "images"
        images.mkdir()
        for index in range(20):
            (images / f"{index}.png").write_bytes(noise(index))
        refused("evaluate", path, "--data", f"images:{images}", exit_code=BAD_DATA, says="labels fidelity")
        for name, out in (("compress", f"{place}/out"), ("quantize", f"{place}/out.onnx")):
            document = pare_json(name, path, "--data", f"images:{images}", "-o", out)
            for side in ("before", "after"):
                require(document[side].get("top1") is None, f"{name}: top1 of images without labels: {document[side]}")
            agreement = document["fidelity"][0]["argmax_agreement"]
            require(agreement >= 0.5, f"{name}: agreement {agreement}")
            require(name == "quantize" or pathlib.Path(f"{out}/model.onnx").exists(), f"{name} wrote no network")
