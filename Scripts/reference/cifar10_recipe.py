"""Trains a network in PyTorch by the numbers of a recipe for CIFAR-10: what `pare train --recipe` is compared with.

    python Scripts/reference/cifar10_recipe.py Recipes/NAME.yaml --cifar10 FOLDER [--epochs N] [--seed N] [--threads N]
        [--checkpoint FILE]

NAME is resnet20 or squeezenet1_1. The same network and initialisation (He by inputs), trained as cifar10_training.py
says. The random numbers are PyTorch's own, so that single runs differ by some tenths of a percent. Prints a JSON line an
epoch, and the top-1 on the test images last.
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
import squeezenet  # noqa: E402

NETWORKS = {
    "zoo:resnet20": resnet20.seeded,
    "zoo:squeezenet1_1?form=cifar&bypass=simple": squeezenet.seeded,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=pathlib.Path)
    parser.add_argument("--cifar10", type=pathlib.Path, required=True, help="folder with train/ and test/")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--checkpoint", type=pathlib.Path, help="where each epoch's end is kept, and found again")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = recipes.read(arguments.recipe)
    training = recipe["training"]
    if recipe["model"] not in NETWORKS:
        sys.exit(f"{recipe['model']} is not written in PyTorch here; there are {', '.join(NETWORKS)}")
    if training["schedule"] != "onecycle" or training["augmentation"] != "crop-flip":
        sys.exit("the recipe has a schedule or an augmentation that this script does not know")

    images, labels = cifar10_training.pixels(arguments.cifar10, "train")
    test = cifar10_training.pixels(arguments.cifar10, "test")
    network = NETWORKS[recipe["model"]](arguments.seed).to(memory_format=torch.channels_last)
    epochs = arguments.epochs or training["epochs"]
    cifar10_training.fit(
        network, images, labels, training, recipe, epochs=epochs, seed=arguments.seed, checkpoint=arguments.checkpoint
    )
    top1 = cifar10_training.accuracy(network, *test, recipe)
    print(json.dumps({"top1": top1, "pytorch": torch.__version__}))


if __name__ == "__main__":
    main()
