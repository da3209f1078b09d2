# SPDX-License-Identifier: Apache-2.0
"""Edit again: what a recipe asks for, where its picture lies now.

When the picture was moved or cropped since, drags, mask and crop move along. The crop is kept only if the picture
still reaches that far, because the same pixels come only of the same crop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...edits import EditModel
from ...recipe import Bundle, Recipe, RecipeError
from ...sentences import say
from ...source_hash import source_hash, widen
from ..basis import picture
from ..binding import mask_of
from ..bites import at_once
from ..film import Film, film_in, moved
from ..host import Extent, Host, HostLayer, Pixels, Rect
from ..layer_names import found_again
from ..locating import Shift
from ..moving import moved_params, moved_pixels, moved_rect
from ..session.edit_session import EditSession
from ..snapshot import contains


@dataclass(frozen=True, kw_only=True)
class Again:
    """An edit to take up once more; `dropped` are parameters that this engine does not know."""

    kind: str
    params: Mapping[str, Any]
    mask: Pixels | None = None
    crop: Rect | None = None
    dropped: tuple[str, ...] = ()
    film: Film | None = None

    def take_up(self, session: EditSession, source: str = "", under: tuple[str, ...] = ()) -> None:
        """Choose this edit in a session; raises as `EditSession.choose` does."""
        session.choose(
            self.kind,
            self.params,
            source=source,
            under=under,
            mask=self.mask,
            crop=self.crop,
            film=self.film,
        )


def again(
    bundle: Bundle,
    models: Mapping[str, EditModel],
    layer: HostLayer,
    extent: Extent,
    shift: Shift | None = None,
    *,
    layers: Sequence[tuple[str, str]] = (),
) -> Again:
    """Return a recipe's edit for the layer `layer` as it lies now, by default shifted as its offset was since.

    `layers` are the (key, name) of the document's layers, among which those that the parameters name are looked for.
    Raises RecipeError when the engine does not know the edit, or the mask cannot be read.
    """
    recipe = bundle.recipe
    model = models.get(recipe.edit)
    if model is None:
        raise RecipeError(say("kind.newer", edit=f"edit.{recipe.edit}"))
    then = recipe.source.layer_offset
    dx, dy = shift or (layer.offset[0] - then[0], layer.offset[1] - then[1])
    given = recipe.params_for(model)
    known = {name: given[name] for name in model.fields if name in given}
    params = found_again(model, bundle, moved_params(model, known, dx, dy), layers)
    film = film_in(bundle, model)
    mask, crop = mask_of(bundle), moved_rect(recipe.source.crop, dx, dy)
    same_place = (extent.width, extent.height) == recipe.source.document or contains(
        extent.rect, crop
    )
    return Again(
        kind=recipe.edit,
        params=params,
        mask=None if mask is None else moved_pixels(mask, dx, dy),
        crop=crop if same_place else None,
        film=moved(film, model, params, dx, dy) if film is not None else None,
        dropped=tuple(name for name in recipe.params if name not in model.fields),
    )


def again_on(
    bundle: Bundle,
    models: Mapping[str, EditModel],
    host: Host,
    seen: Sequence[HostLayer],
    result: HostLayer | None = None,
    *,
    layers: Sequence[tuple[str, str]] = (),
) -> Again:
    """As `again`, for the topmost of the layers that are `seen` together, of which `result` was made.

    Raises HostError when the picture cannot be read, too.
    """
    *under, source = seen
    shift = None
    if result is not None and result.key != source.key:
        keys = [one.key for one in under]
        shift = shift_since(host, bundle.recipe, source, keys, result)
    extent = host.extent_and_profile()
    return again(bundle, models, source, extent, shift, layers=layers)


def shift_since(
    host: Host, recipe: Recipe, source: HostLayer, under: Sequence[str], result: HostLayer
) -> Shift:
    """How far the picture was shifted since a result was made of it.

    The layer's offset tells, unless a crop cut it; then the result's own place does. Where the recipe's digest is
    that of one of these places, that is the one. Raises HostError when the picture cannot be read.
    """
    crop, offset = recipe.source.crop, recipe.source.layer_offset
    by_offset = (source.offset[0] - offset[0], source.offset[1] - offset[1])
    found = [by_offset]
    bounds = result.bounds
    if bounds is not None and bounds[2:] == crop[2:]:
        found.append((bounds[0] - crop[0], bounds[1] - crop[1]))
    if len(set(found)) > 1:
        for shift in found:
            if (
                _digest(host, (*under, source.key), moved_rect(crop, *shift))
                == recipe.source.sha256
            ):
                return shift
    return found[-1]


def _digest(host: Host, keys: Sequence[str], rect: Rect) -> str:
    """The digest of a picture as the engine computes it, "" for depths and profiles that only the engine converts."""
    pixels = at_once(picture(host, rect, keys))
    if pixels.channels != 4 or pixels.icc is not None or pixels.linear:
        return ""
    if pixels.dtype not in ("u1", "u2") or pixels.alpha != "straight":
        return ""
    samples = bytearray(pixels.data if pixels.dtype == "u2" else widen(pixels.data))
    if pixels.order == "bgra":
        for low in (0, 1):
            samples[low::8], samples[low + 4 :: 8] = samples[low + 4 :: 8], samples[low::8]
    return source_hash(samples, rect[2], rect[3])
