# SPDX-License-Identifier: Apache-2.0
"""What is computed and what waits, as a list: each row can be cancelled by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .document.document_controller import DocumentController
from .saying import progress_line
from .session.progress import Queued
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


def rows_of(
    desks: Sequence[DocumentController], foreign: int, strings: Strings
) -> tuple[QueueRow, ...]:
    """What these documents have on their way, in the order in which it is computed.

    `foreign` jobs of other programs are with the engine: no more of those can come before one of ours.
    """
    listed = [(one, desk) for desk in desks for one in desk.session.status.queue]
    listed.sort(key=lambda pair: _order(pair[0]))
    rows: list[QueueRow] = []
    for place, (one, desk) in enumerate(listed):
        ahead = max(place, min(one.ahead, place + foreign))
        rows.append(
            QueueRow(
                id=one.id,
                document=document_name(desk),
                edit=strings.text(f"edit.{one.kind}", one.kind),
                words=_words(desk, one, ahead, strings),
                running=one.running,
            )
        )
    return tuple(rows)


def _order(one: Queued) -> tuple[bool, bool, bool, str]:
    """What runs, what waits in the order in which it was asked for; what is read ahead gives way to edits."""
    return (not one.running, one.task == "prepare", one.is_next, one.id)


def others_row(others: int, strings: Strings) -> QueueRow:
    """Jobs of other programs, which only they can cancel."""
    return QueueRow(
        id="",
        document=strings.text("panel.queue_elsewhere"),
        edit="",
        words=strings.text("panel.queue_others", n=others),
        running=False,
    )


def document_name(desk: DocumentController) -> str:
    """What the program calls a document."""
    name: object = getattr(desk.host, "document_name", None)
    return str(name()) if callable(name) else "?"


def _words(desk: DocumentController, one: Queued, ahead: int, strings: Strings) -> str:
    session = desk.session
    if one.stopping:
        return strings.text("stage.stopping")
    if one.task == "prepare":
        return strings.text("panel.queue_prepare")
    if one.is_next and "edit" in {
        other.task for other in session.status.queue if not other.is_next
    }:
        return strings.text("panel.queue_next")
    if not one.running and ahead > 0 and session.stage == "waiting":
        return strings.text("panel.queue_ahead", n=ahead)
    return progress_line(session.progress, session.status.sentence, strings)
