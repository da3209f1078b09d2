# SPDX-License-Identifier: Apache-2.0
"""One moment's picture of what an edit works on: read from the host in small bites, sent once.

Which pictures an edit wants follows from its description: the source, the selection as its mask, and
whatever layers its fields name.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..edits import SOURCE, EditModel, Field, Layer, Mask, Records
from ..edits.problem import of_entry
from ..images import Image
from ..sentences import say, told
from .bites import gathered
from .engine import Connection
from .host import Host, HostError, HostLayer, Pixels, Rect, layers_of
from .masks import selection_of
from .stacking import flattened

SELECTION = "selection"


@dataclass(frozen=True, kw_only=True)
class Want:
    """A picture to read: for which role, and whether it is the selection or a layer (by its key).

    `under` are the layers below it that are seen with it, from bottom to top; `label` is the message id of its name.
    `sent` False: only where it lies is wanted, for an edit that works on no such picture.
    `entry` is the list that names it, by the message id of its name, and the number of its record in there, from 1.
    """

    role: str
    kind: Literal["layer", "selection"]
    key: str = ""
    required: bool = True
    under: tuple[str, ...] = ()
    sent: bool = True
    label: str = field(default="", compare=False)
    entry: tuple[str, int] | None = field(default=None, compare=False)

    def problem(self, message: str) -> HostError:
        """What to raise when it cannot be read; says which record of a list is meant."""
        return HostError(of_entry(message, *self.entry) if self.entry else message)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was read: pixels by role, the layer they came from, and how large the document was.

    `names` are those of the layers that parameters name, by their keys.
    """

    rect: Rect
    layer: HostLayer
    pixels: Mapping[str, Pixels]
    wants: tuple[Want, ...]
    images: tuple[Image, ...] = ()
    profiles: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    size: tuple[int, int] = (1, 1)
    names: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def blobs(self) -> tuple[str, ...]:
        """Blobs that hold its pixels. Profiles are shared by many snapshots and not among them."""
        return tuple(image.blob for image in self.images if image.blob)

    @property
    def picture(self) -> tuple[str, ...]:
        """Keys of the layers that the source's pixels are of, from bottom to top."""
        return (*self.wants[0].under, self.layer.key)

    def holds(self, rects: Iterable[Rect], wants: tuple[Want, ...]) -> bool:
        """Whether all that is wanted was read, over all of `rects`."""
        return self.wants == wants and all(contains(self.rect, rect) for rect in rects)


def wants_of(
    model: EditModel, params: Mapping[str, Any], source: str, under: tuple[str, ...] = ()
) -> tuple[Want, ...]:
    """Return which pictures an edit wants, in the order of their roles; `under` is seen below the source.

    The first is the layer that the artist works on, also for an edit that needs none: its result comes above that.
    """
    wants = [
        Want(
            role=SOURCE.role,
            kind="layer",
            key=source,
            under=under,
            required=model.needs_source,
            sent=model.role(SOURCE.role) is not None,
            label=SOURCE.label,
        )
    ]
    by_field = _field_wants(model.fields, params)
    named = {want.role for want in by_field}
    for role in model.roles:
        if role.role != SOURCE.role and role.role not in named and role.kind == "mask":
            wants.append(
                Want(role=role.role, kind="selection", required=role.required, label=role.label)
            )
    return (*wants, *by_field)


def _field_wants(
    fields: Mapping[str, Field], params: Mapping[str, Any], entry: tuple[str, int] | None = None
) -> list[Want]:
    found: list[Want] = []
    for name, spec in fields.items():
        value: Any = params.get(name, None if spec.required else spec.plain(spec.default))
        if isinstance(spec, Layer) and value:
            kind = SELECTION if isinstance(spec, Mask) and value == SELECTION else "layer"
            found.append(
                Want(
                    role=spec.role if entry is None else f"{spec.role}.{entry[1] - 1}",
                    kind=kind,
                    key="" if kind == SELECTION else value,
                    label=spec.label,
                    entry=entry,
                )
            )
        elif isinstance(spec, Records) and value:
            for number, record in enumerate(value, 1):
                found += _field_wants(spec.columns, record, (spec.label, number))
    return found


def check_named(host: Host, wants: Sequence[Want]) -> None:
    """Raise HostError for the first layer beside the source that is not there, or cannot be read."""
    for want in layers_in(wants):
        try:
            (layer,) = layers_of(host, [want.key])
        except (HostError, ValueError) as problem:
            gone = told(problem) if isinstance(problem, HostError) else say("layer.needed")
            raise want.problem(gone) from None
        if layer.refusal:
            raise want.problem(layer.refusal)


def layers_in(wants: Sequence[Want]) -> list[Want]:
    """The layers that parameters name, beside the one that is edited."""
    return [want for want in wants if want.kind == "layer" and want.role != SOURCE.role]


def read(
    host: Host, rect: Rect, wants: tuple[Want, ...], mask: Pixels | None = None
) -> Generator[None, None, Snapshot]:
    """Read all that is wanted over `rect`, yielding wherever the host wants to breathe.

    `mask` stands for the selection if there is one. Raises HostError when something is not there or may not be
    edited.
    """
    extent = host.extent_and_profile()
    named = [want for want in wants if want.kind == "layer"]
    keys = [key for want in named for key in (*want.under, want.key)]
    layers = yield from gathered(host.read_layers(rect, keys))
    if len(layers) != len(keys):
        raise HostError(say("layer.needed"))
    source = layers[len(wants[0].under)]
    if source.refusal and wants[0].required:  # such a layer need not have been read
        raise HostError(source.refusal)
    rest = iter(layers)
    seen: dict[str, Pixels | None] = {}
    names: dict[str, str] = {}
    for want in named:
        group = [next(rest) for _ in (*want.under, want.key)]
        if want.role != SOURCE.role:
            names[want.key] = group[-1].name
        if not want.sent or (want is wants[0] and source.refusal):
            seen[want.role] = None
        else:
            seen[want.role] = (yield from flattened(group)) if want.under else group[0].pixels
    selection = None
    if any(want.kind == "selection" for want in wants):
        selection = host.read_selection(rect) if mask is None else selection_of(mask, rect)
    pixels: dict[str, Pixels] = {}
    for want in wants:
        one = seen[want.role] if want.kind == "layer" else selection and selection.mask
        if one is not None:
            pixels[want.role] = one
        elif want.required:
            raise want.problem(say("role.empty", role=want.label))
    return Snapshot(
        rect=rect,
        layer=replace(source, pixels=None),
        pixels=pixels,
        wants=wants,
        size=(extent.width, extent.height),
        names=names,
    )


def send(fresh: Snapshot, held: Snapshot | None, connection: Connection) -> Snapshot:
    """Give the pixels to the engine; those that are the same as before are not sent again, in whatever role."""
    images: list[Image] = []
    profiles: dict[str, bytes] = {}
    pixels: dict[str, Pixels] = {}
    for role, one in fresh.pixels.items():
        known = _known(role, one, held) if held else None
        pixels[role] = held.pixels[known.name] if held and known else one
        images.append(replace(known, name=role) if known else _describe(role, one, connection))
        if images[-1].profile and one.icc:
            profiles[images[-1].profile] = one.icc
    return replace(fresh, pixels=pixels, images=tuple(images), profiles=profiles)


def _known(role: str, one: Pixels, held: Snapshot) -> Image | None:
    """The picture that was sent before with the same pixels, the one of the same role first."""
    for image in sorted(held.images, key=lambda image: image.name != role):
        before = held.pixels.get(image.name)
        if before is not None and one.same_picture(before):
            return image
    return None


def _describe(role: str, one: Pixels, connection: Connection) -> Image:
    x, y, width, height = one.rect
    space = "linear-srgb" if one.linear else "srgb"
    if one.icc is not None:
        space = f"icc:{connection.put(one.icc, by_digest=True)}"
    return Image(
        name=role,
        shape=(height, width, one.channels),
        dtype=one.dtype,
        order=one.order,
        rect=(x, y, width, height),
        alpha=one.alpha,
        space=space,
        blob=connection.put(one.data),
    )


def contains(outer: Rect, inner: Rect) -> bool:
    """Whether the inner rectangle lies within the outer one."""
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[0] + inner[2] <= outer[0] + outer[2]
        and inner[1] + inner[3] <= outer[1] + outer[3]
    )
