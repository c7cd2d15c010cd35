"""torchvision's networks with weights of their own compute the same in Pare's zoo, all of whose networks run.

Each network gets random weights and random statistics in torchvision; its state dictionary, written as safetensors,
goes into Pare's network of the same name by `--weights`, which refuses a file unless every parameter has its tensor and
every tensor its parameter. So the names agree as well as the outputs, and there is no map between them.
"""

import functools
import pathlib
import tempfile

import numpy
import torch
import torchvision

from checking import pare, pare_json, require
from safetensors_file import save

# Pare's error may be so many times what PyTorch's own in float32 is, both against float64: how much rounding matters is
# the network's affair, and sums are taken in another order here.
ERROR_FACTOR = 10

# Names where torchvision's is not the zoo's, and the image's size where it is not 224.
REFERENCES = {
    "squeezenet1_0": "squeezenet1_0",
    "squeezenet1_1": "squeezenet1_1",
    "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v3_large": "mobilenet_v3_large",
    "mobilenet_v3_small": "mobilenet_v3_small",
    "shufflenet_v2_x0_5": "shufflenet_v2?width=0.5",
    "shufflenet_v2_x1_0": "shufflenet_v2",
    "shufflenet_v2_x1_5": "shufflenet_v2?width=1.5",
    "shufflenet_v2_x2_0": "shufflenet_v2?width=2",
    "efficientnet_b0": "efficientnet_b0",
    "efficientnet_b1": "efficientnet_b1",
    "resnet18": "resnet18",
    "resnet50": "resnet50",
    "densenet121": "densenet121",
    "vgg11_bn": "vgg11_bn",
    "alexnet": "alexnet",
}
SIZES = {"efficientnet_b1": 240}


def randomized(name: str, images: torch.Tensor) -> torch.nn.Module:
    """A network of torchvision with random weights that pass images on: the deep ones of its own initialisation give every
    image the same scores. The normalisations' statistics are those of the images."""
    torch.manual_seed(0)
    network = torchvision.models.get_model(name, weights=None)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.1)
            module.momentum = 1.0
        elif isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                torch.nn.init.normal_(module.bias, 0, 0.1)
    with torch.no_grad():
        network.train()(images)
    return network.eval()


def carried_across(name: str) -> str:
    size = SIZES.get(name, 224)
    images = numpy.random.default_rng(0).standard_normal((2, 3, size, size)).astype(numpy.float32)
    network = randomized(name, torch.from_numpy(images))
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    with torch.no_grad():
        own = network(torch.from_numpy(images)).numpy()
        expected = network.double()(torch.from_numpy(images).double()).numpy()
    with tempfile.TemporaryDirectory() as folder:
        weights, inputs, out = (pathlib.Path(folder) / part for part in ("w.safetensors", "x.npy", "out"))
        save(state, weights)
        numpy.save(inputs, images)
        reference = f"zoo:{REFERENCES[name]}"
        pare("infer", reference, "--weights", weights, "--input", f"input={inputs}", "--output-dir", out)
        found = numpy.load(out / "logits.npy")
    require(found.shape == expected.shape, f"{name}: logits of shape {found.shape}, not {expected.shape}")
    # What all images have in common, such as the classifier's bias, must not make an error small.
    scale = numpy.abs(expected[0] - expected[1]).max()
    error, usual = (float(numpy.abs(logits - expected).max() / scale) for logits in (found, own))
    require(
        error <= ERROR_FACTOR * usual,
        f"{name}: logits differ by {error:.1e} of the difference between two images, PyTorch's own by {usual:.1e}",
    )
    return f"logits within {error:.1e} of the difference between two images (PyTorch in float32: {usual:.1e})"


def check_every_network_runs():
    """In its own form, for large images in most cases, float32."""
    names = [network["name"] for network in pare_json("zoo")["networks"]]
    for name in names:
        layers = pare_json("profile", f"zoo:{name}", "--repeats", 1)["layers"]
        require(not any(layer["is_reference"] for layer in layers), f"{name} runs a reference operator")
    return f"{len(names)} networks"


for _name in REFERENCES:
    globals()[f"check_{_name}"] = functools.partial(carried_across, _name)
