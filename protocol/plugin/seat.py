# SPDX-License-Identifier: Apache-2.0
"""What one panel looks at: the document in front of it, the engine, and what is under way elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..edits import MODELS
from ..messages import EngineReport, EngineStatus
from ..sentences import told
from .document.document_controller import DocumentController
from .document.document_manager import DocumentManager, Open
from .document.ora_export import save_with_recipes
from .elsewhere import Elsewhere
from .engine import Engine
from .host import HostError, Level
from .job_queue import QueueRow, others_row, rows_of
from .launch import EngineState
from .strings import Strings

REPORT_S = 5.0


class Seat:
    """`about` names plug-in and program in diagnostics; `on_report` is called when the engine told of itself."""

    def __init__(
        self, studio: DocumentManager, about: str = "", on_report: Callable[[], None] = lambda: None
    ) -> None:
        self.studio, self.about = studio, about
        self.open: Open | None = None
        self.report: EngineReport | None = None
        self.elsewhere = Elsewhere()
        self._on_report = on_report
        self._asked = 0.0

    # ---- what there is

    @property
    def desk(self) -> DocumentController | None:
        """The document's desk."""
        return self.open.desk if self.open is not None else None

    @property
    def desks(self) -> list[DocumentController]:
        """Those of all open documents: the queue."""
        return [one.desk for one in self.studio.all]

    @property
    def busy_elsewhere(self) -> list[DocumentController]:
        """Desks of other documents that have something on its way."""
        return [one for one in self.desks if one is not self.desk and one.status.busy]

    @property
    def queue(self) -> tuple[QueueRow, ...]:
        """What is computed and what waits, of all documents, and last how much other programs wait for."""
        foreign = self.elsewhere.jobs
        rows = rows_of(self.desks, foreign, self.strings)
        return (*rows, others_row(foreign, self.strings)) if foreign else rows

    def cancel_job(self, job_id: str) -> None:
        """Cancel one row of the queue."""
        any(desk.session.cancel_job(job_id) for desk in self.desks)

    def cancel_waiting(self) -> None:
        """Leave out all that has not begun, in every document."""
        for desk in self.desks:
            desk.session.cancel_waiting()

    def cancel_all(self) -> None:
        """Stop all that is computed, and what waits, in every document."""
        for desk in self.desks:
            desk.session.cancel()

    @property
    def host(self) -> Any:
        """The document's host, with its notes."""
        return self.open.host if self.open is not None else None

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self.studio.line.engine

    @property
    def strings(self) -> Strings:
        """All texts in the artist's language."""
        return self.studio.strings

    @property
    def engine_state(self) -> EngineState:
        """How the engine stands, and what to do about it."""
        state = self.studio.line.state
        if state.kind == "ready" and not self.engine.ready:
            return EngineState(kind="lost", sentence=self.engine.problem)
        return state

    @property
    def messages(self) -> list[tuple[Level, str]]:
        """What was said about the document, the newest last."""
        return list(self.open.messages) if self.open is not None else []

    # ---- what there is to pick from

    def edits(self) -> list[tuple[str, str]]:
        """(kind, label) of all edits, in the engine's order."""
        known = self.engine.edits.items()
        return [(kind, self.strings.text(model.label, kind)) for kind, model in known]

    def suggestions(self, name: str) -> list[tuple[str, str]]:
        """(value, label) of a list of the engine, of models those that the chosen edit can use; none it has not."""
        if name != MODELS:
            return []
        kind = self.desk.kind if self.desk is not None else ""
        found = self.engine.models.values()
        usable = [model for model in found if not model.ops or kind in model.ops]
        return [(model.name, model.label or model.name) for model in usable]

    def layers(self) -> list[tuple[str, str]]:
        """(key, name) of the document's layers, from top to bottom."""
        return list(self.open.host.layers()) if self.open is not None else []

    # ---- what can be asked

    def sit(self, document: Any) -> bool:
        """Look at this document (None: at none) from now on; returns whether that is another one."""
        found = self.studio.of(document) if document is not None else None
        if found is self.open:
            return False
        self.open = found
        return True

    def leave_closed(self) -> bool:
        """Look at nothing when the document was closed; returns whether it was."""
        if self.open is None or self.open in self.studio.all:
            return False
        self.open = None
        return True

    def ask(self) -> None:
        """Have the engine tell what it has to do, now and then; to be called a few times a second."""
        self._count()
        if self.engine.ready and time.monotonic() - self._asked > REPORT_S:
            self._asked = time.monotonic()
            self.elsewhere.asked()
            self._count()
            self.engine.expect(self.engine.connection.request(EngineStatus()), self)

    def take(self, event: object) -> None:
        """Receive the engine's report (see `engine.Listener`)."""
        if isinstance(event, EngineReport):
            self.report = event
            self._count()
            self.elsewhere.take(event)
            self._on_report()

    def _count(self) -> None:
        sessions = [desk.session.status for desk in self.desks]
        self.elsewhere.note(
            sum(one.open_jobs for one in sessions), sum(one.running_jobs for one in sessions)
        )

    def start_engine(self) -> None:
        """Try to start the engine once more."""
        self.studio.line.try_again()

    def save_ora(self, place: Path) -> str:
        """Save the document as OpenRaster with its recipes; returns the path, "" when that failed and was said."""
        if self.open is None:
            return ""
        place = place.with_suffix(".ora")
        try:
            save_with_recipes(place, self.open.host, self.open.desk, self.studio.store)
        except HostError as problem:
            self.open.host.message("error", self.strings.said(told(problem)))
            return ""
        return str(place)
