# SPDX-License-Identifier: Apache-2.0
"""The runner of the edits that guide a diffusion model by energies. No torch before something is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from server.engine.api import Layer, Pictures, Plan, Rect, Result, Size
from server.engine.edits.guided.functions import E, GuidedFunctions, GuidedTask
from server.engine.edits.guided.plan import planned
from server.engine.edits.guided.task import guided_task
from server.engine.edits.guided.warp_preview import warped
from server.engine.edits.runner import PlanContext, RunContext
from server.engine.models.catalogue import Catalogue
from server.engine.models.profile import ModelKind


@dataclass(frozen=True)
class GuidedRunner(Generic[E]):
    """See `EditRunner`. Inverts what the model sees, and guides it from there; its preview is the warp."""

    functions: GuidedFunctions[E]
    models: ModelKind = "diffusion"
    own_inputs: frozenset[str] = frozenset()

    def plan(
        self, edit: E, *, document: Size, selection: Rect | None, context: PlanContext
    ) -> Plan:
        return planned(self.functions, edit, document, selection, context)

    def check(self, edit: E, pictures: Pictures, catalogue: Catalogue) -> None:
        self.task(edit, pictures, catalogue)

    def preview(self, edit: E, pictures: Pictures, catalogue: Catalogue) -> Layer:
        return warped(self.task(edit, pictures, catalogue))

    def prepare(self, edit: E, pictures: Pictures, context: RunContext) -> Result:
        from server.engine.edits.guided import run

        return run.prepare(self.functions, edit, pictures, context)

    def run(self, edit: E, pictures: Pictures, context: RunContext) -> Result:
        from server.engine.edits.guided import run

        return run.run(self.functions, edit, pictures, context)

    def task(self, edit: E, pictures: Pictures, catalogue: Catalogue) -> GuidedTask[E]:
        """Where everything goes, for the model that the edit names."""
        grid = catalogue.profile(edit.model).grid
        return guided_task(self.functions, edit, pictures, grid)
