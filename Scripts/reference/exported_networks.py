"""Networks as PyTorch exports them to ONNX: torchvision's architectures and a few of other shapes, with seeded random
weights and batch-norm statistics, from both exporters, with the batch fixed at 1 and symbolic; and their gradients.

    python Scripts/reference/exported_networks.py --output FOLDER [--only NAME ...] [--gradients]

writes FOLDER/NAME/FORM.onnx for every form of `FORMS`, and with --gradients FOLDER/NAME/gradients/MODE for every mode
of `MODES` that the network has (see README.md here).
"""

import argparse
import copy
import dataclasses
import json
import pathlib
import warnings
from collections.abc import Callable

import numpy
import onnxscript.optimizer
import torch
import torchvision
from torch import nn
from torch.nn import functional

# Exporter and batch, by the name of the file.
FORMS = {
    "script-fixed": {"dynamo": False, "symbolic": False},
    "script-symbolic": {"dynamo": False, "symbolic": True},
    "dynamo-fixed": {"dynamo": True, "symbolic": False},
    "dynamo-symbolic": {"dynamo": True, "symbolic": True},
}

# How gradients are taken: with the running statistics of batch normalisation, or with the batch's own.
MODES = ("frozen", "training")

CLASSES = 10
# How many samples a gradient is taken over, and over how many batches. A pre-activation that float32 carries across
# zero switches its ReLU and moves gradients by some 1e-3: few samples make that rare, and it strikes not every batch.
GRADIENT_BATCH = {"frozen": 2, "training": 4}
GRADIENT_SETS = 5


@dataclasses.dataclass(frozen=True)
class Exported:
    """An architecture, and the shapes of its inputs without the batch."""

    make: Callable[[], nn.Module]
    inputs: dict[str, tuple[int, ...]]
    # The modes in which its gradients are compared. Batch statistics want more than a few values a channel.
    modes: tuple[str, ...] = ("frozen",)
    # The shapes of the inputs for gradients in the first mode, where they are smaller: fewer ReLUs that may switch.
    small: dict[str, tuple[int, ...]] | None = None

    def shapes(self, mode: str) -> dict[str, tuple[int, ...]]:
        return self.small if mode == "frozen" and self.small else self.inputs


def torchvision_network(name: str, **options) -> Callable[[], nn.Module]:
    return lambda: getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **options)


def narrow_vgg() -> nn.Module:
    """VGG-11 with batch normalisation for 64 pixels, with dense layers of 64 in place of 4,096."""
    network = torchvision.models.vgg11_bn(weights=None, num_classes=CLASSES)
    network.avgpool = nn.Identity()
    network.classifier = nn.Sequential(
        nn.Linear(512 * 4, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(),
        nn.Linear(64, CLASSES))
    return network


def narrow_alexnet() -> nn.Module:
    """AlexNet with dense layers of 64 in place of 4,096."""
    network = torchvision.models.alexnet(weights=None, num_classes=CLASSES)
    network.classifier = nn.Sequential(
        nn.Dropout(), nn.Linear(256 * 36, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, CLASSES))
    return network


def small_vit() -> nn.Module:
    return torchvision.models.VisionTransformer(
        image_size=64, patch_size=16, num_layers=3, num_heads=4, hidden_dim=64, mlp_dim=128, num_classes=CLASSES)


class UNet(nn.Module):
    """Two levels down and up again: one by a transposed convolution, one by bilinear interpolation."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.bottom = self.block(3, 8), self.block(8, 16), self.block(16, 32)
        self.up = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.join, self.last = self.block(32, 16), self.block(24, 8)
        self.head = nn.Conv2d(8, 2, 1)

    @staticmethod
    def block(inputs: int, outputs: int) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1))

    def forward(self, x):
        first = self.first(x)
        second = self.second(functional.max_pool2d(first, 2))
        bottom = self.bottom(functional.max_pool2d(second, 2))
        joined = self.join(torch.cat([self.up(bottom), second], dim=1))
        upper = functional.interpolate(joined, scale_factor=2, mode="bilinear", align_corners=False)
        return self.head(self.last(torch.cat([upper, first], dim=1)))


class TwoInputs(nn.Module):
    """An image and a vector of measurements, joined before the classifier."""

    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
            nn.Flatten())
        self.vector = nn.Sequential(nn.Linear(5, 8), nn.GELU())
        self.classifier = nn.Linear(16, CLASSES)

    def forward(self, image, measurements):
        return self.classifier(torch.cat([self.image(image), self.vector(measurements)], dim=1))


class ShapeArithmetic(nn.Module):
    """What exporters turn into chains of Shape, Gather, Mul, Concat: reshapes and resizes by computed sizes."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(12))
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x):
        batch, _, height, width = x.shape
        y = self.conv(x).view(batch, 3, 4, height, width).permute(0, 2, 1, 3, 4).reshape(batch, 12, height, width)
        half = functional.interpolate(y, size=(height // 2, width // 2), mode="nearest")
        tokens = half.flatten(2).transpose(1, 2).reshape(batch * (height // 2) * (width // 2), 12)
        tokens = torch.where(tokens > 0, tokens, tokens * 0.1) * self.scale.expand(tokens.shape[0], -1)
        windows = tokens.view(batch, -1, 12)
        positions = torch.arange(windows.shape[1], dtype=x.dtype) / windows.shape[1]
        return self.head((windows * positions.view(1, -1, 1)).mean(dim=1))


def image(size: int) -> dict[str, tuple[int, ...]]:
    return {"input": (3, size, size)}


BOTH = MODES
NETWORKS = {
    "alexnet": Exported(narrow_alexnet, image(224)),
    "vgg11_bn": Exported(narrow_vgg, image(64)),
    "resnet18": Exported(torchvision_network("resnet18"), image(64), BOTH, small=image(32)),
    "resnet50": Exported(torchvision_network("resnet50"), image(64), small=image(32)),
    "resnext50_32x4d": Exported(torchvision_network("resnext50_32x4d"), image(64), small=image(32)),
    "wide_resnet50_2": Exported(torchvision_network("wide_resnet50_2"), image(64), small=image(32)),
    "densenet121": Exported(torchvision_network("densenet121"), image(64), small=image(32)),
    "googlenet": Exported(
        torchvision_network("googlenet", aux_logits=False, init_weights=False), image(64), small=image(32)),
    "inception_v3": Exported(
        torchvision_network("inception_v3", aux_logits=False, init_weights=False), image(96), small=image(75)),
    "squeezenet1_1": Exported(torchvision_network("squeezenet1_1"), image(64), small=image(32)),
    "mobilenet_v2": Exported(torchvision_network("mobilenet_v2"), image(96), small=image(32)),
    "mobilenet_v3_small": Exported(torchvision_network("mobilenet_v3_small"), image(96), small=image(32)),
    "mobilenet_v3_large": Exported(torchvision_network("mobilenet_v3_large"), image(64), small=image(32)),
    "mnasnet0_5": Exported(torchvision_network("mnasnet0_5"), image(64), small=image(32)),
    "shufflenet_v2_x0_5": Exported(torchvision_network("shufflenet_v2_x0_5"), image(96), BOTH, small=image(32)),
    "efficientnet_b0": Exported(torchvision_network("efficientnet_b0"), image(64), small=image(32)),
    "efficientnet_v2_s": Exported(torchvision_network("efficientnet_v2_s"), image(64), small=image(32)),
    "regnet_y_400mf": Exported(torchvision_network("regnet_y_400mf"), image(64), small=image(32)),
    "convnext_tiny": Exported(torchvision_network("convnext_tiny"), image(64), small=image(32)),
    "vit_small": Exported(small_vit, image(64)),
    "swin_t": Exported(torchvision_network("swin_t"), image(64)),
    "unet": Exported(UNet, image(32), BOTH),
    "two_inputs": Exported(TwoInputs, {"image": (3, 32, 32), "measurements": (5,)}, BOTH),
    "shape_arithmetic": Exported(ShapeArithmetic, image(16)),
}


def example(shapes: dict[str, tuple[int, ...]], batch: int, seed: int = 1) -> dict[str, torch.Tensor]:
    """Normal random inputs."""
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(batch, *shape, generator=generator) for name, shape in shapes.items()}


def seeded(name: str) -> nn.Module:
    """The network in inference mode: random where it would start at 0 or 1, and with batch-norm statistics that are
    those of random data, moved a little. Scales below 1 keep rounding errors from growing from layer to layer."""
    torch.manual_seed(0)
    spec = NETWORKS[name]
    network = spec.make()
    normalizations = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1 and not parameter.any():
                parameter.normal_(0, parameter[0].numel() ** -0.5)
            elif parameter.dim() == 1 and not parameter.any():
                parameter.normal_(0, 0.1)
            elif (parameter == parameter.flatten()[0]).all():
                # Scales of normalisations and of layers (1e-6 in ConvNeXt, where nothing would come through).
                parameter.uniform_(0.5, 1)
        for module in normalizations:
            module.momentum = None
            module.train()
        network.eval()
        for module in normalizations:
            module.train()
        network(*example(spec.inputs, 8, seed=2).values())
        for module in normalizations:
            module.momentum = 0.1
            module.running_mean += 0.1 * module.running_var.sqrt() * torch.randn_like(module.running_mean)
            module.running_var *= torch.empty_like(module.running_var).uniform_(0.8, 1.25)
    return network.eval()


def export(network: nn.Module, shapes: dict, path: pathlib.Path, dynamo: bool, symbolic: bool, keep: bool = False):
    """Writes a network; `keep` leaves batch normalisation and weights as PyTorch has them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs = example(shapes, 2 if symbolic else 1)
    options = {"input_names": list(inputs), "output_names": ["output"]}
    partial = path.with_suffix(".partial")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            dynamic = tuple({0: torch.export.Dim("batch")} for _ in inputs) if symbolic else None
            program = torch.onnx.export(
                network, tuple(inputs.values()), dynamo=True, dynamic_shapes=dynamic, verbose=False, optimize=not keep,
                **options)
            if keep:
                # The exporter's own clean-up, without its folding of normalisations.
                onnxscript.optimizer.fold_constants(program.model)
                onnxscript.optimizer.remove_unused_nodes(program.model)
            program.save(partial, external_data=False)
        else:
            axes = {name: {0: "batch"} for name in (*inputs, "output")} if symbolic else None
            torch.onnx.export(
                network, tuple(inputs.values()), partial, dynamo=False, dynamic_axes=axes,
                training=torch.onnx.TrainingMode.PRESERVE if keep else torch.onnx.TrainingMode.EVAL,
                do_constant_folding=not keep, **options)
    partial.rename(path)


def write_forms(name: str, folder: pathlib.Path) -> None:
    """Every form that is not there yet."""
    missing = [form for form in FORMS if not (folder / f"{form}.onnx").exists()]
    if missing:
        network = seeded(name)
        for form in missing:
            export(network, NETWORKS[name].inputs, folder / f"{form}.onnx", **FORMS[form])


def gradients(network: nn.Module, mode: str, dtype: torch.dtype, inputs, weights) -> dict:
    """Gradients of sum(weights * output) by parameter; 0 for one that it does not depend on."""
    replica = copy.deepcopy(network).to(dtype)
    if mode == "training":
        for module in replica.modules():
            module.train(isinstance(module, nn.modules.batchnorm._BatchNorm))
    loss = (replica(*(value.to(dtype) for value in inputs)) * weights.to(dtype)).sum()
    loss.backward()
    return {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for name, parameter in replica.named_parameters()}


def write_gradients(name: str, mode: str, folder: pathlib.Path) -> None:
    """A network with its batch normalisation, inputs, and the gradients of a weighted sum of its output, in float64."""
    spec, network = NETWORKS[name], seeded(name)
    shapes, batch = spec.shapes(mode), GRADIENT_BATCH[mode]
    export(network, shapes, folder / "script.onnx", dynamo=False, symbolic=True, keep=True)
    export(network, shapes, folder / "dynamo.onnx", dynamo=True, symbolic=True, keep=True)
    with torch.no_grad():
        shape = network(*example(shapes, batch).values()).shape
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(3)) / shape.numel()
    numpy.save(folder / "output_weights.npy", weights.numpy())
    entries = [{"name": parameter, "norms": [], "float32_errors": []} for parameter, _ in network.named_parameters()]
    for index, (_, value) in enumerate(network.named_parameters()):
        save(folder / "weights" / f"{index}.npy", value)
    for number in range(GRADIENT_SETS):
        inputs = example(shapes, batch, seed=10 + number)
        for index, value in enumerate(inputs.values()):
            save(folder / f"set{number}" / f"input{index}.npy", value)
        exact = gradients(network, mode, torch.float64, inputs.values(), weights)
        rounded = gradients(network, mode, torch.float32, inputs.values(), weights)
        for index, entry in enumerate(entries):
            gradient = exact[entry["name"]]
            save(folder / f"set{number}" / "gradients" / f"{index}.npy", gradient)
            norm = float(gradient.norm())
            entry["norms"].append(norm)
            entry["float32_errors"].append(float((rounded[entry["name"]] - gradient).norm()) / max(norm, 1e-30))
    manifest = {
        "network": name, "mode": mode, "batch": batch, "sets": GRADIENT_SETS, "inputs": list(shapes),
        "parameters": entries}
    # Last, because its presence says that the folder is complete.
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def save(path: pathlib.Path, tensor: torch.Tensor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    numpy.save(path, tensor.detach().to(torch.float32).contiguous().numpy())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--only", nargs="*", default=list(NETWORKS))
    parser.add_argument("--gradients", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name in arguments.only:
        folder = arguments.output / name
        write_forms(name, folder)
        for mode in NETWORKS[name].modes if arguments.gradients else ():
            if not (folder / "gradients" / mode / "manifest.json").exists():
                write_gradients(name, mode, folder / "gradients" / mode)
        print(name, flush=True)


if __name__ == "__main__":
    main()
