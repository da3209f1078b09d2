# SPDX-License-Identifier: Apache-2.0
"""A picture from words in four evaluations: what previews and live sketching are made with.

The model with its few-step LoRA and without guidance: by consistency sampling (Luo et al. 2023, arXiv 2311.05556), or
in long deterministic steps where the LoRA was made for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from protocol.sentences import say
from server.engine.api import Check, EngineError, Layer, Note, Picture, Size, Step, proceed
from server.engine.diffusion.consistency_sampler import FewSteps, OnFewStep, sample_few
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.evaluation_counter import Counter
from server.engine.diffusion.family import Cond
from server.engine.diffusion.jump_sampler import Jumps, sample_jumps
from server.engine.diffusion.latent_pixels import decoded
from server.engine.diffusion.noise import SeededNoise
from server.engine.diffusion.schedule import Schedule
from server.engine.edits.planning import TEXT_S, loading_works
from server.engine.model_cache import ModelCache
from server.engine.models.few_step_profile import POINTS, STEPS, Fast
from server.engine.models.loading import Loaded
from server.engine.models.lora import Lora, with_lora
from server.engine.models.profile import ModelProfile
from server.engine.models.prompt_notes import notes_of
from server.engine.step_watch import Watch
from server.engine.timing.work import Measure, Work, seconds_of, unmeasured

MOST_STEPS = 16


@dataclass(frozen=True, kw_only=True)
class FewStepWish:
    """What to paint. size: width and height in pixels, the model's own when None; steps: the profile's when None."""

    prompt: str
    seed: int = 0
    size: Size | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"a seed is 0 or more, not {self.seed}")
        if self.steps is not None and not 1 <= self.steps <= MOST_STEPS:
            raise ValueError(f"few steps are 1 to {MOST_STEPS}, not {self.steps}")


@dataclass(frozen=True, kw_only=True)
class Made:
    """Pixels (h, w, 3) sRGB 0..1, what they cost, and what the model made of the words."""

    pixels: NDArray[np.float32]
    counter: Counter
    notes: tuple[Note, ...] = field(default=())


def run(wish: FewStepWish, name: str, models: ModelCache, watch: Watch) -> Made:
    """Paint a wish with the model of this name and its few-step LoRA, loaded if need be.

    Raises EngineError when the model has none or the size does not fit it, or whatever the watch raises to stop.
    """
    profile = models.catalogue.profile(name)
    watch.plan([*loading_works(profile, models.ready()), *picture_works(wish, profile)])
    model = models.diffusion(name, watch)
    return picture(
        *(model, profile, models.few_step_lora(name, watch), wish),
        tell=watch.tell,
        check=watch.check,
        measure=watch.measure,
    )


def picture_works(wish: FewStepWish, profile: ModelProfile) -> list[Work]:
    """What painting a wish consists of. Raises EngineError as `picture` does."""
    width, height = _size(wish, profile)
    cells = (width // profile.stride) * (height // profile.stride)
    decoded = seconds_of(cells * profile.decoder_gflop)
    steps = wish.steps or (profile.fast.steps if profile.fast else STEPS)
    evaluated = seconds_of(cells * profile.network_gflop)
    return [
        Work(kind="text", guess=TEXT_S),
        Work(kind="evaluation", size=cells, count=steps, guess=evaluated),
        Work(kind="preview", size=width * height, count=steps, guess=decoded),
        Work(kind="decode", size=width * height, guess=decoded),
    ]


def picture(
    model: Loaded,
    profile: ModelProfile,
    lora: Lora | None,
    wish: FewStepWish,
    *,
    tell: Callable[[Step], None] = lambda _step: None,
    check: Check = proceed,
    measure: Measure = unmeasured,
) -> Made:
    """Paint a wish; without a LoRA the plain model takes the few steps, for comparing.

    Raises EngineError when the size does not fit the model, or whatever `tell` and `check` raise to stop.
    """
    width, height = _size(wish, profile)
    points = profile.fast.points if profile.fast else POINTS
    counter, schedule = Counter(), Schedule(steps=points, betas=model.family.betas)
    denoiser = Denoiser(model.family, schedule, counter, check, measure)
    blank = torch.zeros((1, 4, height // profile.stride, width // profile.stride))

    def on_step(done: int, total: int, clean: Tensor) -> None:
        def preview() -> Layer:
            pixels = (decoded(model.family, clean) * 255).round().astype(np.uint8)
            place = (0, 0, width, height)
            picture = Picture(pixels=pixels, rect=place, document=place[2:])
            return Layer(picture=picture, name="preview")

        tell(Step(phase="edit", step=done, steps=total, preview=preview))

    with with_lora(model.unet, lora):
        start = SeededNoise(wish.seed, stream="start").draw(0, 0, blank)
        with measure("text", 1):
            cond = model.family.encode_text([wish.prompt], check)
        z = _sampled(denoiser, start, cond, profile.fast, wish, on_step)
    tell(Step(phase="decode", step=0, steps=1))
    with measure("decode", width * height):
        pixels = decoded(model.family, z, check)
    return Made(pixels=pixels, counter=counter, notes=notes_of(model.read(wish.prompt)))


def _sampled(
    denoiser: Denoiser,
    start: Tensor,
    cond: Cond,
    fast: Fast | None,
    wish: FewStepWish,
    on_step: OnFewStep,
) -> Tensor:
    """The picture's latent, by the sort of steps that the LoRA was made for."""
    train_steps = denoiser.schedule.betas.train_steps
    steps = wish.steps or (fast.steps if fast else STEPS)
    if fast is not None and fast.jumps:
        jumps = Jumps(steps=steps, train_steps=train_steps)
        return sample_jumps(denoiser, start, cond, jumps, on_step=on_step)
    few = FewSteps(steps=steps, points=denoiser.schedule.steps, train_steps=train_steps)
    noise = SeededNoise(wish.seed, stream="few")
    return sample_few(denoiser, start, cond, few, noise=noise, on_step=on_step)


def _size(wish: FewStepWish, profile: ModelProfile) -> Size:
    """Width and height to paint at. Raises EngineError for sides that are no multiples of the model's cells."""
    native = profile.grid.native
    width, height = wish.size or (native, native)
    multiple = profile.grid.multiple
    if any(side < multiple or side % multiple for side in (width, height)):
        raise EngineError(
            "param.invalid",
            say("model.sides", name=profile.id, multiple=multiple, width=width, height=height),
        )
    return width, height
