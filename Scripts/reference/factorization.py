"""Prints the figures of Tests/FactorizationTests that come from LAPACK (through NumPy): singular values of a matrix, and
the errors of the best depthwise-separable fit to filter banks.

    python Scripts/reference/factorization.py
"""

import numpy


def matrix(rows, columns):
    """a[r, c] = ((7 r + 3 c + r c) mod 13) / 13 - 0.4."""
    r, c = numpy.mgrid[:rows, :columns]
    return (7 * r + 3 * c + r * c) % 13 / 13 - 0.4


def bank(outputs, channels, height, width):
    """w[o, i, a, b] = ((7 o + 5 i + 3 a + 2 b + o i + o a b) mod 11) / 11 - 0.4, rounded to float32."""
    o, i, a, b = numpy.mgrid[:outputs, :channels, :height, :width]
    values = (7 * o + 5 * i + 3 * a + 2 * b + o * i + o * a * b) % 11 / 11 - 0.4
    return values.astype(numpy.float32).astype(numpy.float64)


def separable_error(weights):
    """The relative Frobenius norm of what the leading singular triple of each channel's matrix misses."""
    outputs, channels = weights.shape[:2]
    missed = 0.0
    for channel in range(channels):
        values = numpy.linalg.svd(weights[:, channel].reshape(outputs, -1), compute_uv=False)
        missed += (values[1:] ** 2).sum()
    return (missed / (weights**2).sum()) ** 0.5


for shape in [(5, 3), (3, 5), (6, 6), (9, 1)]:
    values = numpy.linalg.svd(matrix(*shape), compute_uv=False)
    print("singular values", shape, "[" + ", ".join(f"{value:.12f}" for value in values) + "]")
for shape in [(4, 2, 3, 3), (3, 5, 5, 5), (16, 4, 1, 3), (2, 3, 2, 4)]:
    print("depthwise-separable error", shape, f"{separable_error(bank(*shape)):.9f}")
