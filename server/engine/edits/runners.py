# SPDX-License-Identifier: Apache-2.0
"""The one table: which runner does which edit. Whatever is asked of an edit, its runner answers; without torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from protocol.edits import Drag, DragGan, Edit, Move
from server.engine.edits.drag_gan.runner import DragGanRunner
from server.engine.edits.guided.drag import DRAG
from server.engine.edits.guided.move import MOVE
from server.engine.edits.guided.runner import GuidedRunner
from server.engine.edits.runner import E, EditRunner, not_known
from server.engine.models.profile import ModelKind

RUNNERS: Mapping[type[Edit], EditRunner[Any]] = MappingProxyType(
    {
        Drag: GuidedRunner(DRAG),
        Move: GuidedRunner(MOVE),
        DragGan: DragGanRunner(),
    }
)


def runner_of(edit: E) -> EditRunner[E]:
    """The runner of an edit. Raises EngineError (op.unsupported) for one that this engine cannot do."""
    runner = RUNNERS.get(type(edit))
    if runner is None:
        raise not_known(edit)
    return runner


def edits_with(kind: ModelKind) -> list[str]:
    """The edits that work with models of a kind."""
    return [edit.KIND for edit, runner in RUNNERS.items() if runner.models == kind]
