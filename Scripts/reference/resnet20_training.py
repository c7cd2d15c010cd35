"""Writes losses, gradients and updates of ResNet-20 training steps, as PyTorch computes them (see README.md here)."""

import argparse
import copy
import json
import pathlib
import sys

import numpy
import torch
from torch.nn import functional

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

import cifar10  # noqa: E402  (found through the lines above)
import resnet20  # noqa: E402

BATCH = 128
LAST_STEP = 50
POINTS = (0, 10, 50)
MEAN_FROM = 40
SGD = {"lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4, "nesterov": False}


def save_all(folder: pathlib.Path, tensors: dict[str, torch.Tensor]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, tensor in tensors.items():
        numpy.save(folder / f"{name}.npy", tensor.detach().to(torch.float32).contiguous().numpy())


def one_step(network, optimizer, x, labels) -> float:
    network.train()
    optimizer.zero_grad()
    loss = functional.cross_entropy(network(x), labels)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def stepped_copy(network, x, labels, dtype=torch.float32, layout=torch.contiguous_format):
    """A copy in the given precision and layout after one update from zero momentum, and the loss before it."""
    replica = copy.deepcopy(network).to(dtype).to(memory_format=layout)
    loss = one_step(replica, torch.optim.SGD(replica.parameters(), **SGD), x.to(dtype).to(memory_format=layout), labels)
    return replica, loss


def gradient_errors(network, exact: dict[str, torch.Tensor]) -> dict[str, float]:
    """Norm of the difference over norm, of every parameter's gradient."""
    return {name: float((p.grad - exact[name]).norm() / exact[name].norm()) for name, p in network.named_parameters()}


def write_point(folder: pathlib.Path, step: int, network, x, labels) -> dict:
    folder.mkdir(parents=True, exist_ok=True)
    resnet20.export(copy.deepcopy(network), folder / "model.onnx")
    exact, loss = stepped_copy(network, x, labels, torch.float64)
    rounded, rounded_loss = stepped_copy(network, x, labels)
    rounded_last, _ = stepped_copy(network, x, labels, layout=torch.channels_last)
    gradients = {name: value.grad for name, value in exact.named_parameters()}
    save_all(folder / "gradients", gradients)
    save_all(folder / "updated", dict(exact.named_parameters()))
    save_all(folder / "running", {n: b for n, b in exact.named_buffers() if not n.endswith("num_batches_tracked")})
    return {
        "name": folder.name,
        "step": step,
        "loss": loss,
        "float32_loss": rounded_loss,
        "float32_gradient_errors": gradient_errors(rounded, gradients),
        "float32_channels_last_gradient_errors": gradient_errors(rounded_last, gradients),
    }


def free_run(network, batches, at_point=None) -> numpy.ndarray:
    optimizer = torch.optim.SGD(network.parameters(), **SGD)
    losses = []
    for step, (x, labels) in enumerate(batches):
        if at_point and step in POINTS:
            at_point(step, network, x, labels)
        losses.append(one_step(network, optimizer, x, labels))
    return numpy.array(losses, dtype=numpy.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cifar10", type=pathlib.Path, required=True, help="folder with train/ and test/")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    output = arguments.output
    torch.set_num_threads(arguments.threads)
    torch.use_deterministic_algorithms(True)

    entries = cifar10.listing(arguments.cifar10, "train")
    chosen = numpy.random.default_rng(0).permutation(len(entries))[: BATCH * (LAST_STEP + 1)].reshape(-1, BATCH)
    (output / "batches").mkdir(parents=True, exist_ok=True)
    batches = []
    for step, indices in enumerate(chosen):
        x, labels = cifar10.load([entries[index] for index in indices])
        numpy.save(output / "batches" / f"{step:03d}.x.npy", x)
        numpy.save(output / "batches" / f"{step:03d}.labels.npy", labels)
        batches.append((torch.from_numpy(x), torch.from_numpy(labels)))

    points = []
    network = resnet20.seeded()
    losses = free_run(
        network, batches, lambda step, *rest: points.append(write_point(output / f"step{step:02d}", step, *rest))
    )
    perturbed = resnet20.seeded()
    with torch.no_grad():
        for value in perturbed.parameters():
            value.mul_(1 + 1e-6 * torch.randn_like(value))
    losses_perturbed = free_run(perturbed, batches)
    numpy.save(output / "losses.npy", losses)
    numpy.save(output / "losses_perturbed.npy", losses_perturbed)

    manifest = {
        "pytorch": torch.__version__,
        "batch": BATCH,
        "steps": LAST_STEP + 1,
        "learning_rate": SGD["lr"],
        "momentum": SGD["momentum"],
        "nesterov": SGD["nesterov"],
        "weight_decay": SGD["weight_decay"],
        "parameters": [name for name, _ in network.named_parameters()],
        "points": points,
        "free_running_mean": {
            "first_step": MEAN_FROM,
            "last_step": LAST_STEP,
            "loss": float(losses[MEAN_FROM:].mean()),
            "perturbed_loss": float(losses_perturbed[MEAN_FROM:].mean()),
        },
    }
    (output / "README.md").write_text((HERE / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    # Last, because its presence says that the folder is complete.
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for point in points:
        largest = [max(point[f"{form}_gradient_errors"].values()) for form in ("float32", "float32_channels_last")]
        print(f"{point['name']}: loss {point['loss']:.6f}, PyTorch's own float32 error {largest[0]:.1e},", end=" ")
        print(f"channels-last {largest[1]:.1e}")
    print(json.dumps(manifest["free_running_mean"]))


if __name__ == "__main__":
    main()
