# SPDX-License-Identifier: Apache-2.0
"""What to know of a picture file before one of its layers is edited, beside what the engine says of the edit."""

from __future__ import annotations

from protocol.messages import Note
from protocol.places import as_text
from server.engine.api import Note as EngineNote
from server.engine.api import note
from server.files import Document, FileLayer


def notes_of(
    document: Document, source: FileLayer, mask: Document | None = None
) -> tuple[Note, ...]:
    """Notes on a file, the layer of it that is edited, and the file of the mask.

    A hidden layer may be edited, other than in the panels: who writes a command has no eye to click on.
    """
    found: list[EngineNote] = []
    if document.pages > 1:
        found.append(note("file.pages", count=document.pages))
    if document.frames > 1:
        found.append(note("file.frames", count=document.frames))
    if document.cmyk:
        found.append(note("file.cmyk", name=as_text(document.name)))
    if document.merged:
        found.append(note("file.merged", name=as_text(document.name)))
    if mask is not None and mask.pages > 1:
        found.append(note("file.mask_pages", count=mask.pages, name=as_text(mask.name)))
    if mask is not None and mask.frames > 1:
        found.append(note("file.mask_frames", count=mask.frames, name=as_text(mask.name)))
    hidden = [group for group in document.groups_of(source) if not group.visible]
    if hidden:
        found.append(note("file.hidden_group", name=source.name, group=hidden[0].name))
    elif not source.visible:
        found.append(note("file.hidden", name=source.name))
    return tuple(Note(code=n.code, message=n.message, detail=dict(n.detail)) for n in found)
