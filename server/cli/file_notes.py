# SPDX-License-Identifier: Apache-2.0
"""What to know of a picture file before one of its layers is edited, beside what the engine says of the edit."""

from __future__ import annotations

from protocol.messages import Note
from server.engine.api import Note as EngineNote
from server.engine.api import note
from server.files import Document, FileLayer


def notes_of(document: Document, source: FileLayer) -> tuple[Note, ...]:
    """Notes on a file and the layer of it that is edited.

    A hidden layer may be edited, other than in the panels: who writes a command has no eye to click on.
    """
    found: list[EngineNote] = []
    if document.pages > 1:
        found.append(note("file.pages", count=document.pages))
    if document.frames > 1:
        found.append(note("file.frames", count=document.frames))
    hidden = [group for group in document.groups_of(source) if not group.visible]
    if hidden:
        found.append(note("file.hidden_group", name=source.name, group=hidden[0].name))
    elif not source.visible:
        found.append(note("file.hidden", name=source.name))
    return tuple(Note(code=n.code, message=n.message, detail=dict(n.detail)) for n in found)
