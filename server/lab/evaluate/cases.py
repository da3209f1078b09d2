# SPDX-License-Identifier: Apache-2.0
"""Edits with a known true answer: a scene, an edit of one thing in it, and the re-rendered truth.

Cases are drawn from held-out scenes with a seed, so that anybody can draw new ones nobody tuned to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from protocol.edits import Drag, DragPath, GuidedEdit, Move
from server.engine.api import Picture
from server.engine.canvas import grow
from server.lab.scenes import HELD_OUT, Render, Scene, caption, render, sample_scene
from server.lab.scenes.things import SIDE, Mountain, Thing

Bytes = NDArray[np.uint8]

MOVABLE = ("sun", "moon", "boat", "balloon")
DOCUMENT = (SIDE, SIDE)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One edit to do and everything that is known of its true answer.

    Pictures uint8 (256, 256, 3); masks uint8 0..255; `mask` is what the artist would select.
    """

    name: str
    edit: GuidedEdit
    source: Bytes
    truth: Bytes
    mask: Bytes
    object_before: Bytes
    object_after: Bytes

    def pictures(self) -> dict[str, Picture]:
        """The edit's input pictures by role."""
        rect = (0, 0, *DOCUMENT)
        return {
            "source": Picture(pixels=self.source, rect=rect, document=DOCUMENT),
            "mask": Picture(pixels=self.mask[:, :, None], rect=rect, document=DOCUMENT),
        }

    def allowed(self) -> NDArray[np.bool_]:
        """Where the result may differ from the source, by the product's promise: the mask of a drag; old and
        new place of a move, grown by the edit's `grow`."""
        selected = self.mask > 0
        if not isinstance(self.edit, Move):
            return selected
        dx, dy = round(self.edit.dx), round(self.edit.dy)
        rows, columns = np.nonzero(selected)
        rows, columns = rows + dy, columns + dx
        inside = (rows >= 0) & (rows < SIDE) & (columns >= 0) & (columns < SIDE)
        places = selected.copy()
        places[rows[inside], columns[inside]] = True
        return grow(places, self.edit.grow)


def draw_cases(seed: int, count: int, *, first: int = HELD_OUT, span: int = 500_000) -> list[Case]:
    """Draw `count` cases: moves and drags of sun, boat and balloon and drags of mountain tops, in turn.

    Scenes come from [first, first + span): the held-out ones by default. Tuning draws from
    training scenes with `first=0`.
    """
    return list(islice(_endless(seed, first, span), count))


def _endless(seed: int, first: int, span: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    wanted = (
        ("move", "air"),
        ("drag", "peak"),
        ("move", "boat"),
        ("drag", "air"),
        ("move", "balloon"),
        ("drag", "boat"),
    )
    turn = 0
    while True:
        kind, what = wanted[turn % len(wanted)]
        scene_seed = first + int(rng.integers(span))
        case = _try_case(kind, what, sample_scene(scene_seed), scene_seed, rng)
        if case is not None:
            turn += 1
            yield case


def _try_case(
    kind: str, what: str, scene: Scene, scene_seed: int, rng: np.random.Generator
) -> Case | None:
    """A case from this scene, or None when it holds no thing whose edit has a clear answer."""
    if what == "peak":
        return _peak_case(scene, scene_seed, rng)
    kinds = {"air": ("sun", "moon", "balloon"), "boat": ("boat",), "balloon": ("balloon",)}[what]
    things = [t for t in scene.things if t.kind in kinds and t.size >= 20]
    if not things:
        return None
    thing = things[int(rng.integers(len(things)))]
    for _ in range(8):
        dx, dy = _shift(thing, scene, rng)
        if abs(dx) + abs(dy) >= 20:
            case = _object_case(kind, scene, scene_seed, thing, dx, dy, rng)
            if case is not None:
                return case
    return None


def _shift(thing: Thing, scene: Scene, rng: np.random.Generator) -> tuple[int, int]:
    """Where a thing of this kind could go: whole pixels, within the picture and its element."""
    x0, y0, x1, y1 = thing.box
    low, high = 6 - x0, SIDE - 6 - x1
    dx = float(np.clip(rng.uniform(-80, 80), low, high))
    if thing.kind == "boat":
        dy = rng.uniform(-8, 10)
    else:
        dy = float(np.clip(rng.uniform(-60, 60), 6 - y0, scene.ground.horizon - 6 - y1))
    return round(dx), round(dy)


def _object_case(
    kind: str,
    scene: Scene,
    scene_seed: int,
    thing: Thing,
    dx: int,
    dy: int,
    rng: np.random.Generator,
) -> Case | None:
    answer = scene.moved(thing.name, dx, dy)
    before, after = render(scene), render(answer)
    if not (_in_full_view(before, thing.name) and _in_full_view(after, thing.name)):
        return None
    if _crowded(before, after, thing.name):
        return None
    place = _grown(before.full_masks[thing.name], 2 + round(thing.reach))
    edit: GuidedEdit
    if kind == "move":
        edit = Move(dx=dx, dy=dy, prompt=caption(answer), seed=int(rng.integers(2**31)))
        mask = place
    else:
        cx, cy = thing.center
        path = DragPath(points=((cx, cy), (cx + dx, cy + dy)))
        edit = Drag(drags=(path,), prompt=caption(answer), seed=int(rng.integers(2**31)))
        mask = _grown(
            np.maximum(place, _grown(after.full_masks[thing.name], 2 + round(thing.reach))), 6
        )
    return Case(
        name=f"{kind} {thing.name} {scene_seed}",
        edit=edit,
        source=before.rgb,
        truth=after.rgb,
        mask=mask,
        object_before=before.masks[thing.name],
        object_after=after.masks[thing.name],
    )


def _peak_case(scene: Scene, scene_seed: int, rng: np.random.Generator) -> Case | None:
    """A mountain whose top is pulled; pins hold the ends of its foot."""
    mountains = [
        t for t in scene.things if isinstance(t, Mountain) and t.height > 50 and t.size > 60
    ]
    if not mountains:
        return None
    thing = mountains[-1]
    dy = -round(min(rng.uniform(16, 36), thing.peak_y - 8))
    dx = round(rng.uniform(-14, 14))
    answer = scene.with_peak(thing.name, dx, dy)
    before, after = render(scene), render(answer)
    top_before, top_after = _top(before, scene, thing.name), _top(after, answer, thing.name)
    if dy > -14 or _hidden(before, thing.name, top_before) or _hidden(after, thing.name, top_after):
        return None
    foot = min(thing.y, scene.ground.horizon) - 2
    half = thing.size / 2
    drags = (
        DragPath(
            points=((thing.peak_x, thing.peak_y + 2), (thing.peak_x + dx, thing.peak_y + 2 + dy))
        ),
        DragPath(points=((max(thing.x - half, 1), foot),)),
        DragPath(points=((min(thing.x + half, SIDE - 1), foot),)),
    )
    mask = _grown(np.maximum(before.full_masks[thing.name], after.full_masks[thing.name]), 20)
    mask[int(foot) :] = 0
    if _others_in(before, mask, thing.name):
        return None
    return Case(
        name=f"drag {thing.name} top {scene_seed}",
        edit=Drag(drags=drags, prompt=caption(answer), seed=int(rng.integers(2**31))),
        source=before.rgb,
        truth=after.rgb,
        mask=mask,
        object_before=top_before,
        object_after=top_after,
    )


def _top(drawn: Render, scene: Scene, name: str) -> Bytes:
    """The mask of the upper half of a mountain."""
    thing = scene.thing(name)
    assert isinstance(thing, Mountain)
    mask = drawn.full_masks[name].copy()
    mask[int(thing.peak_y + 0.5 * thing.height) :] = 0
    return mask


def _hidden(drawn: Render, name: str, part: Bytes) -> bool:
    """Whether more than 3 % of a part of a thing is covered by others."""
    where = part > 128
    return not where.any() or float((drawn.masks[name][where] > 128).mean()) < 0.97


def _in_full_view(drawn: Render, name: str) -> bool:
    full = drawn.full_masks[name]
    whole = (full > 128).sum() > 200
    return bool(whole) and not _hidden(drawn, name, full)


def _crowded(before: Render, after: Render, name: str) -> bool:
    """Whether another movable thing or a cloud lies under the place the thing leaves or takes."""
    place = np.maximum(before.full_masks[name], after.full_masks[name])
    return _others_in(before, place, name)


def _others_in(drawn: Render, place: Bytes, name: str) -> bool:
    """Whether another thing than mountains is seen within a place."""
    return any(
        other != name and not other.startswith("mountain") and bool((mask[place > 0] > 0).any())
        for other, mask in drawn.masks.items()
    )


def _grown(mask: Bytes, radius: int) -> Bytes:
    """A hard mask of every pixel within `radius` (chessboard distance, rounded corners by blur) of the mask."""
    hard = Image.fromarray(np.where(mask > 0, 255, 0).astype(np.uint8))
    return np.asarray(hard.filter(ImageFilter.MaxFilter(2 * radius + 1)), dtype=np.uint8).copy()
