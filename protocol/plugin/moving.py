# SPDX-License-Identifier: Apache-2.0
"""The same edit somewhere else: what it says in document pixels, shifted by whole pixels along with its picture.

Which parameters are places is read off the description of the edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ..edits import Drags, EditModel, Records
from ..edits.fields import Field
from ..events import Result
from ..images import Image
from ..messages import JobPlanned
from ..recipe import Bundle
from .binding import MASK_FILE
from .film import FILM, SHEET_FILE
from .geometry import Geometry
from .host import NewLayer, Pixels, Rect
from .snapshot import Snapshot

PLACED = (MASK_FILE, SHEET_FILE)
"""Attachments of a recipe that lie somewhere in the document; the place of others is their shape."""


def moved_rect(rect: Rect, dx: int, dy: int) -> Rect:
    """A rectangle further right and down."""
    return (rect[0] + dx, rect[1] + dy, rect[2], rect[3])


def moved_pixels(pixels: Pixels, dx: int, dy: int) -> Pixels:
    """The same pixels somewhere else."""
    return replace(pixels, rect=moved_rect(pixels.rect, dx, dy))


def moved_params(
    model: EditModel, params: Mapping[str, Any], dx: float, dy: float
) -> dict[str, Any]:
    """Parameters of an edit whose picture lies elsewhere now."""
    return _moved(model.fields, params, dx, dy)


def moved_snapshot(snapshot: Snapshot, dx: int, dy: int, now: Geometry) -> Snapshot:
    """What was read, where it lies now; the engine has its pixels already."""
    return replace(
        snapshot,
        rect=moved_rect(snapshot.rect, dx, dy),
        layer=replace(snapshot.layer, offset=now.offset, bounds=now.bounds),
        size=now.size,
        pixels={role: moved_pixels(one, dx, dy) for role, one in snapshot.pixels.items()},
        images=tuple(moved_image(image, dx, dy) for image in snapshot.images),
    )


def moved_image(image: Image, dx: int, dy: int) -> Image:
    """A picture that lies in the document; a film does not, its place is its shape."""
    if image.name == FILM:
        return image
    return replace(image, rect=moved_rect(image.rect, dx, dy))


def moved_plan(plan: JobPlanned, dx: int, dy: int) -> JobPlanned:
    """What the engine said of an edit, where it takes place now."""
    return replace(
        plan,
        read_rect=moved_rect(plan.read_rect, dx, dy),
        region=tuple(moved_rect(rect, dx, dy) for rect in plan.region),
        crop=moved_rect(plan.crop, dx, dy),
    )


def moved_result(result: Result, dx: int, dy: int) -> Result:
    """A result of an edit whose picture was shifted while it was computed."""
    if (dx, dy) == (0, 0):
        return result
    pictures = {
        name: replace(one, image=moved_image(one.image, dx, dy))
        for name, one in result.pictures.items()
    }
    return replace(result, pictures=pictures)


def moved_layer(layer: NewLayer, dx: int, dy: int) -> NewLayer:
    """A layer to add further right and down."""
    patches = tuple(moved_pixels(one, dx, dy) for one in layer.patches)
    return replace(layer, pixels=moved_pixels(layer.pixels, dx, dy), patches=patches)


def moved_bundle(bundle: Bundle, model: EditModel, dx: int, dy: int, now: Geometry) -> Bundle:
    """A recipe whose picture lies elsewhere now."""
    recipe = bundle.recipe
    attachments = {
        name: one
        if one.rect is None or name not in PLACED
        else replace(one, rect=moved_rect(one.rect, dx, dy))
        for name, one in recipe.attachments.items()
    }
    source = replace(
        recipe.source,
        crop=moved_rect(recipe.source.crop, dx, dy),
        document=now.size,
        layer_offset=now.offset,
    )
    params = moved_params(model, recipe.params, dx, dy)
    recipe = replace(recipe, params=params, source=source, attachments=attachments)
    return replace(bundle, recipe=recipe)


def _moved(
    fields: Mapping[str, Field], values: Mapping[str, Any], dx: float, dy: float
) -> dict[str, Any]:
    return {name: _moved_value(fields.get(name), value, dx, dy) for name, value in values.items()}


def _moved_value(spec: Field | None, value: Any, dx: float, dy: float) -> Any:
    if (dx, dy) == (0, 0) or value is None:
        return value
    if isinstance(spec, Drags):
        ways = cast("Sequence[Sequence[Sequence[float]]]", value)
        return [[[x + dx, y + dy] for x, y in way] for way in ways]
    if isinstance(spec, Records):
        records = cast("Sequence[Mapping[str, Any]]", value)
        return [_moved(spec.columns, record, dx, dy) for record in records]
    return value
