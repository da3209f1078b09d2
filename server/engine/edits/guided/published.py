# SPDX-License-Identifier: Apache-2.0
"""The published modes with the reference implementation's quirks, for comparing numbers (`reference_compat`)."""

from __future__ import annotations

import torch
from torch import Tensor

from protocol.edits import Drag, Move
from protocol.sentences import say
from server.engine.api import EngineError
from server.engine.canvas import resize
from server.engine.diffusion import published
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.dragging import Dragging
from server.engine.diffusion.family import Cond
from server.engine.diffusion.inversion import Trajectory
from server.engine.diffusion.settings import DragonSettings
from server.engine.edits.guided.task import Work, not_known


def setup(
    work: Work,
    settings: DragonSettings,
    denoiser: Denoiser,
    trajectory: Trajectory,
    conds: tuple[Cond, Cond],
) -> published.Setup:
    """Move or drag exactly as published; masks and points in model pixels.

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
        return _setup(work, base)
    except ValueError as problem:
        raise EngineError("param.invalid", say("published.drag")) from problem


def _setup(work: Work, base: Dragging) -> published.Setup:
    across, along = work.crop.scale
    edit = work.edit
    if isinstance(edit, Move):
        thing = torch.from_numpy(work.motion.left)[None, None] > 0.5
        return published.move(
            base, thing, dx=edit.dx * across, dy=edit.dy * along, gamma=edit.scale
        )
    if isinstance(edit, Drag):
        handles = [path for path in edit.drags if not path.is_pin]
        starts = [work.crop.to_model(*path.start) for path in handles]
        ends = [work.crop.to_model(*path.end) for path in handles]
        return published.drag(base, starts, ends, _area(work))
    raise not_known(edit)


def _area(work: Work) -> Tensor:
    """Where anything may change, (1, 1, mh, mw) bool."""
    size = (work.view.shape[1], work.view.shape[0])
    return torch.from_numpy(resize(work.geometry.area, size, "area"))[None, None] > 0.5
