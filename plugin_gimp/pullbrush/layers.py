# SPDX-License-Identifier: GPL-3.0-or-later
"""What has pixels in GIMP, in the image's coordinates. Talks to libgimp, as host.py does (docs/adr/0007)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gi

for _name, _version in (("Gimp", "3.0"), ("Gegl", "0.4"), ("Babl", "0.1")):
    gi.require_version(_name, _version)
from gi.repository import Babl, Gegl, Gimp  # noqa: E402

from .formats import MASK, Format, LayerFacts  # noqa: E402
from .protocol.plugin.host import Rect  # noqa: E402


@dataclass(frozen=True)
class Thing:
    """What bytes can be attached to, beside undo; `saved` ones are part of the .xcf."""

    raw: Any

    def attached(self, name: str) -> bytes | None:
        """What is attached under this name."""
        found = self.raw.get_parasite(name)
        return bytes(byte & 255 for byte in found.get_data()) if found is not None else None

    def detach(self, name: str) -> None:
        """Take away what is attached under this name."""
        if self.raw.get_parasite(name) is not None:
            self.raw.detach_parasite(name)

    def attach(self, name: str, data: bytes, *, saved: bool = True) -> None:
        """Attach bytes, in the place of older ones of this name."""
        flags, signed = Gimp.PARASITE_PERSISTENT if saved else 0, memoryview(data).cast("b")
        self.raw.attach_parasite(Gimp.Parasite.new(name, flags, signed))


@dataclass(frozen=True)
class Drawable(Thing):
    """What has pixels: a layer, a mask, the selection."""

    raw: Gimp.Drawable

    @property
    def rect(self) -> Rect:
        _, x, y = self.raw.get_offsets()
        return (x, y, self.raw.get_width(), self.raw.get_height())

    def named(self, plain: str) -> str:
        """Babl's name of a format with the color space of this drawable."""
        space = Babl.format_get_space(self.raw.get_format())
        return Babl.get_name(Babl.format_with_space(plain, space))

    def take(self, rect: Rect, name: str) -> bytes:
        """Pixels over a rectangle, zeros beside the drawable."""
        x, y, *_ = self.rect
        area = Gegl.Rectangle.new(rect[0] - x, rect[1] - y, rect[2], rect[3])
        return self.raw.get_buffer().get(area, 1.0, name, Gegl.AbyssPolicy.NONE)

    def put(self, rect: Rect, name: str, data: bytes) -> None:
        """Write pixels; only into what is ours."""
        x, y, *_ = self.rect
        left, top, width, height = rect[0] - x, rect[1] - y, rect[2], rect[3]
        buffer = self.raw.get_buffer()
        buffer.set(Gegl.Rectangle.new(left, top, width, height), name, data)
        buffer.flush()
        del buffer  # one that outlives its drawable would end the plug-in
        self.raw.update(left, top, width, height)


@dataclass(frozen=True)
class Layer(Drawable):
    """A layer, which may be a group."""

    raw: Gimp.Layer

    @property
    def key(self) -> str:
        return str(self.raw.get_tattoo())

    @property
    def number(self) -> int:
        """Its number in GIMP, by which scripts know it."""
        return self.raw.get_id()

    @property
    def name(self) -> str:
        return self.raw.get_name()

    @property
    def visible(self) -> bool:
        return self.raw.get_visible()

    def rename(self, name: str) -> None:
        """Give it a name."""
        self.raw.set_name(name)

    def need_alpha(self) -> None:
        """Have it know transparency."""
        if not self.raw.has_alpha():
            self.raw.add_alpha()

    def show(self, on: bool) -> None:
        """Show or hide it."""
        self.raw.set_visible(on)

    def facts(self) -> LayerFacts:
        """All that decides whether and how it is edited."""
        return LayerFacts(
            name=self.name,
            rect=self.rect,
            format=Format.of(Babl.get_name(self.raw.get_format())),
            visible=self.visible,
            opacity=self.raw.get_opacity() / 100,
            floating=self.raw.is_floating_sel(),
            filtered_group=self.raw.is_group() and bool(self.raw.get_filters()),
        )

    def below(self) -> list[Layer]:
        """What it holds as a group, from top to bottom."""
        return [Layer(one) for one in self.raw.get_children()] if self.raw.is_group() else []

    def mask(self) -> Drawable | None:
        """Its mask, if that hides anything."""
        mask = self.raw.get_mask()
        return Drawable(mask) if mask is not None and self.raw.get_apply_mask() else None

    def add_mask(self) -> Drawable:
        """Give it a mask that hides nothing."""
        mask = self.raw.create_mask(Gimp.AddMaskType.WHITE)
        self.raw.add_mask(mask)
        return Drawable(mask)

    def reach(self, rect: Rect) -> None:
        """Make it so large that it holds a rectangle; where it has a mask, that hides nothing of what is new."""
        old, mask = self.rect, self.raw.get_mask()
        left, top = min(old[0], rect[0]), min(old[1], rect[1])
        right = max(old[0] + old[2], rect[0] + rect[2])
        bottom = max(old[1] + old[3], rect[1] + rect[3])
        size = (right - left, bottom - top)
        if size == old[2:]:
            return
        kept = Drawable(mask).take(old, MASK) if mask is not None else b""
        # not self.raw.resize: a text layer has another one, of its frame
        Gimp.Layer.resize(self.raw, *size, old[0] - left, old[1] - top)
        if mask is not None:
            Drawable(mask).put(self.rect, MASK, b"\xff" * (size[0] * size[1]))
            Drawable(mask).put(old, MASK, kept)

    @contextmanager
    def filtered(self) -> Iterator[Layer]:
        """The layer as it is seen: with filters, a copy in another image into which they are merged."""
        if not self.raw.get_filters():
            yield self
            return
        image = self.raw.get_image()
        size, kind = (image.get_width(), image.get_height()), image.get_base_type()
        other = Gimp.Image.new_with_precision(*size, kind, image.get_precision())
        try:
            other.set_color_profile(image.get_color_profile())
            copy = Gimp.Layer.new_from_drawable(self.raw, other)
            other.insert_layer(copy, None, 0)
            copy.merge_filters()
            yield Layer(copy)
        finally:
            other.delete()
