# SPDX-License-Identifier: Apache-2.0
"""What an artist should know of a picture in a generator's hands, and of a pull: sentences with codes."""

from __future__ import annotations

from protocol.edits import DragGan
from server.engine.api import Note, note
from server.engine.edits.drag_gan.drag import Ends
from server.engine.edits.drag_gan.inverted_layer import Held

LISTED = 5
"""Points that are named; more are too many to read."""
CLOSE_DB = 24.0
"""PSNR from which on two pictures side by side look alike at a glance."""


def about_picture(held: Held, *, shown: bool) -> tuple[Note, ...]:
    """How well the generator can show this picture. `shown`: its reconstruction is being looked at."""
    found = held.inversion
    if not found.inside:
        return (note("gan.outside"),)
    if not shown:
        return ()
    return (note("gan.reconstruction" if found.psnr >= CLOSE_DB else "gan.reconstruction.rough"),)


def about_pull(held: Held, begin: Ends, edit: DragGan, arrived: bool) -> tuple[Note, ...]:
    """Handles that had nothing to hold on to, or were put elsewhere; and whether all arrived."""
    notes: list[Note] = []
    still = [grip.handle for grip in begin.grips if grip.flat]
    if edit.snap:
        put = [grip.better for grip in begin.grips if grip.flat and grip.better != grip.handle]
        still = [grip.handle for grip in begin.grips if grip.flat and grip.better == grip.handle]
        if put:
            notes.append(note("gan.snapped", words=_places(held, put)))
    if still:
        notes.append(note("gan.flat", words=_places(held, still)))
    if not arrived and edit.frame < 0:
        notes.append(note("gan.far", count=edit.iterations))
    return tuple(notes)


def _places(held: Held, points: list[tuple[int, int]]) -> str:
    """Points (row, column) of the generator's picture, as places in the document."""
    there = [held.crop.to_document(column + 0.5, row + 0.5) for row, column in points[:LISTED]]
    more = " …" if len(points) > LISTED else ""
    return ", ".join(f"{x:.0f}/{y:.0f}" for x, y in there) + more
