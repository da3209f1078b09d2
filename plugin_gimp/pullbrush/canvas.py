# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist has of an image besides its layers: paths, the selection, a preview that is none of them.

A preview is put in and taken out with undo frozen: no step of it stays, whatever happens between. Its parasite lets a
later start find one that a save has caught.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gi.repository import GdkPixbuf

from .gimp import (
    MASK,
    PREVIEW,
    SCREEN,
    Gimp,
    GLib,
    attach,
    begin,
    below,
    beside_undo,
    highest,
    insert,
    is_preview,
    new_layer,
    one_step,
    put,
)
from .protocol.plugin.host import HostError, Pixels, Rect

PREVIEW_NAME = "Pullbrush preview"
DRAGS = "Pullbrush drags"


class Canvas:
    """One image as the artist has it on the screen."""

    def __init__(self, image: Any) -> None:
        begin()
        self.image = image

    def paths(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """The anchors of every open stroke of the selected paths."""
        found: list[tuple[tuple[float, float], ...]] = []
        for path in self._open().get_selected_paths():
            for stroke in path.get_strokes():
                _, points, closed = path.stroke_get_points(stroke)
                if not closed:
                    found.append(tuple(zip(points[2::6], points[3::6], strict=True)))
        return tuple(found)

    def write_paths(self, ways: Sequence[Sequence[Sequence[float]]], name: str = DRAGS) -> None:
        """Put ways into the path of this name, which is made if need be, and select it; one step."""
        with one_step(self.image):
            path = self.image.get_path_by_name(name)
            if path is None:
                path = Gimp.Path.new(self.image, name)
                self.image.insert_path(path, None, 0)
            for stroke in path.get_strokes():
                path.remove_stroke(stroke)
            for way in ways:
                flat = [float(n) for x, y in way for n in (x, y) * 3]
                path.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, flat, False)
            path.set_visible(True)
            self.image.set_selected_paths([path])

    def select_mask(self, mask: Pixels) -> None:
        """Make a mask the selection; one step."""
        with one_step(self.image):
            Gimp.Selection.none(self.image)
            selection = self.image.get_selection()
            put(selection, mask.rect, MASK, bytes(mask.data))

    def put_preview(self, rgba: Pixels, rect: Rect, above: str = "") -> None:
        """Show an 8-bit picture over `rect` in the one preview layer, right above a layer and beside undo."""
        layer, base = self._preview(), self.layer(above)
        with beside_undo(self.image):
            if layer is None or (layer.get_width(), layer.get_height()) != rect[2:]:
                self._remove(layer)
                layer = new_layer(self.image, PREVIEW_NAME, rect)
                attach(layer, PREVIEW, b"only for looking")
                chosen = self.image.get_selected_layers()
                insert(layer, base.get_parent(), highest(base, self.image), self.image)
                self.image.set_selected_layers(chosen)
            layer.set_offsets(*rect[:2])
            put(layer, rect, SCREEN, _stretched(rgba, rect[2], rect[3]))
        Gimp.displays_flush()

    def drop_preview(self) -> None:
        """Take the preview away."""
        self.drop_stale_previews()

    def drop_stale_previews(self) -> int:
        """Take away all previews, also those that a save has caught; returns how many."""
        if not self.image.is_valid():
            return 0
        found = [layer for layer in below(self.image.get_layers()) if is_preview(layer)]
        if found:
            with beside_undo(self.image):
                for layer in found:
                    self.image.remove_layer(layer)
            Gimp.displays_flush()
        return len(found)

    # ---- within

    def _open(self) -> Any:
        if not self.image.is_valid():
            raise HostError("The image is closed.")
        return self.image

    def layer(self, key: str) -> Any:
        """The layer of a key, "" being the one that is chosen. Raises HostError."""
        image = self._open()
        if key:
            found = image.get_layer_by_tattoo(int(key)) if key.isdigit() else None
            if found is None:
                raise HostError("That layer is not there any more. Choose another one.")
            return found
        chosen = image.get_selected_layers()
        if len(chosen) != 1:
            what = "Several layers are chosen" if chosen else "No layer is chosen"
            raise HostError(f"{what}. Choose the one layer to work on.")
        return self._below(chosen[0]) if is_preview(chosen[0]) else chosen[0]

    def _below(self, preview: Any) -> Any:
        """The layer that a preview lies on: an artist who chooses a preview means that one."""
        group, place = preview.get_parent(), self.image.get_item_position(preview)
        siblings = group.get_children() if group is not None else self.image.get_layers()
        if place + 1 >= len(siblings):
            raise HostError("This layer is only a preview. Choose the one layer to work on.")
        return siblings[place + 1]

    def _preview(self) -> Any:
        return next((one for one in below(self.image.get_layers()) if is_preview(one)), None)

    def _remove(self, layer: Any) -> None:
        if layer is not None:
            self.image.remove_layer(layer)


def _stretched(rgba: Pixels, width: int, height: int) -> bytes:
    """The picture at another size; four bytes a pixel leave no gaps between its rows."""
    if rgba.rect[2:] == (width, height):
        return bytes(rgba.data)
    colors = GdkPixbuf.Colorspace.RGB
    data = GLib.Bytes.new(bytes(rgba.data))
    _, _, columns, rows = rgba.rect
    small = GdkPixbuf.Pixbuf.new_from_bytes(data, colors, True, 8, columns, rows, 4 * columns)
    return small.scale_simple(width, height, GdkPixbuf.InterpType.BILINEAR).get_pixels()
