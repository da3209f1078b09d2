# SPDX-License-Identifier: Apache-2.0
"""Edit again: what a recipe asks for, where its picture lies now.

When the layer was moved since, drags, mask and crop move along. The crop is kept only if the picture still reaches
that far, because the same pixels come only of the same crop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..edits import EditModel
from ..recipe import Bundle, RecipeError
from ..sentences import say
from .binding import mask_of
from .film import Film, film_in, moved
from .host import Extent, HostLayer, Pixels, Rect
from .moving import moved_params, moved_pixels, moved_rect
from .session import EditSession
from .snapshot import contains


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
    bundle: Bundle, models: Mapping[str, EditModel], layer: HostLayer, extent: Extent
) -> Again:
    """Return a recipe's edit for the layer `layer` as it lies now.

    Raises RecipeError when the engine does not know the edit, or the mask cannot be read.
    """
    recipe = bundle.recipe
    model = models.get(recipe.edit)
    if model is None:
        raise RecipeError(say("kind.newer", edit=f"edit.{recipe.edit}"))
    dx, dy = (
        now - then for now, then in zip(layer.offset, recipe.source.layer_offset, strict=True)
    )
    given = {**recipe.params, "seed": recipe.seed}
    known = {name: given[name] for name in model.fields if name in given}
    params = moved_params(model, known, dx, dy)
    film = film_in(bundle)
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
