# SPDX-License-Identifier: GPL-3.0-or-later
"""What will be seen where a preview lies, when its result hides layers: all that is shown but those, with the preview.

A preview that is merely laid over such layers would show an object twice. Nothing is written to the document: Qt puts
the layers together from their pixels, strip by strip, so that Krita breathes in between.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import dataclass
from typing import Any

from .formats import SRGB, Space
from .making import empty_layer
from .protocol.plugin.host import Rect
from .qt import QtCore, QtGui
from .reading import BITE

Mode = QtGui.QPainter.CompositionMode
MODES = {
    "normal": Mode.CompositionMode_SourceOver,
    "multiply": Mode.CompositionMode_Multiply,
    "screen": Mode.CompositionMode_Screen,
    "overlay": Mode.CompositionMode_Overlay,
    "darken": Mode.CompositionMode_Darken,
    "lighten": Mode.CompositionMode_Lighten,
    "dodge": Mode.CompositionMode_ColorDodge,
    "burn": Mode.CompositionMode_ColorBurn,
    "hard_light": Mode.CompositionMode_HardLight,
    "soft_light_svg": Mode.CompositionMode_SoftLight,
    "diff": Mode.CompositionMode_Difference,
    "exclusion": Mode.CompositionMode_Exclusion,
    "add": Mode.CompositionMode_Plus,
    "erase": Mode.CompositionMode_DestinationOut,
}
"""Krita's names of the blending modes that Qt has, too; any other one is painted as "normal"."""
PLAIN = ("RGBA", "U8")
SLOW = 32
"""Bytes that a pixel counts where Krita has to convert it first."""
Work = Generator[None, None, QtGui.QImage]


@dataclass(frozen=True)
class Change:
    """A preview's picture, stretched over `rect`, right above the layer `on`; the layers `hidden` are not seen."""

    image: QtGui.QImage
    rect: Rect
    on: str
    hidden: tuple[str, ...]

    @property
    def keys(self) -> set[str]:
        """The layers that it is about."""
        return {self.on, *self.hidden}


def seen_with(document: Any, change: Change) -> Work:
    """Return what is seen in `change.rect` as a picture of that size; yields after each bite of about 1 ms."""
    x, y, width, height = change.rect
    whole = QtGui.QImage(width, height, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    whole.fill(0)
    rows = max(1, BITE // ((4 if _is_plain(Space.of(document)) else SLOW) * width))
    for top in range(0, height, rows):
        strip = (x, y + top, width, min(rows, height - top))
        part = yield from _together(document, document.rootNode(), strip, change)
        painter = QtGui.QPainter(whole)
        painter.drawImage(0, top, part)
        painter.end()
    return whole


def _together(document: Any, group: Any, rect: Rect, change: Change) -> Work:
    """What is in a group from below to above, as one picture of `rect`."""
    made = QtGui.QImage(*rect[2:], QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(0)
    for node in group.childNodes():
        key = key_of(node)
        if node.visible() and key not in change.hidden and _has_pixels(node):
            if _is_around(node, change.keys):
                picture = yield from _together(document, node, rect, change)
            else:
                picture = _pixels(document, node, rect)
            _lay(made, picture, QtCore.QRectF(0, 0, *rect[2:]), node)
        if key == change.on:
            x, y, width, height = change.rect
            place = QtCore.QRectF(x - rect[0], y - rect[1], width, height)
            _lay(made, change.image, place, node if key in change.hidden else None)
        yield
    return made


def _lay(below: QtGui.QImage, picture: QtGui.QImage, place: QtCore.QRectF, like: Any) -> None:
    """Paint a picture as the node `like` is painted; None: as it is."""
    painter = QtGui.QPainter(below)
    if like is not None:
        clipped = like.inheritAlpha() and like.blendingMode() == "normal"
        usual = Mode.CompositionMode_SourceAtop if clipped else Mode.CompositionMode_SourceOver
        mode = usual if clipped else MODES.get(like.blendingMode(), usual)
        painter.setCompositionMode(mode)
        painter.setOpacity(like.opacity() / 255)
    painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(place, picture)
    painter.end()


def _pixels(document: Any, node: Any, rect: Rect) -> QtGui.QImage:
    """A node as it is seen before it is blended, in 8 bit sRGB; what is of another kind is converted by Krita."""
    data, space = node.projectionPixelData(*rect), Space.of(node)
    if not _is_plain(space):
        scratch = empty_layer(document, "", space)  # it is never added anywhere
        scratch.setPixelData(data, *rect)
        scratch.setColorSpace(*PLAIN, SRGB[0])
        data = scratch.pixelData(*rect)
    width, height = rect[2:]
    kind = QtGui.QImage.Format.Format_ARGB32
    return QtGui.QImage(bytes(data), width, height, 4 * width, kind).copy()


def _is_plain(space: Space) -> bool:
    """Whether Qt can paint such pixels as they are."""
    return (space.model, space.depth) == PLAIN and space.profile in SRGB


def _has_pixels(node: Any) -> bool:
    """Whether it adds to the picture by itself: masks are part of their layers, filters change what they lie on."""
    return "mask" not in node.type() and node.type() != "filterlayer"


def _is_around(node: Any, keys: Collection[str]) -> bool:
    """Whether one of these layers is in this group."""
    return any(key_of(child) in keys or _is_around(child, keys) for child in node.childNodes())


def key_of(node: Any) -> str:
    """How a layer is called everywhere in the plug-in: its unique id, without braces."""
    return str(node.uniqueId().toString().strip("{}"))
