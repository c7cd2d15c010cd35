"""Parameters and multiply-accumulates of the zoo's networks, counted without Pare.

    python Scripts/reference/zoo-costs.py

prints `name parameters MACs` a line: for networks that torchvision has from torchvision's modules (shapes only, no
weights), for the others from a ledger that follows the papers' tables (or the code named at each function) with plain
arithmetic. These are the figures of Tests/ZooTests/ZooSizeTests.swift. MACs count convolutions and dense layers only.
"""

import torch
import torchvision


def torchvision_costs(name: str, size: int) -> tuple[int, int]:
    """Parameters and MACs of one of torchvision's networks for a square image."""
    with torch.device("meta"):
        options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        network = torchvision.models.get_model(name, weights=None, **options).eval()
        macs = 0

        def count(module, _, output):
            nonlocal macs
            macs += output.numel() * module.weight[0].numel()

        for module in network.modules():
            if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
                module.register_forward_hook(count)
        network(torch.empty(1, 3, size, size))
    return sum(parameter.numel() for parameter in network.parameters()), macs


class Ledger:
    """Adds up what layers cost while a square image of `channels` x `size` x `size` passes through them."""

    def __init__(self, channels: int, size: int):
        self.channels, self.size, self.parameters, self.macs = channels, size, 0, 0

    def conv(self, outputs, kernel, stride=1, pad=None, groups=1, bias=False, norm=True, inputs=None, keep=False):
        """A convolution, usually with batch normalisation; `keep` leaves channels and size as they were (a branch)."""
        inputs = self.channels if inputs is None else inputs
        pad = kernel // 2 if pad is None else pad
        size = (self.size + 2 * pad - kernel) // stride + 1
        weights = outputs * (inputs // groups) * kernel * kernel
        self.parameters += weights + (outputs if bias else 0) + (2 * outputs if norm else 0)
        self.macs += weights * size * size
        if not keep:
            self.channels, self.size = outputs, size
        return self

    def depthwise(self, kernel, stride=1, pad=None, norm=True):
        return self.conv(self.channels, kernel, stride, pad, groups=self.channels, norm=norm)

    def norm(self):
        self.parameters += 2 * self.channels
        return self

    def pool(self, kernel, stride, pad=0):
        self.size = (self.size + 2 * pad - kernel) // stride + 1
        return self

    def dense(self, outputs, inputs=None, bias=True):
        inputs = self.channels if inputs is None else inputs
        self.parameters += inputs * outputs + (outputs if bias else 0)
        self.macs += inputs * outputs
        self.channels = outputs
        return self

    def squeeze_excite(self, squeezed):
        """Two 1x1 convolutions with bias on one pixel."""
        self.parameters += 2 * self.channels * squeezed + squeezed + self.channels
        self.macs += 2 * self.channels * squeezed
        return self

    @property
    def costs(self):
        return self.parameters, self.macs


def divisible(value, divisor=8):
    """Rounds to a multiple, never below 90 % of the value (MobileNetV2's code)."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def xception(size=299, classes=1000):
    net = Ledger(3, size).conv(32, 3, 2, 0).conv(64, 3, 1, 0)

    def separable(outputs):
        net.depthwise(3, norm=False).conv(outputs, 1)

    def block(first, outputs, stride):
        net.conv(outputs, 1, stride, keep=True)
        separable(first)
        separable(outputs)
        net.pool(3, stride, 1)

    for outputs in (128, 256, 728):
        block(outputs, outputs, 2)
    for _ in range(24):
        separable(728)
    block(728, 1024, 2)
    separable(1536)
    separable(2048)
    return net.dense(classes).costs


def mobilenet_v1(width=1.0, size=224, classes=1000):
    net = Ledger(3, size).conv(divisible(32 * width), 3, 2)
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for outputs, stride in plan:
        net.depthwise(3, stride).conv(divisible(outputs * width), 1)
    return net.dense(classes).costs


def mobilenet_v2(width=1.0, size=224, classes=1000):
    net = Ledger(3, size).conv(divisible(32 * width), 3, 2)
    for expansion, outputs, count, stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)
    ):
        for index in range(count):
            if expansion > 1:
                net.conv(net.channels * expansion, 1)
            net.depthwise(3, stride if index == 0 else 1).conv(divisible(outputs * width), 1)
    return net.conv(divisible(1280 * max(1, width)), 1).dense(classes).costs


def shufflenet_v1(groups, scale, size=224, classes=1000):
    """megvii-model/ShuffleNet-Series: no bias in the classifier."""
    base = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}[groups]
    stem = {(3, 0.5): 12, (8, 0.5): 16}.get((groups, scale), int(24 * max(scale, 1)))
    net = Ledger(3, size).conv(stem, 3, 2).pool(3, 2, 1)
    for stage, repeats in enumerate((4, 8, 4)):
        outputs = int(base * scale) << stage
        for index in range(repeats):
            inputs, middle = net.channels, outputs // 4
            net.conv(middle, 1, groups=1 if stage == 0 and index == 0 else groups)
            net.depthwise(3, 2 if index == 0 else 1)
            net.conv(outputs - inputs if index == 0 else outputs, 1, groups=groups)
            net.channels = outputs
    return net.dense(classes, bias=False).costs


def ghostnet(width=1.0, size=224, classes=1000):
    net = Ledger(3, size).conv(divisible(16 * width, 4), 3, 2)

    def ghost(outputs):
        primary = -(-outputs // 2)
        net.conv(primary, 1).conv(primary, 3, groups=primary)
        net.channels = outputs

    for kernel, expanded, outputs, excited, stride in (
        (3, 16, 16, 0, 1), (3, 48, 24, 0, 2), (3, 72, 24, 0, 1), (5, 72, 40, 1, 2), (5, 120, 40, 1, 1),
        (3, 240, 80, 0, 2), (3, 200, 80, 0, 1), (3, 184, 80, 0, 1), (3, 184, 80, 0, 1), (3, 480, 112, 1, 1),
        (3, 672, 112, 1, 1), (5, 672, 160, 1, 2), (5, 960, 160, 0, 1), (5, 960, 160, 1, 1), (5, 960, 160, 0, 1),
        (5, 960, 160, 1, 1),
    ):
        inputs, before = net.channels, net.size
        expanded, outputs = divisible(expanded * width, 4), divisible(outputs * width, 4)
        ghost(expanded)
        if stride > 1:
            net.depthwise(kernel, stride)
        if excited:
            net.squeeze_excite(divisible(expanded / 4, 4))
        ghost(outputs)
        if stride > 1 or inputs != outputs:
            after = net.size
            net.channels, net.size = inputs, before
            net.depthwise(kernel, stride).conv(outputs, 1)
            assert net.size == after
    net.conv(divisible(960 * width, 4), 1)
    net.size = 1
    return net.conv(1280, 1, bias=True, norm=False).dense(classes).costs


def ceil8(value):
    return -(-int(value) // 8) * 8


ASYMM_LARGE = (
    (3, 16, 16, 0, 1), (3, 64, 24, 0, 2), (3, 72, 24, 0, 1), (5, 72, 40, 1, 2), (5, 120, 40, 1, 1), (5, 120, 40, 1, 1),
    (3, 240, 80, 0, 2), (3, 200, 80, 0, 1), (3, 184, 80, 0, 1), (3, 184, 80, 0, 1), (3, 480, 112, 1, 1),
    (3, 672, 112, 1, 1), (5, 672, 160, 1, 2), (5, 960, 160, 1, 1), (5, 960, 160, 1, 1),
)
ASYMM_SMALL = (
    (3, 16, 16, 1, 2), (3, 72, 24, 0, 2), (3, 88, 24, 0, 1), (5, 96, 40, 1, 2), (5, 240, 40, 1, 1), (5, 240, 40, 1, 1),
    (5, 120, 48, 1, 1), (5, 144, 48, 1, 1), (5, 288, 96, 1, 2), (5, 576, 96, 1, 1), (5, 576, 96, 1, 1),
)


def asymmnet(table, last, size=224, classes=1000):
    """Spark001/AsymmNet: the expansion makes exp - in channels, and the input is concatenated on both sides."""
    net = Ledger(3, size).conv(16, 3, 2)
    for kernel, expanded, outputs, excited, stride in table:
        inputs = net.channels
        if expanded > inputs:
            net.conv(expanded - inputs, 1)
            net.channels = expanded + inputs
        net.depthwise(kernel, stride)
        if excited:
            net.squeeze_excite(ceil8(net.channels // 4))
        net.conv(outputs, 1)
    net.conv(last, 1)
    net.size = 1
    return net.conv(1280, 1, norm=False).dense(classes).costs


def repvgg(blocks, a, b, plain=False, size=224, classes=1000):
    net = Ledger(3, size)
    widths = [int(min(64, 64 * a)), int(64 * a), int(128 * a), int(256 * a), int(512 * b)]
    for width, count in zip(widths, (1, *blocks), strict=True):
        for index in range(count):
            stride = 2 if index == 0 else 1
            if plain:
                net.conv(width, 3, stride, bias=True, norm=False)
                continue
            if stride == 1 and net.channels == width:
                net.norm()
            net.conv(width, 1, stride, keep=True).conv(width, 3, stride)
    return net.dense(classes).costs


def cifar_resnet(depth, shortcut, classes=10):
    net = Ledger(3, 32).conv(16, 3)
    for stage, width in enumerate((16, 32, 64)):
        for index in range((depth - 2) // 6):
            stride = 2 if stage and index == 0 else 1
            if shortcut == "B" and stride == 2:
                net.conv(width, 1, 2, keep=True)
            net.conv(width, 3, stride).conv(width, 3)
    return net.dense(classes).costs


def imagenet_resnet(counts, bottleneck=False, preactivated=False, form="imagenet", size=224, classes=1000):
    """He et al. 2016: with preactivation (Identity mappings) normalisations stand in front of the convolutions."""
    net = Ledger(3, size)
    stem_norm = not preactivated
    if form == "imagenet":
        net.conv(64, 7, 2, norm=stem_norm).pool(3, 2, 1)
    else:
        net.conv(64, 3, norm=stem_norm)
    for stage, count in enumerate(counts):
        width = 64 << stage
        for index in range(count):
            stride = 2 if stage and index == 0 else 1
            outputs = width * (4 if bottleneck else 1)
            if preactivated:
                net.norm()
            if stride > 1 or net.channels != outputs:
                net.conv(outputs, 1, stride, norm=not preactivated, keep=True)
            # With preactivation the last convolution's normalisation is the next block's, counted there.
            if bottleneck:
                net.conv(width, 1).conv(width, 3, stride).conv(outputs, 1, norm=not preactivated)
            else:
                net.conv(width, 3, stride).conv(width, 3, norm=not preactivated)
    if preactivated:
        net.norm()
    return net.dense(classes).costs


def preact_cifar(depth, classes=10):
    """He et al. 2016, Identity mappings: 16, 32, 64 channels; bottlenecks of four times that from 164 layers on."""
    bottleneck = depth % 9 == 2 and depth >= 164
    net = Ledger(3, 32).conv(16, 3, norm=False)
    for stage, width in enumerate((16, 32, 64)):
        for index in range((depth - 2) // (9 if bottleneck else 6)):
            stride = 2 if stage and index == 0 else 1
            outputs = width * (4 if bottleneck else 1)
            net.norm()
            if stride > 1 or net.channels != outputs:
                net.conv(outputs, 1, stride, norm=False, keep=True)
            if bottleneck:
                net.conv(width, 1).conv(width, 3, stride).conv(outputs, 1, norm=False)
            else:
                net.conv(width, 3, stride).conv(width, 3, norm=False)
    return net.norm().dense(classes).costs


def wide_resnet(depth, factor, classes=10):
    """Zagoruyko and Komodakis 2016, table 1."""
    net = Ledger(3, 32).conv(16, 3, norm=False)
    for stage, width in enumerate((16 * factor, 32 * factor, 64 * factor)):
        for index in range((depth - 4) // 6):
            stride = 2 if stage and index == 0 else 1
            net.norm()
            if net.channels != width:
                net.conv(width, 1, stride, norm=False, keep=True)
            net.conv(width, 3, stride).conv(width, 3, norm=False)
    return net.norm().dense(classes).costs


def densenet40(growth=12, classes=10):
    """Huang et al. 2017, without bottlenecks and compression."""
    net = Ledger(3, 32).conv(16, 3, norm=False)
    for block in range(3):
        for _ in range(12):
            net.norm()
            before = net.channels
            net.conv(growth, 3, norm=False)
            net.channels += before
        if block < 2:
            net.norm().conv(net.channels, 1, norm=False).pool(2, 2)
    return net.norm().dense(classes).costs


def vgg_cifar(widths, classes=10):
    """RepDistiller's: pooling behind the first three stages, one dense layer."""
    net = Ledger(3, 32)
    for stage, layers in enumerate(widths):
        for width in layers:
            net.conv(width, 3, bias=True)
        if stage < 3:
            net.pool(2, 2)
    return net.dense(classes).costs


def lenet300(classes=10):
    return Ledger(784, 1).dense(300).dense(100).dense(classes).costs


def lenet5(classes=10):
    net = Ledger(1, 28).conv(20, 5, pad=0, bias=True, norm=False).pool(2, 2)
    net.conv(50, 5, pad=0, bias=True, norm=False).pool(2, 2)
    return net.dense(500, inputs=50 * net.size * net.size).dense(classes).costs


TORCHVISION = {
    "squeezenet1_0": 224, "squeezenet1_1": 224, "mobilenet_v2": 224, "mobilenet_v3_large": 224,
    "mobilenet_v3_small": 224, "efficientnet_b0": 224, "efficientnet_b1": 240, "efficientnet_b2": 260,
    "efficientnet_b3": 300, "efficientnet_b4": 380, "shufflenet_v2_x0_5": 224, "shufflenet_v2_x1_0": 224,
    "shufflenet_v2_x1_5": 224, "shufflenet_v2_x2_0": 224, "resnet18": 224, "resnet34": 224, "resnet50": 224,
    "resnet101": 224, "resnet152": 224, "wide_resnet50_2": 224, "wide_resnet101_2": 224, "vgg11_bn": 224,
    "vgg13_bn": 224, "vgg16_bn": 224, "vgg19_bn": 224, "densenet121": 224, "alexnet": 224,
}  # fmt: skip

LEDGERS = {
    "xception": xception,
    **{f"mobilenet_v1?width={width}": (lambda width=width: mobilenet_v1(width)) for width in (1.0, 0.75, 0.5, 0.25)},
    **{f"mobilenet_v2?width={w}": (lambda w=w: mobilenet_v2(w)) for w in (1.0, 0.75, 0.5, 0.35, 1.4)},
    **{
        f"shufflenet_v1?groups={groups}&scale={scale}": (lambda g=groups, s=scale: shufflenet_v1(g, s))
        for groups, scale in (
            (3, 1), (8, 1), (3, 2), (3, 0.5), (1, 1), (2, 1), (4, 1), (8, 0.5), (8, 2)
        )
    },
    "ghostnet": ghostnet,
    "asymmnet_large": lambda: asymmnet(ASYMM_LARGE, 960),
    "asymmnet_small": lambda: asymmnet(ASYMM_SMALL, 576),
    **{
        f"repvgg_{name}{'?deploy=true' if plain else ''}": (lambda p=plain, c=(n, a, b): repvgg(*c, plain=p))
        for name, n, a, b in (
            ("a0", (2, 4, 14, 1), 0.75, 2.5), ("a1", (2, 4, 14, 1), 1, 2.5), ("a2", (2, 4, 14, 1), 1.5, 2.75),
            ("b0", (4, 6, 16, 1), 1, 2.5), ("b1", (4, 6, 16, 1), 2, 4),
        )
        for plain in (False, True)
    },
    **{
        f"resnet{depth}{'?shortcut=b' if shortcut == 'B' else ''}": (lambda d=depth, s=shortcut: cifar_resnet(d, s))
        for depth in (8, 14, 20, 32, 44, 56, 110)
        for shortcut in "AB"
    },
    "resnet18?form=cifar": lambda: imagenet_resnet((2, 2, 2, 2), form="cifar", size=32, classes=10),
    "resnet50?form=cifar": lambda: imagenet_resnet((3, 4, 6, 3), True, form="cifar", size=32, classes=10),
    "preact_resnet18": lambda: imagenet_resnet((2, 2, 2, 2), preactivated=True),
    "preact_resnet34": lambda: imagenet_resnet((3, 4, 6, 3), preactivated=True),
    "preact_resnet50": lambda: imagenet_resnet((3, 4, 6, 3), True, True),
    "preact_resnet18?form=cifar": lambda: imagenet_resnet((2, 2, 2, 2), False, True, "cifar", 32, 10),
    **{f"preact_resnet{depth}": (lambda d=depth: preact_cifar(d)) for depth in (20, 56, 110, 164)},
    **{
        f"wide_resnet{depth}_{factor}": (lambda d=depth, f=factor: wide_resnet(d, f))
        for depth, factor in ((16, 2), (16, 4), (40, 1), (40, 2), (28, 10))
    },
    "wide_resnet40_2?classes=100": lambda: wide_resnet(40, 2, 100),
    "densenet40": densenet40,
    "vgg8_bn?classes=100": lambda: vgg_cifar([[64], [128], [256], [512], [512]], 100),
    "vgg16_bn?form=cifar": lambda: vgg_cifar([[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]),
    "lenet300": lenet300,
    "lenet5": lenet5,
}  # fmt: skip

if __name__ == "__main__":
    for name, size in TORCHVISION.items():
        print(name, *torchvision_costs(name, size))
    for name, ledger in LEDGERS.items():
        print(name, *ledger())
