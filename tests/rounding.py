# SPDX-License-Identifier: Apache-2.0
"""How far apart two computations of the same numbers may end: by rounding, and by no more.

Kernels differ between processors, between a model's two copies in memory (they begin at other addresses) and between
batches: sums are added up in another order, with or without fused multiplications. A sum of n terms is then off by
about √n units in the last place of its largest term (n at worst), and a network of d layers adds up d such errors.
Here sums have a few thousand terms and networks some tens of layers: √4096 · 16 = 1024 units of the largest value.
A wrong weight, a wrong layer or a wrong order is off by a hundred times as much.

Bit for bit are compared: weights, what is only copied, and results of the same code on the same arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

UNITS = {8: 1024, 4: 1024, 2: 16}
"""Units in the last place of the largest value, by the bytes of a number. Sums of 16-bit numbers are kept in 32 bits:
they are rounded once a layer, so that the layers alone count."""
TRAINING = 0.05
"""Of the way from the start. A step of Adam follows a gradient's sign, which rounding decides where it is nearly 0."""


def assert_same(found: ArrayLike | Tensor, expected: ArrayLike | Tensor) -> None:
    """Two results (arrays or tensors of one shape) agree up to rounding; whole numbers may be rounded apart by 1."""
    one, other = _numbers(found), _numbers(expected)
    assert one.shape == other.shape
    within = _within(one, other)
    apart = float(np.abs(one.astype(np.float64) - other).max(initial=0))
    assert apart <= within, f"apart by {apart:g}, by rounding at most {within:g}"


def _within(one: np.ndarray, other: np.ndarray) -> float:
    if one.dtype.kind in "ui":
        return 1 + UNITS[4] * float(np.finfo(np.float32).eps) * float(np.iinfo(one.dtype).max)
    share = max(UNITS[x.itemsize] * float(np.finfo(x.dtype).eps) for x in (one, other))
    return share * float(np.abs(other).max(initial=0))


def _numbers(values: ArrayLike | Tensor) -> np.ndarray:
    if isinstance(values, Tensor):
        return values.detach().cpu().numpy()
    return np.asarray(values)


def assert_same_weights(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Two state_dicts have the same names and, bit for bit, the same values."""
    assert found.keys() == expected.keys()
    different = [name for name, value in found.items() if not torch.equal(value, expected[name])]
    assert different == []


def assert_same_training(
    found: Iterable[Tensor],
    expected: Iterable[Tensor],
    start: Iterable[Tensor],
    within: float = TRAINING,
) -> None:
    """Two trainings from one start went the same way: their weights differ by a small part of the way."""
    apart = way = 0.0
    for one, other, before in zip(found, expected, start, strict=True):
        apart += float((one.detach() - other.detach()).double().square().sum())
        way += float((other.detach() - before.detach()).double().square().sum())
    assert way > 0, "nothing was learned"
    assert apart <= within**2 * way, f"apart by {(apart / way) ** 0.5:.1%} of the way"
