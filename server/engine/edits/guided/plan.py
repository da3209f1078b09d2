# SPDX-License-Identifier: Apache-2.0
"""Saying what an edit will do before it does it: area, memory, evaluations, time. Geometry only."""

from __future__ import annotations

from dataclasses import replace

from protocol.edits import Drag, Edit, GuidedEdit, Move
from server.engine.api import Cost, Note, Plan, Ready, Rect, Size, note
from server.engine.canvas import Crop, choose_crop, rects
from server.engine.diffusion.settings import evaluations
from server.engine.edits.guided.task import of_kind, region_of
from server.engine.models.gan_profile import GanProfile
from server.engine.models.layout import inspect
from server.engine.models.notes import notes_of
from server.engine.models.profile import ModelProfile
from server.engine.models.sums import are_known
from server.engine.timing.learned import LearnedTimes
from server.engine.timing.work import Work, loading, seconds_of

GUIDE_ROWS, REFERENCE_ROWS = 1.57, 0.75
"""What a gradient and early features cost, in whole rows: SD1.5's shares, for a first guess."""
START_S, TEXT_S, REST_S, WARP_S = 6.0, 0.05, 0.3, 0.25e-6
"""The same for libraries, one prompt, all that is no network, and a pixel that is only warped."""


def plan(
    edit: Edit,
    *,
    document: Size,
    selection: Rect | None,
    profile: ModelProfile,
    times: LearnedTimes,
    ready: Ready,
) -> Plan:
    """What the edit will read, change and cost, from geometry and from the times that were learned here.

    Raises EngineError when it cannot be done, saying why.
    """
    edit = of_kind(edit, GuidedEdit)
    region = region_of(edit, document, selection)
    crop = choose_crop(region, document, profile.grid)
    again, found = edit_works(edit, profile, crop), calls(edit, profile)
    first = again
    if edit.method == "guided":
        first = [*before(profile, ready), *inversion_works(edit, profile, crop), *again]
    all_of_it = times.estimate(profile.id, first)
    kept = [work for work in again if work.kind != "reference"]

    def cost(works: list[Work], *saved: str) -> Cost:
        seconds = times.estimate(profile.id, works).seconds
        evaluations = sum(count for purpose, count in found.items() if purpose not in saved)
        return Cost(eta_ms=round(1000 * seconds), evaluations=evaluations)

    return Plan(
        read_rect=crop.visible,
        region=region,
        crop=crop.rect,
        model=profile.id,
        bytes=profile.weight_bytes + int(profile.work_bytes * crop.size[0] * crop.size[1] / 1e6),
        eta_ms=round(1000 * all_of_it.seconds),
        evaluations=sum(found.values()),
        notes=(*_notes(edit, crop, document, selection), *_on_words(edit, profile)),
        eta_guessed=all_of_it.guessed,
        inverted=cost(again, "invert"),
        edited=cost(kept, "invert", "reference"),
    )


def calls(edit: GuidedEdit, profile: ModelProfile) -> dict[str, int]:
    """Network evaluations by purpose; none for a plain warp."""
    steps, known = profile.steps[edit.preset], profile.guided(edit.KIND)
    if edit.reference_compat:
        found = evaluations(known.published, steps)
    else:
        scale = known.dragon.energy_scale * edit.strength
        own = replace(known.dragon, algorithm=edit.algorithm, energy_scale=scale)
        found = evaluations(own, steps)
    return found if edit.method == "guided" else dict.fromkeys(found, 0)


def before(profile: ModelProfile | GanProfile, ready: Ready) -> list[Work]:
    """What comes before an edit that is the first one: libraries, weights."""
    works = [] if ready.worker else [Work(kind="start", guess=START_S)]
    if profile.id in ready.models:
        return works
    if isinstance(profile, GanProfile):
        files = (profile.files.weights,)
    else:
        files = inspect(profile.path).weights if profile.path is not None else ()
    return [*works, *loading(profile.weight_bytes, hashed=are_known(files))]


def inversion_works(edit: GuidedEdit, profile: ModelProfile, crop: Crop) -> list[Work]:
    """What is done once for a picture and a prompt."""
    cells, pixels = _cells(crop, profile), crop.size[0] * crop.size[1]
    steps = calls(edit, profile)["invert"]
    return [
        Work(kind="text", guess=TEXT_S),
        Work(kind="encode", size=pixels, guess=seconds_of(cells * profile.decoder_gflop / 2)),
        Work(
            kind="evaluation",
            size=cells,
            count=steps,
            guess=seconds_of(cells * profile.network_gflop),
        ),
    ]


def references(edit: GuidedEdit, profile: ModelProfile, crop: Crop, known: int) -> list[Work]:
    """So many of the source's features, which are kept from one edit of it to the next."""
    return [
        replace(work, count=known)
        for work in edit_works(edit, profile, crop)
        if work.kind == "reference"
    ]


def edit_works(edit: GuidedEdit, profile: ModelProfile, crop: Crop) -> list[Work]:
    """What is done for every edit of an inverted picture."""
    cells, pixels = _cells(crop, profile), crop.size[0] * crop.size[1]
    found, said = calls(edit, profile), bool(profile.read(edit.prompt).text)
    row = seconds_of(cells * profile.network_gflop)
    coded = seconds_of(cells * profile.decoder_gflop)
    rows = 2 if said else 1
    area = crop.visible[2] * crop.visible[3]
    if edit.method == "warp":
        return [Work(kind="warp", size=area, guess=WARP_S * area)]
    works = [
        Work(kind="evaluation", size=rows * cells, count=found["denoise"], guess=rows * row),
        Work(kind="evaluation", size=cells, count=found["renoise"], guess=row),
        Work(kind="guide", size=cells, count=found["guide"], guess=GUIDE_ROWS * row),
        Work(kind="reference", size=cells, count=found["reference"], guess=REFERENCE_ROWS * row),
        Work(kind="text", count=int(said), guess=TEXT_S),
        Work(kind="encode", size=pixels, count=int(not edit.reference_compat), guess=coded / 2),
        Work(kind="decode", size=pixels, count=2, guess=coded),
        Work(kind="preview", size=pixels, count=found["denoise"], guess=coded),
        Work(kind="rest", size=area, guess=REST_S),
    ]
    return [work for work in works if work.count > 0]


def _cells(crop: Crop, profile: ModelProfile) -> int:
    """Latent cells of the picture that the model sees."""
    return (crop.size[0] // profile.stride) * (crop.size[1] // profile.stride)


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
        picture, target = rects.of_size(document), _moved(edit, selection)
        if rects.is_empty(rects.intersect(picture, target)):
            found.append(note("plan.gone"))
        elif not rects.contains(picture, target):
            found.append(note("plan.leaves"))
    return found


def _moved(edit: Move, selection: Rect) -> Rect:
    """Where the selected object comes to lie; it is resized about its middle."""
    x, y, width, height = selection
    wide, high = max(1, round(width * edit.scale)), max(1, round(height * edit.scale))
    left, top = x + edit.dx + (width - wide) / 2, y + edit.dy + (height - high) / 2
    return (round(left), round(top), wide, high)


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
