"""One training step of ResNet-20 in PyTorch eager, as one JSON document on standard output.

Forward, backward and SGD with momentum and weight decay, float32, channels-last, on one batch that stays in memory.
"""

import argparse
import pathlib
import sys

import torch
from torch.nn import functional

import timing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Scripts" / "reference"))

import resnet20  # noqa: E402  (found through the line above)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--warm-up-seconds", type=float, default=2)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    network = resnet20.seeded().train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    images = torch.randn(arguments.batch, 3, 32, 32).to(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (arguments.batch,))

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    timing.report(
        arguments.batch, arguments.threads, timing.latency_ms(step, arguments.seconds, arguments.warm_up_seconds)
    )


if __name__ == "__main__":
    main()
