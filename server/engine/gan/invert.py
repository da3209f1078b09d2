# SPDX-License-Identifier: Apache-2.0
"""From a picture to a generator's latent: one w, then a row for every layer, then a little tuning of the generator.

Projection to W and W+: Karras et al. 2020 (arXiv 1912.04958, appendix D), Abdal et al. 2019 (arXiv 1904.03189).
Pivotal tuning: Roich et al. 2021 (arXiv 2106.05744); what is tuned is kept as a delta of each layer, so that one
generator serves many pictures. Pictures are compared at several sizes, with their gradients, so that no other network
is needed.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from server.engine.api import Check, proceed
from server.engine.gan.stylegan2 import EXACT, Generator, Rendering

Delta = dict[str, Tensor]
"""What is added to a generator's parameters, by name."""
OnInvert = Callable[[int, int], None]
"""Told (steps done, steps in all) when the beginning is found, and after every step; may raise to stop."""
SCALES = 4
SMALL, LARGE = 8, 32
"""Pixels at which it is judged whether a picture lies in the generator's world, an eighth of its size in between: by
shapes, not by details."""
SAMPLES_OF = 1000
"""Latents from which the mean and the spread of w are measured."""


@dataclass(frozen=True, kw_only=True)
class InvertSettings:
    """How a picture is inverted.

    candidates      random w that are compared with the picture before the search begins at the nearest one
    w_steps         of Adam on one w for all layers
    plus_steps      of Adam on a row for every layer
    tune_steps      of Adam on the generator's weights, w held
    rate            of the first two, in standard deviations of w
    tune_rate       of the third
    noise           added to w at first, in standard deviations, falling to 0 in three quarters of the search
    near            weight of how far rows of W+ may go from one another, which keeps w editable
    outside         part of the small picture's slopes that W+ does not explain, beyond which a picture is foreign; in
                    the heads world that is 0.04 to 0.31 for drawings of any style, 0.71 to 0.83 for scenes
    """

    candidates: int = 64
    w_steps: int = 60
    plus_steps: int = 60
    tune_steps: int = 40
    rate: float = 0.08
    tune_rate: float = 2e-3
    noise: float = 0.05
    near: float = 0.02
    outside: float = 0.5

    def __post_init__(self) -> None:
        for name in ("w_steps", "plus_steps", "tune_steps", "noise", "near"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        for name in ("candidates", "rate", "tune_rate", "outside"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")

    @property
    def steps(self) -> int:
        return self.w_steps + self.plus_steps + self.tune_steps


@dataclass(frozen=True, kw_only=True)
class Inversion:
    """What is known of a picture after its inversion.

    ws        (1, num_ws, w_dim)
    delta     what was tuned
    error     root mean square difference from the picture (of -1 … 1) after tuning; projected: before it
    missed    part of the small picture's slopes that is not explained before tuning: 0 … 1 and more
    inside    whether the picture lies in the generator's world, by what is missed
    """

    ws: Tensor
    delta: Delta
    error: float
    projected: float
    missed: float
    inside: bool

    @property
    def psnr(self) -> float:
        """The reconstruction's peak signal to noise ratio in dB."""
        return 20 * math.log10(2 / max(self.error, 1e-6))

    def tuned(self, generator: Generator) -> Generator:
        """A copy of the generator with this picture's delta added, frozen."""
        own = copy.deepcopy(generator)
        with torch.no_grad():
            for name, value in self.delta.items():
                own.get_parameter(name).add_(value.to(own.get_parameter(name)))
        return own.requires_grad_(False)


def invert(
    generator: Generator,
    picture: Tensor,
    *,
    weight: Tensor | None = None,
    start: Tensor | None = None,
    settings: InvertSettings | None = None,
    how: Rendering = EXACT,
    seed: int = 0,
    on_step: OnInvert = lambda _done, _steps: None,
    check: Check = proceed,
) -> Inversion:
    """The latent of a picture (1, c, size, size), about [-1, 1].

    `weight` (size, size), 0 … 1: where the picture is to be met, everywhere by default. `start` (1, w_dim): where to
    begin; by default the generator's own guess, or the nearest of some random w. `check` runs before every picture that
    is made besides the steps'. Raises ValueError for other shapes.
    """
    config, settings = generator.config, settings or InvertSettings()
    wanted = (1, config.image_channels, config.size, config.size)
    if picture.shape != wanted or (weight is not None and weight.shape != wanted[2:]):
        shape = tuple(picture.shape) if picture.shape != wanted else (weight, "weight")
        raise ValueError(f"the picture is {shape}; this generator makes {wanted}")
    search = _Search(generator, picture, weight, settings, how, seed, on_step, check)
    w = search.start() if start is None else start.to(picture)
    on_step(0, settings.steps)
    w = search.project(w[:, None], settings.w_steps)
    ws = search.project(w.repeat(1, config.num_ws, 1), settings.plus_steps)
    projected = search.error(generator, ws)
    missed = search.missed(ws)
    delta = search.tune(ws)
    inversion = Inversion(
        ws=ws,
        delta=delta,
        error=projected,
        projected=projected,
        missed=missed,
        inside=missed <= settings.outside,
    )
    if not delta:
        return inversion
    return replace(inversion, error=search.error(inversion.tuned(generator), ws))


class _Search:
    """The three searches share the picture, how it is compared, and the count of steps."""

    def __init__(
        self,
        generator: Generator,
        picture: Tensor,
        weight: Tensor | None,
        settings: InvertSettings,
        how: Rendering,
        seed: int,
        on_step: OnInvert,
        check: Check,
    ) -> None:
        self.check = check
        self.generator, self.picture, self.settings = generator, picture, settings
        self.how, self.on_step, self.done = how, on_step, 0
        self.dice = torch.Generator().manual_seed(seed)
        size = generator.config.size
        self.weight = picture.new_ones(size, size) if weight is None else weight.to(picture)
        with torch.no_grad():
            known = generator.mapping(self._draw(SAMPLES_OF, generator.config.z_dim))
        self.spread = known.std(0).mean().clamp(min=1e-6)
        self.pool = known

    @torch.no_grad()
    def start(self) -> Tensor:
        """(1, w_dim): the average, or what is nearer: the generator's guess, else some random w; compared small."""
        mapping, guess = self.generator.mapping, self.generator.guess
        best, least = mapping.w_avg[None].to(self.picture), math.inf
        finest = min(3, self.generator.config.blocks - 2)
        others = self.pool[: self.settings.candidates - 1].split(1)
        for w in (best, *(others if guess is None else (guess(self.picture),))):
            self.check()
            made = self.generator.synthesis(w[:, None].repeat(1, mapping.num_ws, 1), how=self.how)
            apart = float(self._apart(made, finest=finest))
            if apart < least:
                best, least = w, apart
        return best

    def project(self, w: Tensor, steps: int) -> Tensor:
        """Rows (1, 1 or num_ws, w_dim) moved towards the picture; the best found is returned."""
        settings, rows = self.settings, self.generator.config.num_ws
        best, least = w, math.inf
        w = w.detach().clone().requires_grad_(True)
        adam = torch.optim.Adam([w], betas=(0.9, 0.95))
        for step in range(steps):
            part = step / max(steps, 1)
            adam.param_groups[0]["lr"] = settings.rate * float(self.spread) * _ramp(part)
            shaken = settings.noise * max(0.0, 1 - part / 0.75) ** 2 if w.shape[1] == 1 else 0.0
            moved = w + shaken * self.spread * self._draw(*w.shape)
            ws = moved.expand(-1, rows, -1)
            apart = self._apart(self.generator.synthesis(ws, how=self.how))
            if shaken == 0 and float(apart.detach()) < least:
                best, least = w.detach().clone(), float(apart.detach())
            spread = ((w - w.mean(1, keepdim=True)) / self.spread).square().mean()
            (w.grad,) = torch.autograd.grad(apart + settings.near * spread, w)
            adam.step()
            self._tell()
        return best

    def tune(self, ws: Tensor) -> Delta:
        """What to add to the convolutions and pictures' layers so that ws gives the picture."""
        if self.settings.tune_steps == 0:
            return {}
        own = copy.deepcopy(self.generator).requires_grad_(False)
        tuned = dict(_tunable(own))
        for value in tuned.values():
            value.requires_grad_(True)
        adam = torch.optim.Adam(tuned.values(), betas=(0.9, 0.99))
        for step in range(self.settings.tune_steps):
            part = step / self.settings.tune_steps
            adam.param_groups[0]["lr"] = self.settings.tune_rate * _ramp(part)
            apart = self._apart(own.synthesis(ws, how=self.how))
            for value, slope in zip(
                tuned.values(), torch.autograd.grad(apart, list(tuned.values())), strict=True
            ):
                value.grad = slope
            adam.step()
            self._tell()
        before = dict(_tunable(self.generator))
        return {name: value.detach() - before[name].detach() for name, value in tuned.items()}

    @torch.no_grad()
    def error(self, generator: Generator, ws: Tensor) -> float:
        """Root mean square difference from the picture, where it is to be met."""
        self.check()
        made = generator.synthesis(ws, how=self.how).clamp(-1, 1)
        square = (made - self.picture).square().mean(1)[0]
        total = self.weight.sum().clamp(min=1e-6)
        return float(((square * self.weight).sum() / total).sqrt())

    @torch.no_grad()
    def missed(self, ws: Tensor) -> float:
        """Part of the small picture's slopes that the generator's picture does not have, where it is to be
        met. Colors alone would say little: any generator makes a soft picture of about the same colors."""
        self.check()
        side = min(max(self.generator.config.size // 8, SMALL), LARGE)
        made = self.generator.synthesis(ws, how=self.how).clamp(-1, 1)
        error, picture = (
            F.interpolate(one * self.weight, size=(side, side), mode="area")
            for one in (made - self.picture, self.picture)
        )
        return float(_slopes(error) / _slopes(picture).clamp(min=1e-6))

    def _apart(self, made: Tensor, *, finest: int = 0) -> Tensor:
        """Mean absolute difference and difference of gradients over sizes from 1 / 2**finest down."""
        x, y, weight = self.picture, made, self.weight[None, None]
        total = made.new_zeros(())
        for scale in range(SCALES + finest):
            if min(x.shape[-2:]) < 8:
                break
            if scale >= finest:
                error = (y - x) * weight
                total = total + error.abs().mean()
                total = total + error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
            x, y, weight = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2), F.avg_pool2d(weight, 2)
        return total

    def _draw(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.dice).to(self.picture)

    def _tell(self) -> None:
        self.done += 1
        self.on_step(self.done, self.settings.steps)


def _slopes(picture: Tensor) -> Tensor:
    """Mean squared difference of neighbors."""
    return picture.diff(dim=2).square().mean() + picture.diff(dim=3).square().mean()


def _ramp(part: float) -> float:
    """Up over the first 5 %, and down as a cosine over the last quarter."""
    down = min(1.0, (1 - part) / 0.25)
    return min(1.0, part / 0.05 + 0.05) * (0.5 - 0.5 * math.cos(math.pi * down))


def _tunable(generator: Generator) -> Iterator[tuple[str, torch.nn.Parameter]]:
    """The weights and biases of all convolutions; not what makes styles of w, which dragging needs unchanged."""
    for name, value in generator.named_parameters():
        if name.startswith("synthesis.") and ".affine." not in name and "noise" not in name:
            yield name, value
