# SPDX-License-Identifier: Apache-2.0
"""What an iteration of a drag costs: counted in operations, and measured beside the published one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from server.engine.gan.config import GeneratorConfig
from server.engine.gan.drag import Drag
from server.engine.gan.drag_settings import PUBLISHED, DragGanSettings
from server.engine.gan.stylegan2 import Generator
from server.engine.models.stylegan2 import load_generator
from server.lab.evaluate.naive_gan import NaiveDrag, picture_and_features


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Operations of one iteration: the published one (it always makes the picture), ours, ours with a picture."""

    published: int
    ours: int
    with_picture: int

    @property
    def ratio(self) -> float:
        return self.ours / self.published

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"operations": asdict(self), "operations_ratio": self.ratio}


def iteration_cost(config: GeneratorConfig) -> Cost:
    """Counts on shapes alone: nothing is computed."""
    with torch.device("meta"):
        generator = Generator(config).requires_grad_(False)
        ws = torch.zeros(1, config.num_ws, config.w_dim)
        points = [(config.size / 2, config.size / 2)]

        def published() -> None:
            w = ws.clone().requires_grad_()
            _, features = picture_and_features(generator, w, PUBLISHED.block)
            features.sum().backward()

        drag = Drag(generator, ws, points, points)
        drag.step()  # sums over frozen weights are made once
        return Cost(
            published=_count(published),
            ours=_count(lambda: drag.step()),
            with_picture=_count(lambda: drag.picture(drag.step())),
        )


def _count(run: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Medians in milliseconds: the published iteration, ours, and ours with a picture for the artist.

    apart: largest difference of w after the same steps by the same rules, ours against the published loop;
    same_handles: whether the handles were the same in every step.
    """

    size: int
    steps: int
    published_ms: float
    ours_ms: float
    with_picture_ms: float
    apart: float
    same_handles: bool

    @property
    def ratio(self) -> float:
        return self.ours_ms / self.published_ms

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        more = {"ratio": self.ratio, "iterations_per_second": 1000 / self.with_picture_ms}
        return {**asdict(self), **more}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is dragged: a frozen generator and where in W+ to begin, (1, num_ws, w_dim)."""

    name: str
    generator: Generator
    ws: Tensor

    @staticmethod
    def stored(folder: Path) -> Subject:
        """A model of the artist's, at a random latent. Raises EngineError."""
        return _subject(folder.name, load_generator(folder).generator)

    @staticmethod
    def random(channels: tuple[int, ...]) -> Subject:
        """Random weights of these widths: a drag costs the same whatever the weights are."""
        torch.manual_seed(0)
        generator = Generator(GeneratorConfig(channels=channels)).requires_grad_(False)
        return _subject("random weights", generator)

    def cost(self) -> Cost:
        return iteration_cost(self.generator.config)


def _subject(name: str, generator: Generator) -> Subject:
    z = torch.randn(1, generator.config.z_dim, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return Subject(name=name, generator=generator, ws=generator.mapping.ws(z, psi=0.7))


def measure(subject: Subject, *, steps: int = 12) -> Speed:
    """Runs the loops in turn, an iteration of each, so that a busy machine is unfair to none.

    The first iteration of each is not counted. Raises ValueError for fewer than one step.
    """
    if steps < 1:
        raise ValueError(f"at least one step is needed, not {steps}")
    generator, ws = subject.generator, subject.ws
    size = generator.config.size
    handle, target = (size // 2, size * 3 // 8), (size // 2, size * 5 // 8)
    naive = NaiveDrag(generator, ws, [handle], [target])
    same = Drag(generator, ws, [handle], [target], settings=PUBLISHED)
    ours = Drag(generator, ws, [handle], [target], settings=DragGanSettings())
    times: list[tuple[float, float, float]] = []
    agree = True
    for _ in range(steps + 1):
        published_ms = _time(naive.step)
        same_step = same.step()
        agree &= same_step.handles.tolist() == [list(place) for place in naive.handles]
        times.append((published_ms, _time(ours.step), _time(lambda: ours.picture(ours.step()))))
    apart = float((same.w - naive.w.detach()).abs().max())
    published, without, with_picture = (median(column) for column in zip(*times[1:], strict=True))
    return Speed(
        size=size,
        steps=steps,
        published_ms=published,
        ours_ms=without,
        with_picture_ms=with_picture,
        apart=apart,
        same_handles=agree,
    )


def _time(run: Callable[[], object]) -> float:
    """Milliseconds, the device's queue included."""
    begin = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return (time.perf_counter() - begin) * 1000
