# SPDX-License-Identifier: Apache-2.0
"""What is shown while an edit runs: the plan, then one bar over the whole of it, with its phase and the time left."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

from protocol.messages import JobPlanned, Note
from protocol.plugin.basis import hull
from protocol.plugin.host import NOWHERE
from protocol.plugin.saying import about, progress_line, size
from protocol.plugin.session.edit_session import EditSession
from protocol.plugin.strings import Strings
from server.cli.sentences import in_words


class Watch:
    """A context in which `tick` is called often; says nothing at all when quiet or not on a terminal."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._plan: JobPlanned | None = None
        self._said: set[str] = set()
        self._strings = Strings()
        self._bar = Progress(
            SpinnerColumn("dots" if console.encoding.startswith("utf") else "line"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=1.0, visible=False)

    def __enter__(self) -> Watch:
        self._bar.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._bar.stop()

    def tick(self, session: EditSession) -> None:
        """Show where the session stands now."""
        if session.plan is not None and session.plan is not self._plan:
            self._plan = session.plan
            self.say(describe(session.plan, self._strings))
            for note in session.plan.notes:
                self.note(note)
        if session.outcome is not None:
            for note in session.outcome.notes:
                self.note(note)
        now = session.progress
        if now.phase:
            words = progress_line(now, session.status.sentence, self._strings)
            self._bar.update(self._task, description=words, completed=now.fraction, visible=True)

    def note(self, note: Note) -> None:
        """A plan and its result often say the same: once is enough."""
        text = in_words(note.sentence)
        if text not in self._said:
            self._said.add(text)
            self.say(f"Note: {text}")

    def say(self, text: str) -> None:
        """A line of text, unless quiet."""
        if not self._quiet:
            self._console.print(text, highlight=False, soft_wrap=True)


def describe(plan: JobPlanned, strings: Strings) -> str:
    """What an edit will do, before it does it."""
    x, y, width, height = hull(plan.region) if plan.region else NOWHERE
    parts = [f"May change {width} × {height} pixels at {x},{y}", f"model {plan.model}"]
    if plan.evaluations:
        parts.append(f"about {plan.evaluations} network evaluations")
    if plan.bytes:
        parts.append(f"needs about {size(plan.bytes)}")
    parts.append(about(plan, strings))
    return " · ".join(part for part in parts if part) + "."
