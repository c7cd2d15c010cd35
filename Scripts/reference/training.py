"""Prints the figures of Tests/TrainingTests that come from PyTorch: losses and final weights of a dense layer trained on
eight samples by each optimizer and schedule, and the rates of OneCycleLR, MultiStepLR and CosineAnnealingLR.

    python Scripts/reference/training.py
"""

import torch
from torch import nn

SAMPLES, FEATURES, CLASSES, UPDATES = 8, 4, 3, 10


def inputs():
    """x[n, f] = ((7 n + 3 f) mod 11) / 11, label n mod 3."""
    x = [[((7 * n + 3 * f) % 11) / 11 for f in range(FEATURES)] for n in range(SAMPLES)]
    return torch.tensor(x, dtype=torch.float64), torch.tensor([n % CLASSES for n in range(SAMPLES)])


def layer():
    """w[c, f] = ((5 c + 2 f) mod 7) / 7 - 0.4, bias 0."""
    dense = nn.Linear(FEATURES, CLASSES).double()
    with torch.no_grad():
        for c in range(CLASSES):
            for f in range(FEATURES):
                dense.weight[c, f] = ((5 * c + 2 * f) % 7) / 7 - 0.4
        dense.bias.zero_()
    return dense


def swift(values):
    return "[" + ", ".join(f"{value:.8f}" for value in values) + "]"


def train(name, make_optimizer, make_schedule=None, smoothing=0.0, clip=None):
    x, labels = inputs()
    dense = layer()
    optimizer = make_optimizer(dense.parameters())
    schedule = make_schedule(optimizer) if make_schedule else None
    criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
    losses = []
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss = criterion(dense(x), labels)
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(dense.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
        if schedule:
            schedule.step()
    print(name)
    print("  losses", swift(losses))
    print("  weights", swift(dense.weight.flatten().tolist()))
    print("  bias", swift(dense.bias.tolist()))


def rates(name, make_schedule, updates):
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    schedule = make_schedule(optimizer)
    values = []
    for _ in range(updates):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step() if len(values) < updates else None
    print(name, swift(values))


optim, sched = torch.optim, torch.optim.lr_scheduler
train("sgd", lambda p: optim.SGD(p, lr=0.5, momentum=0.9, weight_decay=0.01))
train("sgd nesterov, smoothing", lambda p: optim.SGD(p, lr=0.5, momentum=0.9, nesterov=True), smoothing=0.1)
train("adam", lambda p: optim.Adam(p, lr=0.05, weight_decay=0.01))
train("adamw", lambda p: optim.AdamW(p, lr=0.05, weight_decay=0.1))
train(
    "sgd onecycle, clipped", lambda p: optim.SGD(p, lr=0.5, momentum=0.9),
    lambda o: sched.OneCycleLR(o, max_lr=0.5, total_steps=UPDATES, cycle_momentum=False), clip=0.2)
rates("onecycle 20", lambda o: sched.OneCycleLR(o, max_lr=1.0, total_steps=20, cycle_momentum=False), 20)
rates("step 12", lambda o: sched.MultiStepLR(o, milestones=[6, 9], gamma=0.1), 12)
rates("cosine 8", lambda o: sched.CosineAnnealingLR(o, T_max=8), 8)
logits = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, -0.3]], dtype=torch.float64)
for smoothing in (0.0, 0.1):
    loss = nn.CrossEntropyLoss(label_smoothing=smoothing)(logits, torch.tensor([0, 2]))
    print("cross-entropy", smoothing, f"{loss.item():.8f}")
