"""Trains PyTorch networks on CIFAR-10's JPEG files the way `pare train` does: shared by the scripts beside.

Images are shifted by up to four pixels over black and mirrored half of the time, the order is drawn anew each epoch and
what fills no batch is left out, the rate makes one cycle and the momentum none, behind a warm-up where there is one,
steps are Nesterov's or AdamW's, weights are decayed but biases and normalisations are not, and products are bfloat16 where
asked for (autocast).
"""

import json
import pathlib
import sys
import time

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

import cifar10

PAD = 4


def pixels(folder: pathlib.Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """All images of a split as bytes (count x 3 x 32 x 32), and their labels."""
    entries = cifar10.listing(folder, split)
    images = numpy.stack([numpy.asarray(Image.open(path).convert("RGB")) for path, _ in entries])
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.tensor([label for _, label in entries])


def normalised(images: torch.Tensor, preparation: dict) -> torch.Tensor:
    """Pixels on [0, 1] minus `mean`, divided by `std`."""
    mean, std = (torch.tensor(preparation[key]).reshape(1, 3, 1, 1) for key in ("mean", "std"))
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


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict]:
    """Weights are decayed; biases and what normalisations learn are not."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0},
    ]


def accuracy(network: nn.Module, images: torch.Tensor, labels: torch.Tensor, preparation: dict) -> float:
    """Top-1 as a share, in float32."""
    network.eval()
    with torch.no_grad():
        correct = sum(
            int((network(normalised(images[start : start + 500], preparation)).argmax(1) == labels[start : start + 500]).sum())
            for start in range(0, len(images), 500)
        )
    return correct / len(images)


def stepping(network: nn.Module, training: dict) -> torch.optim.Optimizer:
    """The optimizer that the recipe names: SGD with Nesterov's step, unless it says AdamW."""
    text = training.get("optimizer", "{sgd: {momentum: 0.9, nesterov: true}}")
    groups = parameter_groups(network, training["weight_decay"])
    if "sgd: {momentum: 0.9, nesterov: true}" in text:
        return torch.optim.SGD(groups, lr=training["rate"], momentum=0.9, nesterov=True)
    if "adamw: {beta1: 0.9, beta2: 0.999, epsilon: 0.00000001}" in text:
        return torch.optim.AdamW(groups, lr=training["rate"], betas=(0.9, 0.999), eps=1e-8)
    sys.exit(f"the optimizer {text} is not known here")


def scheduled(
    optimizer: torch.optim.Optimizer, training: dict, *, epochs: int, batches: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """One cycle; in a warm-up before it the rate rises to the cycle's first."""
    warmup = round(training.get("warmup_epochs", 0) * batches)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=training["rate"], total_steps=epochs * batches - warmup, cycle_momentum=False
    )
    if not warmup:
        return cycle
    rise = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / warmup, 1, total_iters=warmup - 1)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, cycle], milestones=[warmup])


def fit(
    network: nn.Module, images: torch.Tensor, labels: torch.Tensor, training: dict, preparation: dict,
    *, epochs: int, seed: int, checkpoint: pathlib.Path | None = None,
) -> None:
    """Trains by a recipe's numbers; prints a JSON line an epoch.

    Each epoch's end goes to `checkpoint`, and a training that finds one goes on from there.
    """
    batch = training["batch_size"]
    batches = len(images) // batch
    optimizer = stepping(network, training)
    schedule = scheduled(optimizer, training, epochs=epochs, batches=batches)
    generator = torch.Generator().manual_seed(seed)
    first, parts = 1, {"network": network, "optimizer": optimizer, "schedule": schedule}
    if checkpoint and checkpoint.exists():
        state = torch.load(checkpoint)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        generator.set_state(state["generator"])
        first = state["epoch"] + 1
    for epoch in range(first, epochs + 1):
        network.train()
        started, total = time.perf_counter(), 0.0
        order = torch.randperm(len(images), generator=generator)
        for step in range(batches):
            chosen = order[step * batch : (step + 1) * batch]
            x = normalised(varied(images[chosen], generator), preparation).to(memory_format=torch.channels_last)
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=training["precision"] == "bf16"):
                loss = functional.cross_entropy(network(x), labels[chosen])
            loss.backward()
            if "clip_norm" in training:
                nn.utils.clip_grad_norm_(network.parameters(), training["clip_norm"])
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        seconds = time.perf_counter() - started
        record = {
            "epoch": epoch, "train_loss": total / batches, "seconds": seconds,
            "images_per_second": batches * batch / seconds,
        }
        print(json.dumps(record), flush=True)
        if checkpoint:
            state = {name: part.state_dict() for name, part in parts.items()}
            beside = checkpoint.with_suffix(".unfinished")
            torch.save({**state, "generator": generator.get_state(), "epoch": epoch}, beside)
            beside.rename(checkpoint)
