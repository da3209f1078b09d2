# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP's images, in their own coordinates: the only file beside plugin.py that talks to libgimp (docs/adr/0007)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gi

for _name, _version in (("Gimp", "3.0"), ("Gegl", "0.4"), ("Babl", "0.1")):
    gi.require_version(_name, _version)
from gi.repository import Babl, Gegl, Gimp, Gio  # noqa: E402

from .formats import LIGHT, SRGB, Format, LayerFacts, curve_in  # noqa: E402
from .protocol.plugin.host import HostError, Rect  # noqa: E402


@dataclass(frozen=True)
class Thing:
    """What bytes can be attached to, beside undo; `saved` ones are part of the .xcf."""

    raw: Any

    def attached(self, name: str) -> bytes | None:
        """What is attached under this name."""
        found = self.raw.get_parasite(name)
        return bytes(byte & 255 for byte in found.get_data()) if found is not None else None

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
    def name(self) -> str:
        return self.raw.get_name()

    @property
    def visible(self) -> bool:
        return self.raw.get_visible()

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


@dataclass(frozen=True)
class Image(Thing):
    """An image that is or was open."""

    raw: Gimp.Image

    def __post_init__(self) -> None:
        Gegl.init(None)  # not while GIMP merely asks which procedures there are

    @property
    def number(self) -> int:
        return self.raw.get_id()

    @property
    def is_open(self) -> bool:
        return self.raw.is_valid()

    @property
    def name(self) -> str:
        return self.raw.get_name()

    @property
    def file(self) -> str:
        found = self.raw.get_file() or self.raw.get_imported_file()
        return (found.get_path() or "") if found else ""

    @property
    def size(self) -> tuple[int, int]:
        return self.raw.get_width(), self.raw.get_height()

    def words(self) -> str:
        """How it keeps its colors."""
        profile, depth = self.raw.get_effective_color_profile(), self.raw.get_precision()
        return f"{depth.value_nick}, {profile.get_label() if profile else 'sRGB'}"

    def icc(self, curve: str) -> bytes | None:
        """Its profile with the tone curve of a format, which describes pixels as they are; None is sRGB."""
        profile = self.raw.get_color_profile()
        if profile is not None and curve == LIGHT:
            profile = profile.new_linear_from_color_profile() or profile
        elif profile is not None and curve == SRGB:
            profile = profile.new_srgb_trc_from_color_profile() or profile
        return bytes(profile.get_icc_profile()) if profile is not None else None

    def layers(self) -> list[Layer]:
        """Its layers from top to bottom, without what groups hold."""
        return [Layer(one) for one in self.raw.get_layers()]

    def find(self, key: str) -> Layer | None:
        """The layer of a key."""
        found = self.raw.get_layer_by_tattoo(int(key)) if key.isdigit() else None
        return Layer(found) if found is not None else None

    def chosen(self) -> list[Layer]:
        """The layers the artist chose."""
        return [Layer(one) for one in self.raw.get_selected_layers()]

    def choose(self, layers: Sequence[Layer]) -> None:
        """Have these layers chosen."""
        self.raw.set_selected_layers([one.raw for one in layers])

    def beside(self, layer: Layer) -> tuple[Layer | None, list[Layer], int]:
        """The group a layer is in, all that is there from top to bottom, and its place among that."""
        parent, place = layer.raw.get_parent(), self.raw.get_item_position(layer.raw)
        group = Layer(parent) if parent is not None else None
        return group, group.below() if group is not None else self.layers(), place

    def new_layer(self, name: str, rect: Rect, opacity: float = 1.0) -> Layer:
        """A layer with alpha that is not in the image yet; its edges mix as in other programs, unless all is linear."""
        gray = self.raw.get_base_type() == Gimp.ImageBaseType.GRAY
        kind = Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE
        mode, perceptual = Gimp.LayerMode.NORMAL, Gimp.LayerColorSpace.RGB_NON_LINEAR
        layer = Gimp.Layer.new(self.raw, name, *rect[2:], kind, 100 * opacity, mode)
        layer.set_offsets(*rect[:2])
        if curve_in(Babl.get_name(layer.get_format())) != LIGHT:
            layer.set_blend_space(perceptual)
            layer.set_composite_space(perceptual)
        return Layer(layer)

    def new_group(self, name: str) -> Layer:
        """A group that is not in the image yet."""
        return Layer(Gimp.GroupLayer.new(self.raw, name))

    def insert(self, layer: Layer, group: Layer | None, place: int) -> None:
        """Put a layer in. Raises HostError when GIMP refuses."""
        if not self.raw.insert_layer(layer.raw, group.raw if group else None, place):
            raise HostError("GIMP did not take the new layer. Is its group locked?")

    def remove(self, layer: Layer) -> None:
        """Take a layer out."""
        self.raw.remove_layer(layer.raw)

    def selected(self) -> Rect | None:
        """How far the selection reaches, None without one."""
        _, some, x1, y1, x2, y2 = Gimp.Selection.bounds(self.raw)
        return (x1, y1, x2 - x1, y2 - y1) if some else None

    def selection(self, *, empty: bool = False) -> Drawable:
        """The selection's pixels, taken away before if it shall be `empty`."""
        if empty:
            Gimp.Selection.none(self.raw)
        return Drawable(self.raw.get_selection())

    def strokes(self) -> list[Sequence[float]]:
        """Every open stroke of the paths that are selected: six numbers an anchor, its own the middle ones."""
        paths = self.raw.get_selected_paths()
        found = [path.stroke_get_points(one) for path in paths for one in path.get_strokes()]
        return [points for _, points, closed in found if not closed]

    def write_strokes(self, name: str, strokes: Sequence[Sequence[float]]) -> None:
        """Put open strokes into the path of this name, which is made if need be, and select it."""
        path = self.raw.get_path_by_name(name)
        if path is None:
            path = Gimp.Path.new(self.raw, name)
            self.raw.insert_path(path, None, 0)
        for stroke in path.get_strokes():
            path.remove_stroke(stroke)
        for points in strokes:
            path.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, points, False)
        path.set_visible(True)
        self.raw.set_selected_paths([path])

    @contextmanager
    def one_step(self) -> Iterator[None]:
        """All that is done meanwhile is one step of undo."""
        self.raw.undo_group_start()
        try:
            yield
        finally:
            self.raw.undo_group_end()
            Gimp.displays_flush()

    @contextmanager
    def beside_undo(self) -> Iterator[None]:
        """Nothing that is done meanwhile is a step, and an image that was saved stays so."""
        clean = not self.raw.is_dirty()
        self.raw.undo_freeze()
        try:
            yield
        finally:
            self.raw.undo_thaw()
            if clean:
                self.raw.clean_all()
            Gimp.displays_flush()

    def export(self, place: Path) -> bool:
        """Have GIMP write it, unasked; GIMP 3.0 cuts layers with an offset (.ora), so in a copy none has one."""
        copy, where = self.raw.duplicate(), Gio.File.new_for_path(str(place))
        layers = list(copy.get_layers())
        for layer in layers:  # to which comes what groups hold
            if layer.is_group():
                layers += layer.get_children()
            elif layer.add_alpha():
                layer.resize_to_image_size()
        written = Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, copy, where, None)
        return copy.delete() and bool(written)

    def make_rgb(self) -> None:
        """Take indexed colors away, as the refusal of such images offers."""
        self.raw.convert_rgb()
