# SPDX-License-Identifier: Apache-2.0
"""From what the engine returns to what a host shows and keeps: previews, new layers, the recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ... import VERSION
from ...edits import EditModel
from ...events import Picture, Result
from ...images import Image
from ...messages import JobDone, JobPlanned, Note
from ...messages.base import Bytes
from ...recipe import Bundle, Recipe
from ...recipe_parts import Attachment, Source, Weights, sha256
from ..basis import Basis
from ..binding import MASK_FILE, mask_file, pack
from ..film import Film
from ..film_strip import pixels_of
from ..geometry import Geometry
from ..host import Extent, NewLayer, Pixels, Rect
from ..layer_names import names_file
from ..masks import bounds, cut
from ..moving import moved_bundle, moved_layer, moved_params
from ..snapshot import Snapshot
from ..strings import Strings


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A finished result. `basis` is what it was made from, None where nobody asks.

    Its recipe gives the very same pixels, however it was steered: the engine computes anew what was changed on the
    way, and what went on from there instead keeps its film.
    """

    job: str
    kind: str
    params: Mapping[str, Any]
    layers: tuple[NewLayer, ...]
    bundle: Bundle
    seed: int
    metrics: Mapping[str, object] = field(default_factory=dict[str, object])
    notes: tuple[Note, ...] = ()
    basis: Basis | None = None
    grouped: bool = False
    """Whether its layers lie in a group of their own."""

    @property
    def recipe(self) -> Recipe:
        """How it was made."""
        return self.bundle.recipe


def outcome_of(
    result: Result,
    *,
    model: EditModel,
    params: Mapping[str, Any],
    snapshot: Snapshot,
    extent: Extent,
    region: Sequence[Rect] = (),
    film: Film | None = None,
) -> Outcome:
    """Make layers and recipe of a result that changes no more than `region`, if that is known.

    Raises ValueError when it does not fit what was asked.
    """
    bundle = recipe_of(
        result.done, model=model, params=params, snapshot=snapshot, extent=extent, film=film
    )
    several, packed = len(result.done.layers) > 1, pack(bundle)
    layers: list[NewLayer] = []
    for i, layer in enumerate(result.done.layers):
        layers.append(
            NewLayer(
                name=bundle.recipe.layer_name + (f" {i + 1}" if several else ""),
                pixels=_pixels(result.pictures[layer.image], snapshot.profiles),
                above=snapshot.layer.key,
                placement=layer.placement,
                opacity=layer.opacity,
                recipe=packed,
                made_of=snapshot.picture,
                hides=snapshot.picture[:-1] if layer.placement == "instead" else (),
                copy_of=snapshot.picture[0] if layer.placement == "instead" else "",
            )
        )
    return Outcome(
        job=result.job,
        kind=model.kind,
        params=params,
        layers=tuple(layers),
        bundle=bundle,
        seed=result.done.seed,
        metrics=result.done.metrics,
        notes=result.done.notes,
        basis=Basis.of(snapshot, region),
        grouped=several or result.done.kind == "group",
    )


def moved_outcome(
    outcome: Outcome, model: EditModel, dx: int, dy: int, geometry: Geometry
) -> Outcome:
    """A result whose picture lies elsewhere in the document now; its recipe says so."""
    bundle = moved_bundle(outcome.bundle, model, dx, dy, geometry)
    old, new, packed = outcome.recipe.layer_name, bundle.recipe.layer_name, pack(bundle)
    layers = tuple(
        replace(moved_layer(one, dx, dy), name=new + one.name.removeprefix(old), recipe=packed)
        for one in outcome.layers
    )
    basis = outcome.basis
    return replace(
        outcome,
        params=model.plain(model.parse(moved_params(model, outcome.params, dx, dy))),
        layers=layers,
        bundle=bundle,
        basis=None if basis is None else basis.moved(dx, dy, geometry),
    )


def recipe_of(
    done: JobDone,
    *,
    model: EditModel,
    params: Mapping[str, Any],
    snapshot: Snapshot,
    extent: Extent,
    film: Film | None = None,
) -> Bundle:
    """Write down how a result was made; what the engine did not say is left empty."""
    files: dict[str, tuple[str, bytes, Rect | None]] = {}
    mask = snapshot.pixels.get("mask")
    if mask is not None and (mask.dtype, mask.channels) == ("u1", 1):
        box = bounds(mask)
        files[MASK_FILE] = mask_file(mask if box in (None, mask.rect) else cut(mask, box))
    files |= names_file(snapshot.names)
    if film is not None:
        files |= film.files()
    said = {key: value for key, value in done.provenance.items() if isinstance(value, str)}
    recipe = Recipe(
        edit=model.kind,
        params={**params, **({model.seed_field: done.seed} if model.seed_field else {})},
        seed=done.seed,
        model=Weights(
            name=said.get("model") or str(params.get(model.model_field or "") or "none"),
            sha256=_digest(said.get("model_sha256")),
        ),
        source=Source(
            sha256=_digest(said.get("source_sha256")),
            crop=snapshot.rect,
            document=(extent.width, extent.height),
            layer=snapshot.layer.name[:1000],
            layer_offset=snapshot.layer.offset,
        ),
        engine=said.get("engine", "")[:80],
        protocol=f"{VERSION[0]}.{VERSION[1]}",
        attachments={
            name: Attachment(role=role, sha256=sha256(data), nbytes=len(data), rect=rect)
            for name, (role, data, rect) in files.items()
        },
    )
    return Bundle(recipe=recipe, files={name: data for name, (_, data, _) in files.items()})


def remarks(notes: Sequence[Note], strings: Strings) -> list[str]:
    """What the engine noted of a job that worked, in the artist's language where there is a text for it."""
    return [strings.said(note.sentence) for note in notes]


def foreseen(plan: JobPlanned | None, strings: Strings) -> list[str]:
    """What the engine noted of a plan; an older engine says it in English only."""
    if plan is None:
        return []
    return remarks(plan.notes, strings) or list(plan.warnings)


def preview_of(image: Image, data: Bytes) -> Pixels | None:
    """Turn a preview into 8-bit RGBA for `Host.show_preview`; None for depths that only the engine converts.

    Its `rect` keeps the place; width and height are the preview's own, which may be smaller.
    """
    height, width, channels = image.shape
    if image.dtype not in ("u1", "u2"):
        return None
    samples = bytes(data) if image.dtype == "u1" else bytes(memoryview(data).cast("B")[1::2])
    if (image.order, image.alpha) == ("rgba", "straight"):
        return Pixels(rect=(*image.rect[:2], width, height), data=samples)
    rgba = _rgba(samples, channels, bgr=image.order == "bgra", opaque=image.alpha == "none")
    return Pixels(rect=(*image.rect[:2], width, height), data=rgba)


def _rgba(samples: bytes, channels: int, *, bgr: bool, opaque: bool) -> bytes:
    count = len(samples) // channels
    out = bytearray(b"\xff" * (4 * count))
    red, green, blue = (2, 1, 0) if bgr else (0, 1, 2)
    for to, where in zip(
        (0, 1, 2), (red, green, blue) if channels >= 3 else (0, 0, 0), strict=True
    ):
        out[to::4] = samples[where::channels]
    if channels in (2, 4) and not opaque:
        out[3::4] = samples[channels - 1 :: channels]
    return bytes(out)


def _pixels(picture: Picture, profiles: Mapping[str, bytes]) -> Pixels:
    image = picture.image
    icc = None
    if image.profile is not None:
        icc = profiles.get(image.profile)
        if icc is None:
            raise ValueError("the result has a color profile that was not sent")
    return replace(pixels_of(picture), icc=icc)


def _digest(text: str | None) -> str:
    good = (
        text is not None
        and len(text) == 64
        and all(letter in "0123456789abcdef" for letter in text)
    )
    return text if good and text else ""
