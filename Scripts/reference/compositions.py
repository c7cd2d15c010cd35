"""Prints the figures of Tests/GraphsTests/Compositions that come from PyTorch: values and gradients of pairwise
distances, normalised rows, the smooth absolute value, Huber's function, divergences, and Gram matrices.

    python Scripts/reference/compositions.py
"""

import torch
from torch.nn import functional

ROWS, COLUMNS = 4, 3


def matrix(a, b, modulus):
    """x[n, f] = ((a n + b f) mod modulus) / modulus - 0.4, in double precision."""
    x = [[((a * n + b * f) % modulus) / modulus - 0.4 for f in range(COLUMNS)] for n in range(ROWS)]
    return torch.tensor(x, dtype=torch.float64, requires_grad=True)


def weighted(y):
    """A number that every element of y enters with a weight of its own: 1, 2, 3 and so on over their number."""
    weights = torch.arange(1, y.numel() + 1, dtype=torch.float64).reshape(y.shape) / y.numel()
    return (y * weights).sum()


def show(name, y, *inputs):
    loss = y if y.dim() == 0 else weighted(y)
    gradients = torch.autograd.grad(loss, inputs, retain_graph=True)
    print(name)
    print("  values", [float(f"{value:.10g}") for value in y.detach().flatten().tolist()])
    for gradient in gradients:
        print("  gradient", [float(f"{value:.10g}") for value in gradient.flatten().tolist()])


def distances(x, squared):
    """`pdist` of the reference code of Park et al. 2019 (github.com/lenscloth/RKD, metric/utils.py)."""
    squares = x.pow(2).sum(dim=1)
    result = (squares.unsqueeze(1) + squares.unsqueeze(0) - 2 * x @ x.t()).clamp(min=1e-12)
    if not squared:
        result = result.sqrt()
    result = result.clone()
    result[range(len(x)), range(len(x))] = 0
    return result


x, y = matrix(7, 3, 11), matrix(5, 2, 7)
show("pairwise distances", distances(x, False), x)
show("pairwise squared distances", distances(x, True), x)
with torch.no_grad():
    repeated = x.clone()
    repeated[3] = repeated[0]
repeated.requires_grad_()
show("pairwise distances, two rows equal", distances(repeated, False), repeated)
show("normalised rows", functional.normalize(x, dim=1), x)
with torch.no_grad():
    zero = x.clone()
    zero[1] = 0
zero.requires_grad_()
show("normalised rows, one of zeros, epsilon 0.5", functional.normalize(zero, dim=1, eps=0.5), zero)
show("smooth L1", functional.smooth_l1_loss(x * 3, y * 3, reduction="none", beta=0.5), x)
show("Huber", functional.huber_loss(x * 3, y * 3, reduction="none", delta=0.5), x)
teacher = torch.softmax(y.detach() * 4, dim=1)
student = torch.log_softmax(x, dim=1)
show("divergence", functional.kl_div(student, teacher, reduction="batchmean"), x)
certain = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0]], dtype=torch.float64)
show("divergence of certain teachers", functional.kl_div(student, certain, reduction="batchmean"), x)
show("Gram product", x @ y.t(), x, y)
features = x.reshape(2, 2, 3)
show("Gram matrices of channels", features @ features.transpose(1, 2) / 3, x)
show("flow matrices", features @ y.reshape(2, 2, 3).transpose(1, 2) / 3, x, y)
