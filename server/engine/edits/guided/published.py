# SPDX-License-Identifier: Apache-2.0
"""The published modes with the reference implementation's quirks, for comparing numbers (`reference_compat`)."""

from __future__ import annotations

from protocol.sentences import say
from server.engine.api import EngineError
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.dragging import Dragging
from server.engine.diffusion.dragon_settings import DragonSettings
from server.engine.diffusion.family import Cond
from server.engine.diffusion.inversion import Trajectory
from server.engine.diffusion.published.modes import Setup
from server.engine.edits.guided.functions import E, GuidedFunctions, GuidedTask


def setup(
    functions: GuidedFunctions[E],
    task: GuidedTask[E],
    settings: DragonSettings,
    denoiser: Denoiser,
    trajectory: Trajectory,
    conds: tuple[Cond, Cond],
) -> Setup:
    """The edit exactly as published; masks and points in model pixels. `conds`: target text and no text.

    Raises EngineError for what the reference refuses, such as an object that leaves the picture.
    """
    text, empty = conds
    base = Dragging(
        denoiser=denoiser,
        settings=settings,
        trajectories=(trajectory,),
        text=text,
        rows_text=text,
        rows_uncond=empty,
        terms=(),
    )
    try:
        return functions.reference(task, base)
    except ValueError as problem:
        raise EngineError("param.invalid", say("published.drag")) from problem
