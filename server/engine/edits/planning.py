# SPDX-License-Identifier: Apache-2.0
"""Saying what an edit will do before it does it: area, memory, evaluations, time. Geometry only."""

from __future__ import annotations

from protocol.edits import Drag, GuidedEdit, Move
from server.engine.api import Note, Plan, Rect, Size, note
from server.engine.canvas import Crop, choose_crop, rects
from server.engine.diffusion.settings import evaluations
from server.engine.edits.work import region_of
from server.engine.models.notes import notes_of
from server.engine.models.profile import ModelProfile


def planned(
    edit: GuidedEdit, document: Size, selection: Rect | None, profile: ModelProfile
) -> Plan:
    """The plan of an edit. Raises EngineError when it cannot be done."""
    region = region_of(edit, document, selection)
    crop = choose_crop(region, document, profile.grid)
    calls = _calls(edit, profile)
    scale = crop.size[0] * crop.size[1] / profile.grid.native**2
    rows = (
        2 * calls["denoise"]
        + calls["renoise"]
        + calls["invert"]
        + 1.6 * calls["guide"]
        + 0.75 * calls["reference"]
    )
    return Plan(
        read_rect=crop.visible,
        region=region,
        crop=crop.rect,
        model=profile.id,
        bytes=profile.weight_bytes + int(profile.work_bytes * crop.size[0] * crop.size[1] / 1e6),
        eta_ms=round(rows * profile.row_ms * scale) + 300,
        evaluations=sum(calls.values()),
        notes=(*_notes(edit, crop, document, selection), *_on_words(edit, profile)),
    )


def _calls(edit: GuidedEdit, profile: ModelProfile) -> dict[str, int]:
    """Network evaluations by purpose; none for a plain warp."""
    steps = profile.steps[edit.preset]
    settings = profile.guided(edit.KIND).dragon
    calls = evaluations(settings, steps)
    return calls if edit.method == "guided" else dict.fromkeys(calls, 0)


def _notes(edit: GuidedEdit, crop: Crop, document: Size, selection: Rect | None) -> list[Note]:
    """What an artist should know first."""
    found: list[Note] = []
    across, along = crop.scale
    if min(across, along) < 0.5:
        found.append(soft(crop))
    if isinstance(edit, Drag):
        outside = [p for path in edit.drags for p in path.points if not _inside(p, document)]
        if outside:
            found.append(note("plan.outside", count=len(outside)))
    if isinstance(edit, Move) and selection is not None:
        x, y, width, height = selection
        target = (x + round(edit.dx), y + round(edit.dy), width, height)
        if not rects.contains(rects.of_size(document), target):
            found.append(note("plan.leaves"))
    return found


def _on_words(edit: GuidedEdit, profile: ModelProfile) -> tuple[Note, ...]:
    """What the model will make of the prompt; a plain warp asks no model."""
    read = edit.prompt if edit.method == "guided" else ""
    return notes_of(profile.read(read))


def soft(crop: Crop) -> Note:
    """The model paints smaller than the area is."""
    (_, _, width, height), (wide, high) = crop.rect, crop.size
    return note("plan.soft", width=width, height=height, wide=wide, high=high)


def _inside(point: tuple[float, float], document: Size) -> bool:
    return 0 <= point[0] <= document[0] and 0 <= point[1] <= document[1]
