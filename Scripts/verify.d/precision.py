"""bfloat16 mixed precision against float32: ResNet-20 on CIFAR-10, a short schedule, three seeds each."""

import statistics

from checking import pare_json, require
from material import images_folder, preparation, work_folder

SEEDS = (0, 1, 2)
EPOCHS = 4
# What three seeds cannot tell from nothing: their own spread at this schedule is 0.5 to 1 point.
TOLERANCE = 0.01


def trained_top1(precision: str, seed: int) -> float:
    """Top-1 on the whole test split of a ResNet-20 trained from scratch (some minutes)."""
    output = work_folder() / f"resnet20-{precision}-{seed}.onnx"
    options = ["--epochs", EPOCHS, "--rate", 0.1, "--augmentation", "crop-flip", "--precision", precision]
    data = ["--data", f"imagefolder:{images_folder()}", *preparation()]
    report = pare_json("train", "zoo:resnet20", *data, *options, "--seed", seed, "-o", output, "--force")
    return report["test"]["top1"]


def check_bfloat16_trains_as_well_as_float32():
    top1 = {precision: [trained_top1(precision, seed) for seed in SEEDS] for precision in ("f32", "bf16")}
    means = {precision: statistics.mean(values) for precision, values in top1.items()}
    line = ", ".join(
        f"{precision} {means[precision]:.4f} ({' '.join(f'{value:.4f}' for value in values)})"
        for precision, values in top1.items()
    )
    require(means["bf16"] >= means["f32"] - TOLERANCE, f"{line}: bf16 loses more than {100 * TOLERANCE:.0f} point")
    return line
