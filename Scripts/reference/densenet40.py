"""DenseNet-40 for CIFAR (Huang et al. 2017, table 2: growth 12, no bottlenecks, no compression) in PyTorch."""

import torch
from torch import nn
from torch.nn import functional

GROWTH = 12
STEM = 16
LAYERS = 12


class Layer(nn.Module):
    """What it read, and behind it what it makes of that: normalisation, ReLU, 3x3 convolution."""

    def __init__(self, inputs: int):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, GROWTH, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.conv1(functional.relu(self.norm1(x)))], 1)


class DenseNet40(nn.Module):
    """1,019,722 parameters; input batch x 3 x 32 x 32, output batch x classes."""

    def __init__(self, classes: int = 10):
        super().__init__()
        parts, channels = [nn.Conv2d(3, STEM, 3, padding=1, bias=False)], STEM
        for block in range(3):
            for _ in range(LAYERS):
                parts.append(Layer(channels))
                channels += GROWTH
            parts += [nn.BatchNorm2d(channels), nn.ReLU()]
            if block < 2:
                parts += [nn.Conv2d(channels, channels, 1, bias=False), nn.AvgPool2d(2)]
        self.features = nn.Sequential(*parts)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(functional.adaptive_avg_pool2d(self.features(x), 1).flatten(1))
