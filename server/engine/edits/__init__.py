# SPDX-License-Identifier: Apache-2.0
"""One file per thing an artist can do, each a short composition of canvas, warp and models.

`plan` and `warp` need numpy only; `guided` needs torch and is imported by the engine alone.
"""

from __future__ import annotations

from protocol.edits import Edit, GuidedEdit
from server.engine.api import Layer, Pictures
from server.engine.edits.guided.plan import plan
from server.engine.edits.guided.task import begin, of_kind
from server.engine.edits.guided.warp_preview import warped
from server.engine.models.profile import ModelProfile

__all__ = ["plan", "warp"]


def warp(edit: Edit, pictures: Pictures, profile: ModelProfile) -> Layer:
    """The instant preview: the edit's geometry applied to the document's own pixels."""
    return warped(begin(of_kind(edit, GuidedEdit), pictures, profile.grid))
