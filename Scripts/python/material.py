"""The material of Scripts/verify: where it is unpacked and how it is prepared."""

import os
import pathlib

import cifar10
from checking import ROOT, shared


def work_folder() -> pathlib.Path:
    """Where the results of Scripts/verify stay: out/verify, or the folder that PARE_VERIFY_FOLDER names."""
    folder = pathlib.Path(os.environ.get("PARE_VERIFY_FOLDER", ROOT / "out" / "verify"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def images_folder() -> pathlib.Path:
    """CIFAR-10 as JPEG, unpacked."""
    return cifar10.unpacked(shared("data/cifar10-jpeg.tar.gz"), work_folder() / "cifar10")


def preparation() -> list[str]:
    """How the networks of ../shared/models want their input, as arguments of pare."""
    return [f"--{name}={','.join(map(str, values))}" for name, values in (("mean", cifar10.MEAN), ("std", cifar10.STD))]
