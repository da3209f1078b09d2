# SPDX-License-Identifier: Apache-2.0
"""One file per thing an artist can do, each a short composition of canvas, warp and models.

`plan` and `warp` need numpy only; `guided` needs torch and is imported by the engine alone.
"""

from __future__ import annotations

from protocol.edits import Edit, GuidedEdit
from protocol.sentences import say
from server.engine.api import EngineError, Layer, Pictures, Plan, Ready, Rect, Size
from server.engine.canvas import ModelGrid
from server.engine.edits.planning import planned
from server.engine.edits.preview import warped
from server.engine.edits.work import begin
from server.engine.models.profile import ModelProfile
from server.engine.timing.learned import LearnedTimes

__all__ = ["plan", "warp"]


def plan(
    edit: Edit,
    *,
    document: Size,
    selection: Rect | None,
    profile: ModelProfile,
    times: LearnedTimes,
    ready: Ready,
) -> Plan:
    """What the edit will read, change and cost, from geometry and from the times that were learned here.

    Raises EngineError when it cannot be done, saying why.
    """
    return planned(_guided(edit), document, selection, profile, times=times, ready=ready)


def warp(edit: Edit, pictures: Pictures, profile: ModelProfile) -> Layer:
    """The instant preview: the edit's geometry applied to the document's own pixels."""
    grid: ModelGrid = profile.grid
    return warped(begin(_guided(edit), pictures, grid))


def _guided(edit: Edit) -> GuidedEdit:
    if isinstance(edit, GuidedEdit):
        return edit
    raise EngineError("op.unsupported", say("kind.newer", edit=f"edit.{edit.KIND}"))
