"""Writes Sources/Datasets/Resources/digits.bin from scikit-learn's copy of the UCI optical digits.

Layout: 1,797 labels of one byte each, then 1,797 images of 64 bytes (8 rows of 8 grey levels, 0 to 16), in
scikit-learn's order. Needs scikit-learn and numpy; run from the repository's root.
"""
import pathlib

import numpy
from sklearn.datasets import load_digits

digits = load_digits()
levels = digits.images.astype(numpy.uint8)
assert levels.shape == (1797, 8, 8) and (levels == digits.images).all() and levels.max() == 16
path = pathlib.Path("Sources/Datasets/Resources/digits.bin")
path.write_bytes(digits.target.astype(numpy.uint8).tobytes() + levels.tobytes())
print(path, path.stat().st_size, "bytes; images a class:", numpy.bincount(digits.target).tolist())
