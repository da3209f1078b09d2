# SPDX-License-Identifier: Apache-2.0
"""DragGAN's loop written plainly, as its article and published code describe it: the yardstick of `bench draggan`.

Pan et al. (arXiv 2305.10973). Every iteration makes the whole picture with modulated weights, enlarges the
features to the picture's size, and reads each handle back from the device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from server.engine.gan.drag_settings import PUBLISHED, DragGanSettings
from server.engine.gan.stylegan2 import Generator, Rendering

PLAIN = Rendering(fused=True)
Place = tuple[int, int]


@dataclass
class NaiveDrag:
    """One published drag without a mask. ws (1, num_ws, w_dim); points are (row, column)."""

    generator: Generator
    ws: Tensor
    handles: list[Place]
    targets: list[Place]
    settings: DragGanSettings = PUBLISHED

    def __post_init__(self) -> None:
        self.w = self.ws[:, : self.settings.rows].clone().requires_grad_()
        self.adam = torch.optim.Adam([self.w], lr=self.settings.learning_rate)
        self.references: list[Tensor] = []

    def step(self) -> Tensor:
        """One iteration; returns the picture before its move, about [-1, 1]."""
        ws = torch.cat((self.w, self.ws[:, self.settings.rows :]), 1)
        image, features = picture_and_features(self.generator, ws, self.settings.block)
        if not self.references:
            self.references = [features[0, :, r, c].detach() for r, c in self.handles]
        self.handles = [self._track(features.detach(), i) for i in range(len(self.handles))]
        loss = features.new_zeros(())
        near = True
        for handle, target in zip(self.handles, self.targets, strict=True):
            away = ((target[0] - handle[0]) ** 2 + (target[1] - handle[1]) ** 2) ** 0.5
            near &= away <= self.settings.arrived(image.shape[-1], len(self.handles))
            if away > 1:
                loss = loss + self._pull(features, handle, target, away)
        if not near:
            self.adam.zero_grad()
            loss.backward()
            self.adam.step()
        return image.detach()

    def _track(self, features: Tensor, index: int) -> Place:
        (row, column), size = self.handles[index], features.shape[-1]
        _, r2 = self.settings.radii(size)
        top, left = max(row - r2, 0), max(column - r2, 0)
        patch = features[0, :, top : row + r2 + 1, left : column + r2 + 1]
        away = (patch - self.references[index][:, None, None]).norm(dim=0)
        best = int(away.argmin().item())
        return top + best // patch.shape[2], left + best % patch.shape[2]

    def _pull(self, features: Tensor, handle: Place, target: Place, away: float) -> Tensor:
        size = features.shape[-1]
        r1, _ = self.settings.radii(size)
        places = torch.linspace(0, size, size, device=features.device)
        near = torch.hypot(places[:, None] - handle[0], places[None] - handle[1]) < r1
        rows, columns = torch.where(near)
        down, along = ((t - h) / (away + 1e-7) for h, t in zip(handle, target, strict=True))
        grid = torch.stack((columns + along, rows + down), 1) / (size - 1) * 2 - 1
        moved = F.grid_sample(features, grid[None, None].to(features.dtype), align_corners=True)
        return (features[0, :, rows, columns].detach() - moved[0, :, 0]).abs().mean()


def picture_and_features(generator: Generator, ws: Tensor, block: int) -> tuple[Tensor, Tensor]:
    """The whole picture, and a block's output enlarged to its size."""
    outputs = generator.synthesis.features(ws, generator.config.blocks - 1, how=PLAIN)
    image = generator.synthesis(ws, how=PLAIN, before=outputs)
    size = generator.config.size
    return image, F.interpolate(outputs[block], size=(size, size), mode="bilinear")
