# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP as a host. One `GimpHost` is one open image.

What GIMP's API does and does not was measured in GIMP 3.0.4 (docs/gimp.md). A layer's key is its tattoo, which is
saved in the XCF. What a layer's buffer holds is the layer before its filters, so those are merged in a copy elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .canvas import Canvas
from .formats import LIGHT, SRGB, Format, LayerFacts, refusal
from .gimp import (
    MASK,
    PREFIX,
    RECIPE,
    SOURCE,
    Gimp,
    Gio,
    attach,
    babl_name,
    begin_ui,
    below,
    beside,
    exchange,
    highest,
    insert,
    is_preview,
    key_of,
    leave_word,
    line_on,
    new_layer,
    one_step,
    open_images,
    parasite,
    program,
    put,
    read_word,
    stay_above,
    take,
)
from .protocol.plugin.host import Extent, HostError, HostLayer, Level, NewLayer, Pixels, Rect
from .protocol.plugin.host import Selection as Selected
from .protocol.plugin.lineage import hidden_by, line_of, source_in
from .protocol.recipe_parts import short_id_of

Telling = Callable[[Level, str], None]
Showing = Callable[[Pixels | None, Rect], None]


class GimpHost(Canvas):
    """The seven functions and the notes of one image."""

    def __init__(self, image: Any, show: Showing, tell: Telling) -> None:
        super().__init__(image)
        self.show_preview, self.message = show, tell  # two of the seven functions
        self._document = f"gimp-{os.getppid()}-{image.get_id()}"

    # ---- the other five functions

    def document_key(self) -> str | None:
        return self._document if self.image.is_valid() else None

    def extent_and_profile(self) -> Extent:
        image = self._open()
        profile = image.get_effective_color_profile()
        words = f"{image.get_precision().value_nick}, {profile.get_label() if profile else 'sRGB'}"
        return Extent(width=image.get_width(), height=image.get_height(), profile=words)

    def read_layers(self, rect: Rect | None, keys: Sequence[str]) -> Iterator[HostLayer | None]:
        for key, layer in zip(keys, [self.layer(key) for key in keys], strict=True):
            why = refusal(self._facts(layer, hidden=not key and not layer.get_visible()))
            _, x, y = layer.get_offsets()
            yield HostLayer(
                key=key_of(layer),
                name=layer.get_name(),
                offset=(x, y),
                pixels=self._read(layer, rect) if rect is not None and not why else None,
                recipe=parasite(layer, RECIPE),
                refusal=why,
                visible=layer.get_visible(),
                opacity=layer.get_opacity() / 100,
            )

    def read_selection(self, rect: Rect | None) -> Selected | None:
        _, some, x1, y1, x2, y2 = Gimp.Selection.bounds(self._open())
        if not some:
            return None
        mask = None
        if rect is not None:
            data = take(self.image.get_selection(), rect, MASK)
            mask = Pixels(rect=rect, data=data, channels=1, order="gray", alpha="none")
        return Selected(bounds=(x1, y1, x2 - x1, y2 - y1), mask=mask)

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        above = self.layer(layers[0].above)
        parent, place = above.get_parent(), highest(above, self.image)
        made = [self._make(new, above) for new in layers]  # none is in the image yet
        hidden = [self.layer(key) for key in hidden_by(layers)]
        with one_step(self.image):
            if group:
                top = Gimp.GroupLayer.new(self.image, group)
                insert(top, parent, place, self.image)
                parent, place = top, 0
            for layer in made:
                insert(layer, parent, place, self.image)
            for layer in hidden:
                layer.set_visible(False)
        Gimp.displays_flush()
        return [key_of(layer) for layer in made]

    # ---- notes and names

    def file(self) -> str:
        """Where the image was loaded from or saved to, "" when it was not."""
        found = self.image.get_file() or self.image.get_imported_file()
        return (found.get_path() or "") if found else ""

    def document_name(self) -> str:
        """What GIMP calls the image."""
        return self.image.get_name()

    def read_note(self, key: str) -> bytes | None:
        """What was kept with the image under this key."""
        return parasite(self.image, _note(key))

    def write_note(self, key: str, about: str, data: bytes) -> None:
        """Keep something with the image, beside undo; it saves with the .xcf."""
        attach(self.image, _note(key), data)

    def layers(self) -> list[tuple[str, str]]:
        """(key, name) of all layers but previews, from top to bottom."""
        found = below(self._open().get_layers())
        return [(key_of(layer), layer.get_name()) for layer in found if not is_preview(layer)]

    def source_of(self, key: str) -> str:
        """Key of the topmost layer a result was made of, "" when that is not known."""
        return source_in(self.lineage_of(key))

    def lineage_of(self, key: str) -> str:
        """What a result was made of (see `lineage`), "" for other layers.

        Files of other kinds than GIMP's keep a result's name only: there it is what is seen below it.
        """
        layer = self.layer(key)
        line = line_on(layer)
        if line or short_id_of(layer.get_name()) is None:
            return line
        siblings, place = beside(layer, self.image)
        below = (one for one in siblings[place + 1 :] if one.get_visible())
        return next((f"over {key_of(one)}" for one in below if not is_preview(one)), "")

    def look(self) -> None:
        """GIMP itself shows again what a result hid once that is undone."""

    def export(self, place: Path) -> bool:
        """Have GIMP write the image to a file, without asking anything."""
        self.drop_preview()
        where = Gio.File.new_for_path(str(place))
        return bool(Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, self.image, where, None))

    def make_rgb(self) -> None:
        """Take indexed colors away, as the refusal of such images offers."""
        self.image.convert_rgb()

    # ---- reading

    def _facts(self, layer: Any, *, hidden: bool) -> LayerFacts:
        _, x, y = layer.get_offsets()
        right, bottom = x + layer.get_width(), y + layer.get_height()
        inside = x < self.image.get_width() and y < self.image.get_height()
        return LayerFacts(
            name=layer.get_name(),
            format=Format.of(babl_name(layer)),
            hidden=hidden,
            floating=layer.is_floating_sel(),
            group_with_filters=layer.is_group() and bool(layer.get_filters()),
            outside=not (inside and right > 0 and bottom > 0),
        )

    def _read(self, layer: Any, rect: Rect) -> Pixels:
        with self._filtered(layer) as plain:
            format_, name = exchange(plain)
            return format_.pixels(rect, take(plain, rect, name), self._icc(format_))

    @contextmanager
    def _filtered(self, layer: Any) -> Iterator[Any]:
        """The layer as it is seen: with filters, a copy in another image into which they are merged."""
        if not layer.get_filters():
            yield layer
            return
        image = self.image
        other = Gimp.Image.new_with_precision(
            image.get_width(), image.get_height(), image.get_base_type(), image.get_precision()
        )
        try:
            if (profile := image.get_color_profile()) is not None:
                other.set_color_profile(profile)
            copy = Gimp.Layer.new_from_drawable(layer, other)
            other.insert_layer(copy, None, 0)
            copy.merge_filters()
            yield copy
        finally:
            other.delete()

    def _icc(self, format_: Format) -> bytes | None:
        """The profile that describes the pixels as they are: with the tone curve of their format."""
        profile = self.image.get_color_profile()
        if profile is None:
            return None
        if format_.curve == LIGHT:
            profile = profile.new_linear_from_color_profile() or profile
        elif format_.curve == SRGB:
            profile = profile.new_srgb_trc_from_color_profile() or profile
        return bytes(profile.get_icc_profile())

    # ---- writing

    def _make(self, new: NewLayer, like: Any) -> Any:
        """A layer that is in no image yet, so that adding it is the one step."""
        layer = new_layer(self.image, new.name, new.pixels.rect, new.opacity)
        format_, name = exchange(layer)
        if format_.curve != LIGHT:  # half transparent edges as in other programs
            layer.set_blend_space(Gimp.LayerColorSpace.RGB_NON_LINEAR)
            layer.set_composite_space(Gimp.LayerColorSpace.RGB_NON_LINEAR)
        try:
            put(layer, new.pixels.rect, name, format_.bytes_of(new.pixels))
        except ValueError as problem:
            raise HostError(f"The result does not fit the image: {problem}.") from None
        if new.recipe is not None:
            attach(layer, RECIPE, new.recipe)
        attach(layer, SOURCE, line_of(new).encode())
        hides = like.get_mask()
        if hides is not None and like.get_apply_mask():  # what the source's mask hides stays hidden
            shown = layer.create_mask(Gimp.AddMaskType.WHITE)
            layer.add_mask(shown)
            put(shown, new.pixels.rect, MASK, take(hides, new.pixels.rect, MASK))
        return layer


def _note(key: str) -> str:
    return PREFIX + key.removeprefix("pullbrush/").replace("/", "-")


__all__ = [
    "GimpHost",
    "begin_ui",
    "leave_word",
    "open_images",
    "program",
    "read_word",
    "stay_above",
]
