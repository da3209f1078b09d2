# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP's images, in their own coordinates. With layers.py and plugin.py all that talks to libgimp (docs/adr/0007)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .layers import Drawable, Layer, Thing  # first: it says which version of each

# isort: split
from gi.repository import Babl, Gegl, Gimp, Gio

from .formats import LIGHT, SRGB, curve_in
from .protocol.plugin.host import HostError, Rect
from .protocol.sentences import say

__all__ = ["Drawable", "Image", "Layer", "Thing"]


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
        own = self.raw.get_color_profile()
        if own is None:
            return None
        profile = own
        if curve == LIGHT:
            profile = own.new_linear_from_color_profile() or own
        elif curve == SRGB:
            profile = own.new_srgb_trc_from_color_profile() or own
        return _dated_as(bytes(profile.get_icc_profile()), bytes(own.get_icc_profile()))

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

    def copy_of(self, layer: Layer) -> Layer:
        """A plain layer that looks as another one, with its opacity, mode and mask; it is not in the image yet.

        What draws itself, such as text or a group, is copied as it is seen.
        """
        copy = Gimp.Layer.new_from_drawable(layer.raw, self.raw)
        if copy.get_filters():
            copy.merge_filters()
        if copy.get_mode() == Gimp.LayerMode.PASS_THROUGH:
            copy.set_mode(Gimp.LayerMode.NORMAL)
        copy.set_visible(True)
        return Layer(copy)

    def new_group(self, name: str) -> Layer:
        """A group that is not in the image yet."""
        return Layer(Gimp.GroupLayer.new(self.raw, name))

    def insert(self, layer: Layer, group: Layer | None, place: int) -> None:
        """Put a layer in. Raises HostError when GIMP refuses."""
        if not self.raw.insert_layer(layer.raw, group.raw if group else None, place):
            raise HostError(say("layer.refused", program="GIMP"))

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

    def seen(self, rect: Rect, step: int) -> bytes:
        """How a rectangle looks, each `step`-th pixel (a power of two) as 8-bit RGBA; nothing of it stays in GIMP."""
        x, y, width, height = (value // step for value in rect)
        sheet = Gimp.Layer.new_from_visible(self.raw, self.raw, "seen")  # in no image
        try:
            area = Gegl.Rectangle.new(x, y, width, height)
            return sheet.get_buffer().get(area, 1 / step, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
        finally:
            sheet.delete()

    @contextmanager
    def duplicated(self) -> Iterator[Image]:
        """A copy that nobody sees, and that is gone afterwards; its layers have other keys in the same order."""
        copy = Image(self.raw.duplicate())
        try:
            copy.raw.undo_disable()
            yield copy
        finally:
            copy.raw.delete()

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


def _dated_as(profile: bytes, own: bytes) -> bytes:
    """A profile with another one's date: one that GIMP derives has the second it is asked for, so no two are equal."""
    return profile[:24] + own[24:36] + profile[36:]
