# SPDX-License-Identifier: Apache-2.0
"""How wrong the evaluator's answers are: focal loss on centers, L1 on offsets, cross-entropy on words.

Centers: Lin et al. 2017 (arXiv 1708.02002) as changed by Zhou et al. 2019 (arXiv 1904.07850, eq. 1), α = 2, β = 4.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from server.lab.evaluate.judge.fields import Fields, Targets, color_bases
from server.lab.evaluate.judge.network import Answer

OFFSETS, COLORS, VALUES, HINTS = 1.0, 1.0, 4.0, 1.0
"""Weights of the parts beside the centers'."""


def loss_of(answer: Answer, wanted: Targets, fields: Fields) -> Tensor:
    """One number, smaller is better."""
    total = center_loss(answer.centers, wanted.centers)
    if len(wanted.places):
        total = total + OFFSETS * _offset_loss(answer, wanted)
    if bool((wanted.colors >= 0).any()):
        total = total + COLORS * _color_loss(answer, wanted, fields)
    total = total + VALUES * word_loss(answer.values, wanted.values)
    return total + HINTS * word_loss(answer.hints, wanted.values)


def center_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Penalty-reduced focal loss (b, kinds, rows, columns), over the number of middles."""
    middle = (wanted >= 1.0).float()
    p = logits.sigmoid()
    hit = -F.logsigmoid(logits) * (1 - p) ** 2 * middle
    miss = -F.logsigmoid(-logits) * p**2 * (1 - wanted) ** 4 * (1 - middle)
    return (hit + miss).sum() / middle.sum().clamp(min=1)


def word_loss(logits: dict[str, Tensor], wanted: dict[str, Tensor]) -> Tensor:
    """Mean cross-entropy over all attributes."""
    each = [F.cross_entropy(found, wanted[name]) for name, found in logits.items()]
    return torch.stack(each).mean()


def _offset_loss(answer: Answer, wanted: Targets) -> Tensor:
    b, kind, row, column = wanted.places.unbind(1)
    pairs = answer.offsets.unflatten(1, (-1, 2))[b, kind, :, row, column]
    return F.smooth_l1_loss(pairs, wanted.offsets, beta=0.1)


def _color_loss(answer: Answer, wanted: Targets, fields: Fields) -> Tensor:
    """Each place chooses among the colors of its own kind."""
    known = wanted.colors >= 0
    b, kind, row, column = wanted.places[known].unbind(1)
    own = own_colors(fields)[kind]
    logits = answer.colors[b, :, row, column].masked_fill(~own, float("-inf"))
    return F.cross_entropy(logits, wanted.colors[known])


def own_colors(fields: Fields) -> Tensor:
    """(kinds, all colors), true where a color belongs to a kind."""
    bases = color_bases(fields)
    table = torch.zeros(len(bases), sum(len(c) for c in fields.kinds.values()), dtype=torch.bool)
    for row, (kind, base) in enumerate(bases.items()):
        table[row, base : base + len(fields.kinds[kind])] = True
    return table
