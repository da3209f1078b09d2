# SPDX-License-Identifier: Apache-2.0
"""`--progress json`: what happens while an edit runs, a JSON object a line on standard error; for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from protocol.messages import JobPlanned, Note
from protocol.plugin.session.edit_session import EditSession
from server.cli.output_options import PROGRESS, Manner
from server.cli.problem import Problem
from server.cli.sentences import in_words
from server.cli.streams import clean, console

from .progress import Watch
from .report import plan_of


def watch_for(manner: Manner) -> Watch | LineWatch:
    """What shows an edit's progress in this manner. Raises Problem for a manner there is not."""
    if manner.progress not in PROGRESS:
        raise Problem(f"--progress must be {', '.join(PROGRESS)}, not “{manner.progress}”.")
    if manner.progress == "json":
        return LineWatch()
    return Watch(console(stderr=True), quiet=manner.quiet or manner.progress == "none")


class LineWatch:
    """The same as `Watch`, in lines: `plan`, `note`, `say` and `progress`, each only when something is new."""

    def __init__(self) -> None:
        self._plan: JobPlanned | None = None
        self._last: object = None
        self._noted: set[str] = set()

    def __enter__(self) -> LineWatch:
        return self

    def __exit__(self, *_problem: object) -> None:
        return

    def tick(self, session: EditSession) -> None:
        """Write what is new since the last time."""
        if session.plan is not None and session.plan is not self._plan:
            self._plan = session.plan
            self._line("plan", plan_of(session.plan))
        for note in session.outcome.notes if session.outcome is not None else ():
            self.note(note)
        now = session.progress
        if now.phase and now != self._last:
            self._last = now
            self._line(
                "progress",
                {
                    "phase": now.phase,
                    "step": now.step,
                    "steps": now.steps,
                    "fraction": now.fraction,
                    "eta_ms": now.eta_ms,
                },
            )

    def note(self, note: Note) -> None:
        """What is to be known, once."""
        if note.message not in self._noted:
            self._noted.add(note.message)
            self._line("note", {"text": in_words(note.sentence)})

    def say(self, text: str) -> None:
        """What would be a line of text on a terminal."""
        self._line("say", {"text": text})

    def _line(self, event: str, node: Mapping[str, Any]) -> None:
        print(json.dumps(clean({"event": event, **node})), file=sys.stderr, flush=True)
