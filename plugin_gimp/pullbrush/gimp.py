# SPDX-License-Identifier: GPL-3.0-or-later
"""libgimp and GEGL, found and loaded, with the few things everything else is made of: pixels, parasites, layers.

The only file that imports them; the others take from here what they need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gi

for _name, _version in (("Gimp", "3.0"), ("Gegl", "0.4"), ("Babl", "0.1")):
    gi.require_version(_name, _version)
from gi.repository import Babl, Gegl, Gimp, Gio, GLib, GObject  # noqa: E402

from .formats import Format  # noqa: E402
from .protocol.plugin.host import HostError, Rect  # noqa: E402
from .protocol.plugin.lineage import source_in  # noqa: E402

PREFIX = "pullbrush-"
RECIPE, SOURCE, PREVIEW = f"{PREFIX}recipe", f"{PREFIX}source", f"{PREFIX}preview"
"""Parasites of layers: how a result was made, of which layer, and that a layer is only for looking."""
SAVED = Gimp.PARASITE_PERSISTENT
MASK = "Y u8"
SCREEN = "R'G'B'A u8"


def begin() -> None:
    """Make GEGL ready; not while GIMP merely asks which procedures there are."""
    Gegl.init(None)


def open_images() -> list[Any]:
    """All images that are open."""
    return list(Gimp.get_images())


def program() -> str:
    """The paint program and its version."""
    return f"GIMP {Gimp.version()}"


def begin_ui(name: str) -> None:
    """Let windows look like GIMP's own; before the first one."""
    gi.require_version("GimpUi", "3.0")
    from gi.repository import GimpUi

    GimpUi.init(name)


def stay_above(window: Any) -> None:
    """Keep a window of ours above GIMP's, beside which it is used."""
    from gi.repository import GimpUi

    window.set_keep_above(True)
    GimpUi.window_set_transient(window)


def read_word(name: str) -> bytes | None:
    """What was left for all plug-ins under this name since GIMP was started."""
    return _data(Gimp.get_parasite(PREFIX + name))


def leave_word(name: str, data: bytes | None) -> None:
    """Leave bytes for all plug-ins until GIMP ends; None takes them away."""
    if data is not None:
        Gimp.attach_parasite(_parasite(PREFIX + name, 0, data))
    elif Gimp.get_parasite(PREFIX + name) is not None:
        Gimp.detach_parasite(PREFIX + name)


def show_progress(text: str, share: float | None) -> None:
    """Say in GIMP how far something is; None: nobody knows."""
    Gimp.progress_set_text(text)
    Gimp.progress_update(share) if share is not None else Gimp.progress_pulse()


def babl_name(drawable: Any) -> str:
    """Babl's name of a drawable's format."""
    return Babl.get_name(drawable.get_format())


def exchange(drawable: Any) -> tuple[Format, str]:
    """The format in which a drawable's pixels travel, and babl's name of it with the drawable's space."""
    own = drawable.get_format()
    plain = Format.of(Babl.get_name(own))
    assert plain is not None
    format_ = plain.with_alpha
    shared = Babl.format_with_space(format_.exchange, Babl.format_get_space(own))
    return format_, Babl.get_name(shared)


def take(drawable: Any, rect: Rect, name: str) -> bytes:
    """Pixels over a rectangle of the image, zeros beside the drawable."""
    _, x, y = drawable.get_offsets()
    area = Gegl.Rectangle.new(rect[0] - x, rect[1] - y, rect[2], rect[3])
    return drawable.get_buffer().get(area, 1.0, name, Gegl.AbyssPolicy.NONE)


def put(drawable: Any, rect: Rect, name: str, data: bytes) -> None:
    """Write pixels at a rectangle of the image into a drawable of ours."""
    _, x, y = drawable.get_offsets()
    left, top, width, height = rect[0] - x, rect[1] - y, rect[2], rect[3]
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(left, top, width, height), name, data)
    buffer.flush()
    del buffer  # one that outlives its drawable would end the plug-in
    drawable.update(left, top, width, height)


def key_of(layer: Any) -> str:
    """The layer's key: its tattoo, which is saved with the image."""
    return str(layer.get_tattoo())


def below(layers: Sequence[Any]) -> Iterator[Any]:
    """All layers from top to bottom, a group before what it holds."""
    for layer in layers:
        yield layer
        if layer.is_group():
            yield from below(layer.get_children())


def parasite(thing: Any, name: str) -> bytes | None:
    """What is kept with an image or a layer under this name."""
    found = thing.get_parasite(name)
    return _data(found)


def attach(thing: Any, name: str, data: bytes) -> None:
    """Keep bytes with an image or a layer; they save with the .xcf and are no step of undo."""
    thing.attach_parasite(_parasite(name, SAVED, data))


def _parasite(name: str, flags: int, data: bytes) -> Any:
    return Gimp.Parasite.new(name, flags, memoryview(data).cast("b"))  # its bytes have signs


def _data(found: Any) -> bytes | None:
    return bytes(byte & 255 for byte in found.get_data()) if found is not None else None


def line_on(layer: Any) -> str:
    """What a result was made of (see `lineage`), "" for what is no result of ours or lost its parasites."""
    return (parasite(layer, SOURCE) or b"").decode(errors="replace")


def is_preview(layer: Any) -> bool:
    """Whether a layer is only there to be looked at."""
    return layer.get_parasite(PREVIEW) is not None


def new_layer(image: Any, name: str, rect: Rect, opacity: float = 1.0) -> Any:
    """A layer with alpha that is in no image yet."""
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE
    mode = Gimp.LayerMode.NORMAL
    layer = Gimp.Layer.new(image, name, rect[2], rect[3], kind, 100 * opacity, mode)
    layer.set_offsets(*rect[:2])
    return layer


def insert(layer: Any, parent: Any, place: int, image: Any) -> None:
    """Put a layer into an image. Raises HostError when GIMP refuses."""
    if not image.insert_layer(layer, parent, place):
        raise HostError("GIMP did not take the new layer. Is its group locked?")


def beside(layer: Any, image: Any) -> tuple[list[Any], int]:
    """The layers of the group a layer is in, from top to bottom, and its place among them."""
    parent = layer.get_parent()
    siblings = parent.get_children() if parent is not None else image.get_layers()
    return list(siblings), image.get_item_position(layer)


def highest(layer: Any, image: Any) -> int:
    """Where a new layer is seen: above all results that lie on this one already."""
    siblings, place = beside(layer, image)
    family = {key_of(layer)}
    while place > 0 and source_in(line_on(siblings[place - 1])) in family:
        place -= 1
        family.add(key_of(siblings[place]))
    return place


@contextmanager
def one_step(image: Any) -> Iterator[None]:
    """All that is done meanwhile is one step of undo."""
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


@contextmanager
def beside_undo(image: Any) -> Iterator[None]:
    """Nothing that is done meanwhile is a step, and an image that was saved stays so."""
    clean = not image.is_dirty()
    image.undo_freeze()
    try:
        yield
    finally:
        image.undo_thaw()
        if clean:
            image.clean_all()


__all__ = ["GLib", "GObject", "Gegl", "Gimp", "Gio"]
