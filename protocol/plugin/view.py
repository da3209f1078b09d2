# SPDX-License-Identifier: Apache-2.0
"""All that a panel shows of the document in front of it and of the engine, read off at once; toolkits only draw it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .document.document_controller import DocumentController
from .film_strip import strip
from .job_queue import QueueRow
from .launch import EngineState
from .panel import Row
from .saying import device_line, queue_line
from .seat import Seat
from .standing import counted, hint
from .strings import Strings


@dataclass(frozen=True, kw_only=True)
class EngineView:
    """What to do when the engine is not there. `can_start`: it was not found, so `command` and a button help."""

    shown: bool = False
    title: str = ""
    words: str = ""
    steps: str = ""
    command: str = ""
    can_start: bool = False

    @classmethod
    def of(cls, state: EngineState, strings: Strings) -> EngineView:
        """Read off how the engine stands."""
        if state.kind == "ready":
            return cls()
        absent = state.kind == "absent"
        return cls(
            shown=True,
            title=strings.text(f"engine.{state.kind}"),
            words="" if state.kind == "starting" else state.said(strings),
            steps=strings.text("engine.how") if absent else "",
            command=state.command,
            can_start=absent,
        )


@dataclass(frozen=True, kw_only=True)
class QueueView:
    """What is computed and waits, row by row, and how much the engine has to do altogether.

    It is shown when there is more than the one edit that the panel itself tells of.
    """

    title: str
    rows: tuple[QueueRow, ...]
    can_cancel_waiting: bool
    can_cancel_all: bool
    shown: bool

    @classmethod
    def of(cls, seat: Seat) -> QueueView:
        """Read off what is under way elsewhere."""
        rows, others = seat.queue, seat.elsewhere
        ours = [row for row in rows if row.can_cancel]
        running = sum(row.running for row in ours)
        title = seat.strings.text("panel.queue")
        note = queue_line(
            running + others.running, len(ours) - running + others.waiting, seat.strings
        )
        return cls(
            title=f"{title} · {note}" if rows else title,
            rows=rows,
            can_cancel_waiting=any(not row.running for row in ours),
            can_cancel_all=bool(ours),
            shown=bool(seat.busy_elsewhere or others.jobs or len(rows) > 1),
        )


@dataclass(frozen=True, kw_only=True)
class EditView:
    """The chosen edit: what it is about, what it works on, its parameters, what to do next.

    `pulls`: it takes drags; `marks`: something is drawn on the canvas for it. `built` is another whenever rows must be
    made anew.
    """

    kind: str
    edits: list[tuple[str, str]]
    about: str
    works_on: str
    covered: str
    can_again: bool
    pulls: bool
    marks: bool
    counts: str
    can_clear: bool
    hint: str
    rows: tuple[Row, ...]
    built: object
    more: bool
    has_more: bool

    @classmethod
    def of(cls, seat: Seat, desk: DocumentController, *, drawing: bool) -> EditView:
        """Read it off a desk; `drawing`: the artist is about to draw on the canvas."""
        text, pulls = seat.strings.text, desk.panel.edit.drags_field is not None
        covered = bool(desk.source.cover) and desk.source.key != desk.source.cover
        rows = tuple(with_film(row, desk) for row in desk.panel.rows if row.widget != "drags")
        return cls(
            kind=desk.kind,
            edits=seat.edits(),
            about=desk.panel.help,
            works_on=text("panel.works_on", layer=desk.source.works_on)
            if desk.source.works_on
            else "",
            covered=text("hint.covered") if covered else "",
            can_again=desk.results.can_edit(desk.source.active),
            pulls=pulls,
            marks=pulls or desk.panel.edit.moves_object,
            counts=counted(desk, seat.strings),
            can_clear=bool(desk.drags.now.strokes) or desk.panel.edit.moves_object,
            hint=hint(desk, seat.strings, drawing=drawing),
            rows=rows,
            built=(desk.kind, seat.strings.language, built_of(rows)),
            more=desk.panel.level != "basic",
            has_more=any(spec.level == "advanced" for spec in desk.panel.edit.fields.values()),
        )


def built_of(rows: tuple[Row, ...]) -> list[object]:
    """What rows are built of, whatever stands in them: widgets are made anew only where this is another."""
    return [
        (
            *(row.name, row.widget, row.minimum, row.maximum),
            tuple(replace(one, value=None, problem="") for one in row.columns),
        )
        for row in rows
    ]


def with_film(row: Row, desk: DocumentController) -> Row:
    """The row that chooses a frame with the pictures that there are of frames; any other as it is."""
    film = desk.status.film
    if row.name != desk.panel.edit.frame_field or film is None:
        return row
    pictures = strip(film.sheet, film.frames, row.value, desk.strings)
    return replace(row, widget="film", pictures=pictures) if pictures else row


def device_of(seat: Seat) -> str:
    """What computes, while the engine is there."""
    return device_line(seat.report, seat.strings) if seat.engine_state.kind == "ready" else ""
