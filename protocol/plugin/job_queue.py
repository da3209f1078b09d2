# SPDX-License-Identifier: Apache-2.0
"""What is computed and what waits, as a list: each row can be cancelled by itself."""

from __future__ import annotations

from dataclasses import dataclass

from .desk import Desk
from .saying import progress_line
from .strings import Strings


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """One edit of one document. `id` is what `cancel_job` takes, "" for what other programs wait for."""

    id: str
    document: str
    edit: str
    words: str
    running: bool

    @property
    def can_cancel(self) -> bool:
        """Whether it is this program's to cancel."""
        return bool(self.id)


def rows_of(desk: Desk, strings: Strings) -> tuple[QueueRow, ...]:
    """What a document has on its way, in the order in which it is computed."""
    rows: list[QueueRow] = []
    for one in desk.session.queue:
        rows.append(
            QueueRow(
                id=one.id,
                document=document_name(desk),
                edit=strings.text(f"edit.{one.kind}", one.kind),
                words=_words(desk, one.task, one.running, one.is_next, one.ahead, strings),
                running=one.running,
            )
        )
    return tuple(rows)


def others_row(others: int, strings: Strings) -> QueueRow:
    """Jobs of other programs, which only they can cancel."""
    return QueueRow(
        id="",
        document=strings.text("panel.queue_elsewhere"),
        edit="",
        words=strings.text("panel.queue_others", n=others),
        running=False,
    )


def document_name(desk: Desk) -> str:
    """What the program calls a document."""
    name: object = getattr(desk.host, "document_name", None)
    return str(name()) if callable(name) else "?"


def _words(
    desk: Desk, task: str, running: bool, is_next: bool, ahead: int, strings: Strings
) -> str:
    session = desk.session
    if task == "prepare":
        return strings.text("panel.queue_prepare")
    if is_next and "edit" in {one.task for one in session.queue if not one.is_next}:
        return strings.text("panel.queue_next")
    if not running and ahead > 0 and session.stage == "waiting":
        return strings.text("panel.queue_ahead", n=ahead)
    return progress_line(session.progress, session.sentence, strings)
