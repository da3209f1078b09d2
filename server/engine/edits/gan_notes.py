# SPDX-License-Identifier: Apache-2.0
"""What an artist should know of a picture in a generator's hands, and of a pull: sentences with codes."""

from __future__ import annotations

import math

from protocol.edits import DragGan
from server.engine.api import Note
from server.engine.edits.gan_drag import Ends
from server.engine.edits.gan_hold import Held

LISTED = 5
"""Points that are named; more are too many to read."""


def about_picture(held: Held, *, shown: bool) -> tuple[Note, ...]:
    """How well the generator can show this picture. `shown`: its reconstruction is being looked at."""
    found = held.inversion
    close = f"{found.psnr:.1f} dB"
    if not found.inside:
        far = f"{20 * math.log10(2 / max(found.projected, 1e-6)):.1f} dB"
        text = (
            f"This picture is outside the model's world: its own picture of it comes no closer than {far}. "
            "Use “drag” instead, or choose another area or model."
        )
        return (Note(code="gan.outside", message=text, detail={"words": far}),)
    if not shown:
        return ()
    text = (
        f"What is shown is the model's own picture of this area ({close}). "
        "What it leaves out stays in the result: draw the arrows as on the picture itself."
    )
    return (Note(code="gan.reconstruction", message=text, detail={"words": close}),)


def about_pull(held: Held, begin: Ends, edit: DragGan, arrived: bool) -> tuple[Note, ...]:
    """Handles that had nothing to hold on to, or were put elsewhere; and whether all arrived."""
    notes: list[Note] = []
    still = [grip.handle for grip in begin.grips if grip.flat]
    if edit.snap:
        put = [grip.better for grip in begin.grips if grip.flat and grip.better != grip.handle]
        still = [grip.handle for grip in begin.grips if grip.flat and grip.better == grip.handle]
        if put:
            text = f"Points on even areas were put onto the nearest detail: {_places(held, put)}."
            notes.append(
                Note(code="gan.snapped", message=text, detail={"words": _places(held, put)})
            )
    if still:
        words = _places(held, still)
        text = (
            f"There is nothing to hold on to at {words}: put such points on an edge or a detail, "
            "or switch on “Hold on to details” (snap)."
        )
        notes.append(Note(code="gan.flat", message=text, detail={"words": words}))
    if not arrived and edit.frame < 0:
        text = (
            f"Not all points arrived within {edit.iterations} iterations: "
            "allow more of them, or pull less far."
        )
        notes.append(Note(code="gan.far", message=text, detail={"words": str(edit.iterations)}))
    return tuple(notes)


def _places(held: Held, points: list[tuple[int, int]]) -> str:
    """Points (row, column) of the generator's picture, as places in the document."""
    there = [held.crop.to_document(column + 0.5, row + 0.5) for row, column in points[:LISTED]]
    more = " …" if len(points) > LISTED else ""
    return ", ".join(f"({x:.0f}, {y:.0f})" for x, y in there) + more
