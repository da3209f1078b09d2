# SPDX-License-Identifier: Apache-2.0
"""The runner of `drag-gan`. No torch before something is computed."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.edits import DragGan
from protocol.sentences import say
from server.engine.api import EngineError, Layer, Pictures, Plan, Rect, Result, Size
from server.engine.edits.drag_gan.plan import check_filled, planned
from server.engine.edits.runner import PlanContext, RunContext
from server.engine.models.catalogue import Catalogue
from server.engine.models.profile import ModelKind


@dataclass(frozen=True)
class DragGanRunner:
    """See `EditRunner`. Inverts a generator once and pulls live; frames of an earlier pull may be given to it."""

    models: ModelKind = "generator"
    own_inputs: frozenset[str] = frozenset({"film", "begun"})

    def plan(
        self, edit: DragGan, *, document: Size, selection: Rect | None, context: PlanContext
    ) -> Plan:
        return planned(edit, document, selection, context)

    def check(self, edit: DragGan, pictures: Pictures, catalogue: Catalogue) -> None:
        check_filled(pictures, catalogue.generator(edit.model))

    def preview(self, edit: DragGan, pictures: Pictures, catalogue: Catalogue) -> Layer:
        del pictures, catalogue
        raise EngineError("op.unsupported", say("kind.frames", edit=f"edit.{edit.KIND}"))

    def prepare(self, edit: DragGan, pictures: Pictures, context: RunContext) -> Result:
        from server.engine.edits.drag_gan import run

        return run.prepare(edit, pictures, context)

    def run(self, edit: DragGan, pictures: Pictures, context: RunContext) -> Result:
        from server.engine.edits.drag_gan import run

        return run.run(edit, pictures, context)
