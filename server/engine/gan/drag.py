# SPDX-License-Identifier: Apache-2.0
"""DragGAN: handles are pulled towards targets by changing w, a step at a time.

Pan et al. (arXiv 2305.10973). Only the generator's blocks up to the one that is looked at are run, which is exact;
its modulation scales activations, so that going back does not pass through the weights. A picture is only made
when somebody looks. One step reads nothing back from the device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.stylegan2 import EXACT, Generator, Rendering
from server.engine.gan.supervision import Start, Tracker, keep_of, motion, nearest, stay

Points = Sequence[tuple[float, float]]
"""(row, column) in pixels of the generator's picture."""

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam's state (Kingma and Ba, arXiv 1412.6980): moments like w, and how many moves were made."""

    first: Tensor
    second: Tensor
    moves: Tensor

    @staticmethod
    def fresh(w: Tensor) -> Adam:
        return Adam(
            first=torch.zeros_like(w),
            second=torch.zeros_like(w),
            moves=torch.zeros((), device=w.device),
        )

    def move(self, w: Tensor, gradient: Tensor, rate: float, still: Tensor) -> tuple[Tensor, Adam]:
        """w after one move, and the new state; where ``still`` (a bool on the device) holds, all stays."""
        first = torch.lerp(self.first, gradient, 1 - BETA1)
        second = torch.lerp(self.second, gradient.square(), 1 - BETA2)
        moves = self.moves + 1
        # 1 - beta^n without cancellation
        bias1, bias2 = (-torch.expm1(moves * math.log(beta)) for beta in (BETA1, BETA2))
        moved = w - rate / bias1 * first / (second.sqrt() / bias2.sqrt() + EPS)
        state = Adam(
            first=torch.where(still, self.first, first),
            second=torch.where(still, self.second, second),
            moves=torch.where(still, self.moves, moves),
        )
        return torch.where(still, w, moved), state


@dataclass(frozen=True, kw_only=True)
class DragStep:
    """What one step found; tensors stay on the device until somebody reads them.

    handles   (k, 2) where the handles are in the picture of this step: row, column
    distance  (k,) pixels to their targets
    motion    (k,) motion losses; mask (): the mask loss before its weight, None without a mask
    gradient  of w
    stopped   () bool: all have arrived, w was left alone
    ws        (1, num_ws, w_dim) of this step's picture, which is the one before the move
    outputs   the blocks' outputs so far, from which a picture continues
    """

    handles: Tensor
    distance: Tensor
    motion: Tensor
    mask: Tensor | None
    gradient: Tensor
    stopped: Tensor
    ws: Tensor
    outputs: tuple[Tensor, ...]


class Drag:
    """A drag under way. Targets may be moved while it runs; ``ws`` is where it is now.

    ws (1, num_ws, w_dim) is where it begins. ``mask`` (size, size): 1 may change, 0 should stay; a mask of one
    value only is none. The generator's weights should not require gradients. Raises ValueError.
    """

    def __init__(
        self,
        generator: Generator,
        ws: Tensor,
        handles: Points,
        targets: Points,
        *,
        mask: Tensor | None = None,
        settings: DragGanSettings | None = None,
        how: Rendering = EXACT,
        track: Tracker = nearest,
    ) -> None:
        self.generator, self.how, self.track = generator, how, track
        self.settings = settings or DragGanSettings()
        self.size = generator.config.size
        _check(generator, ws, self.settings)
        self._ws0 = ws.detach().clone()
        rows = self.settings.rows if self.settings.w_plus else 1
        self.w = self._ws0[:, :rows]
        self._adam = Adam.fresh(self.w)
        self.handles = self._points(handles).round().long()
        self.retarget(targets)
        self._mask = None if mask is None or _plain(mask) else mask.to(ws.device)
        self._keep: Tensor | None = None
        self.start: Start | None = None

    @property
    def ws(self) -> Tensor:
        """(1, num_ws, w_dim) as the network gets it: the rows that move, and the others from the beginning."""
        return self._ws(self.w)

    def retarget(self, targets: Points) -> None:
        """Moves the targets; what was reached so far is where it continues from."""
        if len(targets) != len(self.handles):
            raise ValueError(f"{len(targets)} targets for {len(self.handles)} handles")
        self.targets = self._points(targets)

    def step(self) -> DragStep:
        """One iteration: features, tracking, losses, and unless all have arrived a move of w."""
        settings, size = self.settings, self.size
        w = self.w.detach().requires_grad_()
        ws = self._ws(w)
        with torch.enable_grad():
            outputs = self.generator.synthesis.features(ws, settings.block, how=self.how)
            features = outputs[-1].to(ws.dtype)
            start = self._begin(features)
            handles = self.track(
                features.detach(), size, start, self.handles, settings.radii(size)[1]
            )
            motions = motion(features, size, start, handles, self.targets, settings)
            total, mask = motions.sum(), None
            if self._keep is not None:
                mask = stay(features, start, self._keep)
                total = total + settings.lambda_mask * mask
        (gradient,) = torch.autograd.grad(total, w)
        distance = torch.linalg.vector_norm(self.targets - handles, dim=1)
        stopped = (distance <= settings.arrived(size, len(handles))).all()
        self.w, self._adam = self._adam.move(self.w, gradient, settings.learning_rate, stopped)
        self.handles = handles
        return DragStep(
            handles=handles,
            distance=distance,
            motion=motions.detach(),
            mask=None if mask is None else mask.detach(),
            gradient=gradient,
            stopped=stopped,
            ws=ws.detach(),
            outputs=tuple(output.detach() for output in outputs),
        )

    @torch.no_grad()
    def picture(self, step: DragStep) -> Tensor:
        """The picture (1, c, size, size) of a step, about [-1, 1]; only what is missing is computed."""
        return self.generator.synthesis(step.ws, how=self.how, before=step.outputs)

    def _begin(self, features: Tensor) -> Start:
        if self.start is None:
            self.start = Start.of(features, self.size, self.handles)
            if self._mask is not None:
                compat = self.settings.reference_compat
                self._keep = keep_of(self._mask, features, compat=compat)
        return self.start

    def _ws(self, w: Tensor) -> Tensor:
        rows = self.settings.rows
        moving = w if self.settings.w_plus else w.expand(-1, rows, -1)
        return torch.cat((moving, self._ws0[:, rows:]), dim=1)

    def _points(self, points: Points) -> Tensor:
        if not points:
            raise ValueError("at least one handle is needed")
        for row, column in points:
            if not (0 <= row <= self.size - 1 and 0 <= column <= self.size - 1):
                raise ValueError(
                    f"the point ({row}, {column}) lies outside a picture of {self.size} pixels"
                )
        return torch.tensor(points, dtype=torch.float32, device=self._ws0.device).view(-1, 2)


def _check(generator: Generator, ws: Tensor, settings: DragGanSettings) -> None:
    config = generator.config
    if ws.shape != (1, config.num_ws, config.w_dim):
        raise ValueError(
            f"ws has shape {tuple(ws.shape)}; (1, {config.num_ws}, {config.w_dim}) is needed"
        )
    if settings.block >= config.blocks or settings.rows > config.num_ws:
        raise ValueError(
            f"block {settings.block} and {settings.rows} rows in a generator of {config.blocks} "
            f"blocks and {config.num_ws} rows"
        )


def _plain(mask: Tensor) -> bool:
    """Whether a mask says nothing: all may change, or nothing may. Read once, before the drag begins."""
    return bool((mask == mask.flatten()[0]).all())
