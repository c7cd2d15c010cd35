"""SqueezeNet 1.1 of `zoo:squeezenet1_1?form=cifar&bypass=simple` in PyTorch: torchvision's, with paths around modules."""

import torch
import torchvision
from torch import nn
from torchvision.models.squeezenet import Fire


class Bypassed(nn.Module):
    """A module whose ends are alike, and its input added to its output (Iandola et al. 2016, figure 2)."""

    def __init__(self, module: nn.Module):
        super().__init__()
        self.module = module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.module(x)


def seeded(seed: int = 0) -> nn.Module:
    """The network for 32 x 32 pixels and ten classes, with weights drawn from a seed."""
    torch.manual_seed(seed)
    network = torchvision.models.squeezenet1_1(num_classes=10)
    stem = nn.Conv2d(3, 64, 3, stride=1, padding=1)
    nn.init.kaiming_uniform_(stem.weight)
    nn.init.zeros_(stem.bias)
    network.features[0] = stem
    for place, module in enumerate(network.features):
        if isinstance(module, Fire):
            outputs = module.expand1x1.out_channels + module.expand3x3.out_channels
            if module.squeeze.in_channels == outputs:
                network.features[place] = Bypassed(module)
    return network
