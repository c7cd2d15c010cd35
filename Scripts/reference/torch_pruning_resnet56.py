"""Prunes the ResNet-56 of ../shared/models by torch-pruning to a share of its MACs and fine-tunes it in PyTorch.

    python Scripts/reference/torch_pruning_resnet56.py --model FILE-bn.onnx --cifar10 FOLDER --macs 0.5 --epochs N
        [--seed N] [--threads N] [--rate R]

What `Scripts/verify pruning` compares `pare prune` with: the same weights, L1 norms over coupled layers, the same share of
the MACs, the same epochs of plain cross-entropy. torch-pruning does not see that option A's shortcuts pad channels, and
makes a network that does not run; so only the widths inside the blocks are left to it, as in Li et al. (2017). The share
of channels is searched for, and only the last removal is timed. Prints one JSON document last.
"""

import argparse
import copy
import json
import pathlib
import sys
import time

import onnx
import onnx.numpy_helper
import torch
import torch_pruning

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

import cifar10_training  # noqa: E402  (found through the line above)
import resnet20  # noqa: E402

PREPARATION = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
EXAMPLE = (1, 3, 32, 32)


def loaded(path: pathlib.Path) -> torch.nn.Module:
    """ResNet-56 with the weights of an ONNX file that kept its batch normalisation."""
    network = resnet20.ResNet20(blocks=9)
    weights = onnx.load(path).graph.initializer
    state = {tensor.name: torch.tensor(onnx.numpy_helper.to_array(tensor)) for tensor in weights}
    missing = [key for key in network.load_state_dict(state, strict=False).missing_keys if "num_batches" not in key]
    if missing:
        sys.exit(f"{path} lacks {', '.join(missing)}")
    return network.eval()


def pruned(network: torch.nn.Module, ratio: float) -> tuple[torch.nn.Module, float]:
    """A copy that lost this share of the channels within its blocks, and the seconds that it took."""
    network = copy.deepcopy(network)
    kept = [network.conv1, network.linear, *(m.conv2 for m in network.modules() if isinstance(m, resnet20.Block))]
    started = time.perf_counter()
    torch_pruning.pruner.MagnitudePruner(
        network, torch.randn(EXAMPLE), importance=torch_pruning.importance.GroupMagnitudeImportance(p=1),
        global_pruning=False, pruning_ratio=ratio, ignored_layers=kept,
    ).step()
    return network, time.perf_counter() - started


def costs(network: torch.nn.Module) -> tuple[float, float]:
    """MACs and parameters."""
    return torch_pruning.utils.count_ops_and_params(network, torch.randn(EXAMPLE))


def reaching(network: torch.nn.Module, share: float) -> tuple[torch.nn.Module, float]:
    """The network pruned by the smallest share of channels that leaves at most this share of the MACs."""
    limit = share * costs(network)[0]
    for percent in range(1, 100):
        smaller, seconds = pruned(network, percent / 100)
        if costs(smaller)[0] <= limit:
            return smaller, seconds
    sys.exit(f"torch-pruning reaches no {share} of the MACs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--cifar10", type=pathlib.Path, required=True, help="folder with train/ and test/")
    parser.add_argument("--macs", type=float, default=0.5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)

    network = loaded(arguments.model)
    macs = costs(network)[0]
    smaller, seconds = reaching(network, arguments.macs)
    macs_left, parameters = costs(smaller)
    test = cifar10_training.pixels(arguments.cifar10, "test")
    top1_pruned = cifar10_training.accuracy(smaller, *test, PREPARATION)
    if arguments.epochs:
        training = {
            "rate": arguments.rate, "batch_size": 128, "weight_decay": 1e-4, "precision": arguments.precision,
        }
        images = cifar10_training.pixels(arguments.cifar10, "train")
        smaller = smaller.to(memory_format=torch.channels_last)
        cifar10_training.fit(smaller, *images, training, PREPARATION, epochs=arguments.epochs, seed=arguments.seed)
    print(json.dumps({
        "macs": macs_left, "macs_share": macs_left / macs, "parameters": parameters, "seconds": seconds,
        "top1_pruned": top1_pruned, "top1": cifar10_training.accuracy(smaller, *test, PREPARATION),
        "torch_pruning": torch_pruning.__version__, "pytorch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
