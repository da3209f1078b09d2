# SPDX-License-Identifier: Apache-2.0
"""The evaluator's network: a picture goes in, what stands where in it comes out.

A small convolutional network with heads of three sorts. For each cell of 8 × 8 pixels a score that the middle of a
thing of some kind lies in it, with its offset and color (CenterNet, Zhou et al. 2019, arXiv 1904.07850). One answer
for each attribute of the whole picture, voted by the cells that matter for it. And 32 features for the Fréchet
distance, from which the attributes must be readable.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from server.lab.evaluate.frechet import LARGEST_DIMENSION
from server.lab.evaluate.judge.fields import CELL, Fields

FEATURES = LARGEST_DIMENSION
WIDTHS = (32, 48, 96, 128)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the network says of b pictures of h × w pixels, as logits.

    centers (b, kinds, h/8, w/8); offsets (b, 2 kinds, h/8, w/8): x then y of each kind, in cells from the middle of
    the cell; colors (b, all colors of all kinds, h/8, w/8); values: attribute → (b, its choices); features (b, 32);
    hints: the attributes read from the features alone, for training.
    """

    centers: Tensor
    offsets: Tensor
    colors: Tensor
    values: dict[str, Tensor]
    features: Tensor
    hints: dict[str, Tensor]


class Residual(nn.Module):
    """x + two 3 × 3 convolutions of it (He et al. 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(width, width), nn.ReLU(True), *_convolution(width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.body(x))


class JudgeNet(nn.Module):
    """The evaluator's network for a set of fields; fully convolutional, sides are multiples of 16."""

    def __init__(self, fields: Fields) -> None:
        super().__init__()
        self.fields = fields
        half, quarter, eighth, sixteenth = WIDTHS
        self.fine = nn.Sequential(
            *_convolution(3, half, 2),
            nn.ReLU(True),
            *_convolution(half, quarter, 2),
            nn.ReLU(True),
            Residual(quarter),
        )
        self.cells = nn.Sequential(
            *_convolution(quarter, eighth, 2), nn.ReLU(True), Residual(eighth)
        )
        self.wide = nn.Sequential(
            *_convolution(eighth, sixteenth, 2), nn.ReLU(True), Residual(sixteenth)
        )
        self.back = nn.Conv2d(sixteenth, eighth, 1)
        self.joined = Residual(eighth)
        kinds, colors = len(fields.kinds), sum(len(c) for c in fields.kinds.values())
        choices = sum(len(choice) for choice in fields.values.values())
        self.heads = nn.Conv2d(eighth, 3 * kinds + colors, 1)
        self.votes = nn.Conv2d(eighth, choices, 1)
        self.looks = nn.Conv2d(eighth, len(fields.values), 1)
        with torch.no_grad():  # most cells hold no middle
            self.heads.get_parameter("bias")[:kinds] = -4.0
        self.split = (kinds, 2 * kinds, colors)
        pooled = 2 * eighth + 2 * sixteenth
        self.features = nn.Linear(pooled, FEATURES)
        self.hints = nn.Linear(FEATURES, choices)
        self.hidden = nn.Sequential(nn.Linear(pooled, 192), nn.ReLU(True))
        self.values = nn.Linear(192, choices)

    def forward(self, x: Tensor) -> Answer:
        """x (b, 3, h, w) in [-1, 1]."""
        if x.shape[-1] % (2 * CELL) or x.shape[-2] % (2 * CELL):
            raise ValueError(f"sides must be multiples of {2 * CELL}, got {tuple(x.shape[-2:])}")
        near = self.cells(self.fine(x))
        far = self.wide(near)
        wider = F.interpolate(self.back(far), scale_factor=2.0, mode="nearest")
        joined = self.joined(F.relu(near + wider))
        centers, offsets, colors = self.heads(joined).float().split(self.split, 1)
        pooled = torch.cat([*_pools(joined), *_pools(far)], 1)
        features = self.features(pooled)
        return Answer(
            centers=centers,
            offsets=offsets,
            colors=colors,
            values=self._named(self.values(self.hidden(pooled)) + self._voted(joined)),
            features=features.float(),
            hints=self._named(self.hints(features)),
        )

    def _voted(self, joined: Tensor) -> Tensor:
        """What the cells say that each attribute looks at: the tint of mountains is where mountains are."""
        votes, looks = self.votes(joined).flatten(2), self.looks(joined).flatten(2).softmax(2)
        each = [len(choice) for choice in self.fields.values.values()]
        shares = torch.repeat_interleave(looks, torch.tensor(each, device=looks.device), 1)
        return (votes * shares).sum(2)

    def _named(self, logits: Tensor) -> dict[str, Tensor]:
        sizes = [len(choice) for choice in self.fields.values.values()]
        return dict(zip(self.fields.values, logits.float().split(sizes, 1), strict=True))


def _convolution(before: int, after: int, stride: int = 1) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(before, after, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(after),
    )


def _pools(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over the picture, which counts, and maximum, which finds."""
    return x.mean((2, 3)), x.amax((2, 3))
