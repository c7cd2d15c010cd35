"""Writes Tests/DatasetsTests/Fixtures: small images, their pixels as Pillow reads them, and resized ones.

Every NAME.npy beside an image holds its RGB pixels (height, width, 3). `scene-*.npy` are `scene.png` after
torchvision's Resize and CenterCrop on Pillow images. Needs Pillow, numpy and torchvision; run from the repository's root.
"""
import pathlib
import struct
import zlib

import numpy
from PIL import Image
from torchvision.transforms import CenterCrop, InterpolationMode, Resize

folder = pathlib.Path("Tests/DatasetsTests/Fixtures")
folder.mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(7)


def scene(height, width):
    """Gradients, edges and noise."""
    y, x = numpy.mgrid[0:height, 0:width]
    rgb = numpy.stack([x * 255 / width, y * 255 / height, 127 + 127 * numpy.sin(x * y / 40)], axis=-1)
    rgb[height // 3:height // 2, width // 4:width // 2] = [250, 5, 120]
    return numpy.clip(rgb + random.normal(0, 12, rgb.shape), 0, 255).astype(numpy.uint8)


def save(image, name, pixels=None, **options):
    image.save(folder / name, **options)
    if pixels is None:
        pixels = numpy.asarray(Image.open(folder / name).convert("RGB"))
    numpy.save(folder / (name + ".npy"), pixels)


def png16(name, values):
    """A PNG of 16 bits a channel, which Pillow does not write: rows without filter, two interlacing-free chunks."""
    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (folder / name).write_bytes(data)
    numpy.save(folder / (name + ".npy"), numpy.rint(values / 257.0).astype(numpy.uint8))


small = Image.fromarray(scene(11, 17))
save(small, "rgb.png")
save(small.convert("L"), "grey.png")
save(small.convert("1"), "bits.png")
save(small.quantize(16), "palette.png")
alpha = small.convert("RGBA")
alpha.putalpha(Image.fromarray(random.integers(0, 256, (11, 17), dtype=numpy.uint8)))
save(alpha, "alpha.png")
save(alpha.convert("LA"), "grey-alpha.png")
png16("deep.png", random.integers(0, 65536, (5, 6, 3)))
save(small, "rgb.jpg", quality=92)
save(small.convert("L"), "grey.jpg", quality=92)
save(small, "progressive.jpg", quality=92, progressive=True)
save(small.convert("CMYK"), "cmyk.jpg", quality=92)

image = Image.fromarray(scene(47, 61))
image.save(folder / "scene.png")
for height, width, resize, mode in [
    (32, 32, 32, "bilinear"), (24, 24, 30, "bilinear"), (12, 20, 20, "bilinear"), (70, 70, 70, "bilinear"),
    (32, 32, 32, "bicubic"), (8, 8, 9, "bicubic"), (47, 47, 47, "bilinear"),
]:
    resized = CenterCrop((height, width))(Resize(resize, InterpolationMode(mode))(image))
    numpy.save(folder / f"scene-{height}x{width}-{resize}-{mode}.npy", numpy.asarray(resized))
print(sum(f.stat().st_size for f in folder.iterdir()), "bytes")
