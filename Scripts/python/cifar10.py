"""CIFAR-10 as class folders of JPEGs, unpacked from the material beside the repository and decoded by Pillow."""

import pathlib
import tarfile

import numpy
from PIL import Image

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def unpacked(archive: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The folder that holds train/ and test/, unpacked once."""
    if not (folder / "test").is_dir():
        partial = folder.with_name(folder.name + ".partial")
        with tarfile.open(archive) as tar:
            tar.extractall(partial, filter="data")
        found = next(path.parent for path in sorted(partial.rglob("test")) if path.is_dir())
        found.rename(folder)
        if partial.exists():
            partial.rmdir()
    return folder


def listing(folder: pathlib.Path, split: str) -> list[tuple[pathlib.Path, int]]:
    """All images of a split with their label: classes in alphabetical order, files in alphabetical order."""
    classes = sorted(path for path in (folder / split).iterdir() if path.is_dir())
    return [(path, label) for label, directory in enumerate(classes) for path in sorted(directory.iterdir())]


def load(entries: list[tuple[pathlib.Path, int]]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Normalised images (count x 3 x 32 x 32, float32) and their labels (int64)."""
    pixels = numpy.stack([numpy.asarray(Image.open(path).convert("RGB")) for path, _ in entries])
    scaled = pixels.astype(numpy.float32) / numpy.float32(255)
    normalised = (scaled - numpy.float32(MEAN)) / numpy.float32(STD)
    labels = numpy.array([label for _, label in entries], dtype=numpy.int64)
    return numpy.ascontiguousarray(normalised.transpose(0, 3, 1, 2)), labels
