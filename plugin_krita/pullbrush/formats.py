# SPDX-License-Identifier: GPL-3.0-or-later
"""How Krita keeps pixels, and how the engine is told: channels, depth, order, colors.

Measured in Krita 5.1 to 5.3: integers are BGRA, floats RGBA, gray has an alpha channel, alpha is straight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .protocol.images import ITEM_BYTES, Depth, Order
from .protocol.plugin.drag_layer import NAME as DRAG_LAYER
from .protocol.plugin.host import Pixels, Rect
from .protocol.sentences import say
from .qt import QtGui

DEPTHS: dict[str, Depth] = {"U8": "u1", "U16": "u2", "F16": "f2", "F32": "f4"}
DEPTH_WORDS = {"U8": "8 bit", "U16": "16 bit", "F16": "half float", "F32": "float"}
CHANNELS = {"RGBA": 4, "GRAYA": 2}
SRGB = (
    "sRGB-elle-V2-srgbtrc.icc",
    "sRGB built-in",
    "Gray-D50-elle-V2-srgbtrc.icc",
    "gray built-in",
)
LINEAR = ("sRGB-elle-V2-g10.icc", "Gray-D50-elle-V2-g10.icc", "linear sRGB built-in")


@dataclass(frozen=True)
class Space:
    """A color space as Krita names it: model, depth, profile."""

    model: str
    depth: str
    profile: str

    @classmethod
    def of(cls, thing: Any) -> Space:
        """The one of a document or a node of Krita's."""
        return cls(thing.colorModel(), thing.colorDepth(), thing.colorProfile())

    @property
    def is_ours(self) -> bool:
        """Whether the engine can edit pixels of this kind."""
        return self.model in CHANNELS and self.depth in DEPTHS

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one pixel."""
        return CHANNELS[self.model] * ITEM_BYTES[DEPTHS[self.depth]]

    @property
    def order(self) -> Order:
        """Order of the channels."""
        if self.model == "GRAYA":
            return "gray"
        return "bgra" if self.depth in ("U8", "U16") else "rgba"

    @property
    def words(self) -> str:
        """For the artist."""
        model = {"RGBA": "RGB", "GRAYA": "gray"}.get(self.model, self.model)
        return f"{model} {DEPTH_WORDS.get(self.depth, self.depth)}, {self.profile}"

    def pixels(self, rect: Rect, data: bytes | memoryview, icc: bytes | None) -> Pixels:
        """Bytes that were read, with what they mean; `icc` is None for the profiles known by name."""
        return Pixels(
            rect=rect,
            data=data,
            channels=CHANNELS[self.model],
            dtype=DEPTHS[self.depth],
            order=self.order,
            icc=icc,
            linear=self.profile in LINEAR,
        )

    def bytes_of(self, pixels: Pixels) -> bytes:
        """A result's bytes as this space keeps them. Raises ValueError when it is of another kind."""
        if (pixels.dtype, pixels.channels) != (DEPTHS[self.depth], CHANNELS[self.model]):
            raise ValueError(
                f"the result has {pixels.channels} channels of {pixels.dtype}, the layer is {self.words}"
            )
        if pixels.order == self.order or self.model == "GRAYA":
            return bytes(pixels.data)
        return swapped(pixels)


def swapped(pixels: Pixels) -> bytes:
    """Red and blue exchanged, by Qt: a loop over the pixels would take seconds."""
    _, _, width, height = pixels.rect
    deep = pixels.dtype == "u2"
    kind = QtGui.QImage.Format.Format_RGBA64 if deep else QtGui.QImage.Format.Format_RGBA8888
    stride = width * (8 if deep else 4)
    data = bytes(pixels.data)
    picture = QtGui.QImage(data, width, height, stride, kind).rgbSwapped()
    bits: Any = picture.constBits()
    bits.setsize(stride * height)
    return bytes(bits)


def image_of(rgba: Pixels) -> QtGui.QImage:
    """An 8-bit RGBA preview as a picture that Qt can paint."""
    _, _, width, height = rgba.rect
    kind = QtGui.QImage.Format.Format_RGBA8888
    return QtGui.QImage(bytes(rgba.data), width, height, width * 4, kind).copy()


def refusal(kind: str, name: str, space: Space, *, hidden: bool, animated: bool) -> str:
    """Why a layer cannot be edited; "" when it can."""
    if name == DRAG_LAYER:
        return say("layer.arrows")
    if "mask" in kind:
        return say("layer.mask", name=name)
    if not space.is_ours:
        return say("layer.space", name=name, space=space.words)
    if animated:
        return say("layer.animated", name=name)
    if hidden:
        return say("layer.hidden", name=name)
    return ""


__all__ = ["Space", "image_of", "refusal", "swapped"]
