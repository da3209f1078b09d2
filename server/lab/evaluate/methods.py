# SPDX-License-Identifier: Apache-2.0
"""Ways to do an edit: ours, and stand-ins that a sound measure must fail.

A threshold that the un-edited picture, a plain warp, an unguided model, random noise in place of
the inversion or random weights can meet would measure nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from protocol.edits import GuidedEdit
from server.engine.api import Layer, ignore_step
from server.engine.canvas import apply_map, flatten
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.inversion import Trajectory
from server.engine.diffusion.key_value_rules import RecordKV
from server.engine.diffusion.schedule import Schedule
from server.engine.edits.guided.runner import GuidedRunner
from server.engine.edits.runners import runner_of
from server.engine.engine import Engine
from server.engine.models.bundled_profile import SCENES
from server.lab.evaluate.cases import Case

Image = NDArray[np.uint8]
Doer = Callable[[Case], Image]
"""Does a case; returns the flattened picture."""

METHODS = ("ours", "unedited", "warp", "preview", "no-guidance", "random-noise", "random-weights")
MUST_FAIL = ("unedited", "warp", "no-guidance", "random-noise", "random-weights")
"""`preview`, the instant warp with its hole filled from around, is shown for comparison only."""


def doer(method: str, engine: Engine) -> Doer:
    """The function that does a case by this method. Raises ValueError for an unknown one."""
    makers: dict[str, Callable[[], Doer]] = {
        "ours": lambda: partial(_ours, engine),
        "unedited": lambda: _unedited,
        "warp": lambda: partial(_plain_warp, engine),
        "preview": lambda: partial(_preview, engine),
        "no-guidance": lambda: partial(_no_guidance, engine),
        "random-noise": lambda: partial(_random_noise, engine),
        "random-weights": lambda: partial(_ours, _with_random_weights(engine)),
    }
    if method not in makers:
        raise ValueError(f"there is no method {method!r}; known are {', '.join(METHODS)}")
    return makers[method]()


def guided_runner(edit: GuidedEdit) -> GuidedRunner[GuidedEdit]:
    """The runner of a guided edit, with its functions."""
    runner = runner_of(edit)
    assert isinstance(runner, GuidedRunner)
    return runner


def _shown(case: Case, layer: Layer) -> Image:
    """The result over its source."""
    shown = np.asarray(flatten(case.pictures()["source"], [layer]).pixels)
    return shown[..., :3].astype(np.uint8)


def _ours(engine: Engine, case: Case) -> Image:
    return _shown(case, engine.run(case.edit, case.pictures(), ignore_step).layers[0])


def _unedited(case: Case) -> Image:
    return case.source


def _preview(engine: Engine, case: Case) -> Image:
    return _ours(engine, replace(case, edit=replace(case.edit, method="warp")))


def _no_guidance(engine: Engine, case: Case) -> Image:
    return _ours(engine, replace(case, edit=replace(case.edit, strength=0.0)))


def _plain_warp(engine: Engine, case: Case) -> Image:
    """Content is copied to its place and nothing else is done: the old place stays as it was."""
    runner = guided_runner(case.edit)
    task = runner.task(case.edit, case.pictures(), engine.catalogue)
    view = task.frame.view
    moved = apply_map(view, task.motion.warp.map)
    shown = view + task.motion.arrived[..., None] * (moved - view)
    return np.round(shown * 255).astype(np.uint8)


def _random_noise(engine: Engine, case: Case) -> Image:
    """As ours, with noise of the right strength in place of every inverted latent."""
    key = engine.prepare(case.edit, case.pictures(), ignore_step).provenance["trajectory"]
    trajectory = engine.inversions.find(key, Trajectory)
    assert trajectory is not None
    scrambled = _scrambled(engine, case, trajectory)
    engine.inversions.keep(key, scrambled, model=case.edit.model)
    try:
        return _ours(engine, case)
    finally:
        engine.inversions.forget(case.edit.model)


def _scrambled(engine: Engine, case: Case, trajectory: Trajectory) -> Trajectory:
    family = engine.family(case.edit.model)
    denoiser = Denoiser(
        family=family, schedule=Schedule(steps=trajectory.steps, betas=family.betas)
    )
    generator = torch.Generator().manual_seed(case.edit.seed)
    noise = [torch.randn(z.shape, generator=generator) for z in trajectory.latents[1:]]
    scrambled = Trajectory(
        key=trajectory.key,
        latents=(trajectory.source, *noise),
        timesteps=trajectory.timesteps,
        cond=trajectory.cond,
    )
    for i, t in enumerate(trajectory.timesteps):
        bank: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        denoiser.eps(
            scrambled.at_step(i), t, trajectory.cond, purpose="invert", rules=[RecordKV(bank)]
        )
        scrambled.bank[i] = bank
    return scrambled


def _with_random_weights(engine: Engine) -> Engine:
    """A new engine whose network has the same layout and no training."""
    fresh = Engine(engine.catalogue, device=str(engine.device), dtype=engine.dtype)
    generator = torch.Generator().manual_seed(0)
    for model in engine.facts()["models"] or [SCENES]:
        for module in cast("Any", fresh.family(model)).unet.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                with torch.random.fork_rng():
                    torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
                    reset()
    return fresh
