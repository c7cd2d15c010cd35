"""Trains ResNet-20 in PyTorch by the numbers of Recipes/resnet20.yaml: what `pare train --recipe` is compared with.

    python Scripts/reference/resnet20_recipe.py --cifar10 FOLDER [--epochs N] [--seed N] [--threads N]

The same network and initialisation (He by inputs), trained as cifar10_training.py says. The random numbers are PyTorch's
own, so that single runs differ by some tenths of a percent. Prints a JSON line an epoch, and the top-1 on the test images
last.
"""

import argparse
import json
import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

import cifar10_training  # noqa: E402  (found through the lines above)
import recipe as recipes  # noqa: E402
import resnet20  # noqa: E402


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

    images, labels = cifar10_training.pixels(arguments.cifar10, "train")
    test = cifar10_training.pixels(arguments.cifar10, "test")
    network = resnet20.seeded(arguments.seed).to(memory_format=torch.channels_last)
    epochs = arguments.epochs or training["epochs"]
    cifar10_training.fit(network, images, labels, training, recipe, epochs=epochs, seed=arguments.seed)
    top1 = cifar10_training.accuracy(network, *test, recipe)
    print(json.dumps({"top1": top1, "pytorch": torch.__version__}))


if __name__ == "__main__":
    main()
