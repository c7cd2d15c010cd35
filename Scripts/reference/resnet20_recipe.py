"""Trains ResNet-20 in PyTorch by the numbers of Recipes/resnet20.yaml: what `pare train --recipe` is compared with.

    python Scripts/reference/resnet20_recipe.py --cifar10 FOLDER [--epochs N] [--seed N] [--threads N]

The same network and initialisation (He by inputs), the same images (shifted by up to four pixels over black and mirrored
half of the time), order drawn anew each epoch with what fills no batch left out, one cycle of the rate without one of the
momentum, Nesterov's step, decay of weights but not of biases and normalisations, bfloat16 where the recipe says so
(autocast). The random numbers are PyTorch's own, so that single runs differ by some tenths of a percent. Prints a JSON
line an epoch, and the top-1 on the test images last.
"""

import argparse
import json
import pathlib
import sys
import time

import numpy
import torch
from PIL import Image
from torch.nn import functional

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

import cifar10  # noqa: E402  (found through the lines above)
import recipe as recipes  # noqa: E402
import resnet20  # noqa: E402

PAD = 4


def pixels(folder: pathlib.Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """All images of a split as bytes (count x 3 x 32 x 32), and their labels."""
    entries = cifar10.listing(folder, split)
    images = numpy.stack([numpy.asarray(Image.open(path).convert("RGB")) for path, _ in entries])
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.tensor([label for _, label in entries])


def normalised(images: torch.Tensor, recipe: dict) -> torch.Tensor:
    mean, std = (torch.tensor(recipe[key]).reshape(1, 3, 1, 1) for key in ("mean", "std"))
    return (images.float() / 255 - mean) / std


def varied(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image cropped at random from itself with a border of black pixels, and mirrored half of the time."""
    count, size = images.shape[0], images.shape[2]
    padded = functional.pad(images, (PAD, PAD, PAD, PAD))
    corners = torch.randint(0, 2 * PAD + 1, (count, 2), generator=generator).tolist()
    mirrored = (torch.rand(count, generator=generator) < 0.5).tolist()
    result = torch.empty_like(images)
    for index, ((top, left), is_mirrored) in enumerate(zip(corners, mirrored, strict=True)):
        crop = padded[index, :, top : top + size, left : left + size]
        result[index] = crop.flip(2) if is_mirrored else crop
    return result


def parameter_groups(network: torch.nn.Module, weight_decay: float) -> list[dict]:
    """Weights are decayed; biases and what normalisations learn are not."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0},
    ]


def accuracy(network: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor, recipe: dict) -> float:
    network.eval()
    with torch.no_grad():
        correct = sum(
            int((network(normalised(images[start : start + 500], recipe)).argmax(1) == labels[start : start + 500]).sum())
            for start in range(0, len(images), 500)
        )
    return correct / len(images)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cifar10", type=pathlib.Path, required=True, help="folder with train/ and test/")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = recipes.read(HERE.parents[1] / "Recipes" / "resnet20.yaml")
    training = recipe["training"]
    expected = {"schedule": "onecycle", "augmentation": "crop-flip"}
    is_known = all(training[key] == value for key, value in expected.items())
    if not is_known or "sgd: {momentum: 0.9, nesterov: true}" not in training["optimizer"]:
        sys.exit("the recipe has a schedule, optimizer or augmentation that this script does not know")
    epochs, batch = arguments.epochs or training["epochs"], training["batch_size"]
    is_mixed = training["precision"] == "bf16"

    images, labels = pixels(arguments.cifar10, "train")
    test = pixels(arguments.cifar10, "test")
    network = resnet20.seeded(arguments.seed).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        parameter_groups(network, training["weight_decay"]), lr=training["rate"], momentum=0.9, nesterov=True
    )
    batches = len(images) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=training["rate"], total_steps=epochs * batches, cycle_momentum=False
    )
    generator = torch.Generator().manual_seed(arguments.seed)
    for epoch in range(1, epochs + 1):
        network.train()
        started, total = time.perf_counter(), 0.0
        order = torch.randperm(len(images), generator=generator)
        for step in range(batches):
            chosen = order[step * batch : (step + 1) * batch]
            x = normalised(varied(images[chosen], generator), recipe).to(memory_format=torch.channels_last)
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_mixed):
                loss = functional.cross_entropy(network(x), labels[chosen])
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        seconds = time.perf_counter() - started
        record = {
            "epoch": epoch, "train_loss": total / batches, "seconds": seconds,
            "images_per_second": batches * batch / seconds,
        }
        print(json.dumps(record), flush=True)
    print(json.dumps({"top1": accuracy(network, *test, recipe), "pytorch": torch.__version__}))


if __name__ == "__main__":
    main()
