"""One training step of a network in PyTorch, as one JSON document on standard output.

Forward, backward and SGD with momentum and weight decay, channels-last, on one batch that stays in memory; float32, or
bfloat16 by autocast; eager, or compiled by torch.compile. `growth_mib` is how much the most resident memory grew from the
network's making to the end.
"""

import argparse
import pathlib
import resource
import sys
import time

import torch
from torch.nn import functional

import timing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Scripts" / "reference"))

import densenet40  # noqa: E402  (found through the line above)
import resnet20  # noqa: E402


def mobilenet_v2() -> torch.nn.Module:
    """torchvision's, in the form for 32 pixels: stride 1 in the stem and in the first stage of 24 channels."""
    import torchvision

    network = torchvision.models.mobilenet_v2(num_classes=10)
    network.features[0][0].stride = (1, 1)
    network.features[2].conv[1][0].stride = (1, 1)
    return network


NETWORKS = {"resnet20": resnet20.ResNet20, "mobilenet_v2": mobilenet_v2, "densenet40": densenet40.DenseNet40}


def resident_mib() -> float:
    """The most memory that was resident so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=NETWORKS, default="resnet20")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--warm-up-seconds", type=float, default=2)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    network = NETWORKS[arguments.network]().train().to(memory_format=torch.channels_last)
    before = resident_mib()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    images = torch.randn(arguments.batch, 3, 32, 32).to(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (arguments.batch,))
    forward = torch.compile(network) if arguments.compile else network

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=arguments.precision == "bf16"):
            loss = functional.cross_entropy(forward(images), labels)
        loss.backward()
        optimizer.step()

    started = time.perf_counter()
    step()
    compile_ms = (time.perf_counter() - started) * 1e3
    latency = timing.latency_ms(step, arguments.seconds, arguments.warm_up_seconds)
    timing.report(arguments.batch, arguments.threads, latency, compile_ms, growth_mib=resident_mib() - before)


if __name__ == "__main__":
    main()
