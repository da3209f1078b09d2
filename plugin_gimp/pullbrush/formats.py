# SPDX-License-Identifier: GPL-3.0-or-later
"""How GIMP keeps pixels, and how the engine is told: babl's names of formats, read without babl.

A name is a model, a type, and where colors are not sRGB a space: “R'G'B'A u8”, “Y float”, “R~G~B~A half-space-…”.
A ' is the space's own tone curve, a ~ is sRGB's, neither is linear light. Alpha is straight.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .protocol.images import Depth, Order
from .protocol.plugin.host import Pixels, Rect
from .protocol.sentences import say

DEPTHS: dict[str, Depth] = {"u8": "u1", "u16": "u2", "half": "f2", "float": "f4"}
DEEPER = ("u32", "double")
"""What the engine does not compute with is read and written as float."""
WORDS = {
    "u8": "8 bit",
    "u16": "16 bit",
    "half": "half float",
    "float": "float",
    "u32": "32 bit",
    "double": "double",
}
CHANNELS = {"RGBA": 4, "RGB": 3, "YA": 2, "Y": 1}
LIGHT, OWN, SRGB = "", "'", "~"
MASK = "Y u8"
"""The format in which masks and selections are read and written."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format by its parts. `curve` is LIGHT, OWN or SRGB (see the module)."""

    model: str
    curve: str
    kind: str

    @classmethod
    def of(cls, name: str) -> Format | None:
        """Take a name apart; None for what is no plain gray or color, such as indexed."""
        model, _, rest = name.partition(" ")
        curve = curve_in(name)
        plain = model.replace(OWN, "").replace(SRGB, "")
        kind = rest.partition("-")[0]
        known = plain in CHANNELS and kind in WORDS
        return cls(model=plain, curve=curve, kind=kind) if known else None

    @property
    def with_alpha(self) -> Format:
        """The same with alpha: as such all layers travel, so that beside an opaque one there is nothing."""
        return replace(self, model="YA" if self.model[0] == "Y" else "RGBA")

    @property
    def exchange(self) -> str:
        """The name without its space of the format in which pixels travel, which is its own unless it is deeper."""
        letters = [letter + self.curve if letter != "A" else letter for letter in self.model]
        return f"{''.join(letters)} {'float' if self.kind in DEEPER else self.kind}"

    @property
    def depth(self) -> Depth:
        """Depth in which pixels travel."""
        return "f4" if self.kind in DEEPER else DEPTHS[self.kind]

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return CHANNELS[self.model]

    @property
    def order(self) -> Order:
        """Their order."""
        return "gray" if self.model[0] == "Y" else "rgba" if self.model == "RGBA" else "rgb"

    @property
    def words(self) -> str:
        """For the artist."""
        light = " linear light" if self.curve == LIGHT else ""
        return f"{'gray' if self.model[0] == 'Y' else 'RGB'} {WORDS[self.kind]}{light}"

    def pixels(self, rect: Rect, data: bytes, icc: bytes | None) -> Pixels:
        """Bytes that were read, with what they mean; `icc` describes them as they are, None is sRGB."""
        return Pixels(
            rect=rect,
            data=data,
            channels=self.channels,
            dtype=self.depth,
            order=self.order,
            alpha="straight" if self.model[-1] == "A" else "none",
            icc=icc,
            linear=icc is None and self.curve == LIGHT,
        )

    def bytes_of(self, pixels: Pixels) -> bytes:
        """A result's bytes as they travel. Raises ValueError when it is of another kind."""
        if (pixels.dtype, pixels.channels, pixels.order) != (self.depth, self.channels, self.order):
            raise ValueError(
                f"the result has {pixels.channels} channels of {pixels.dtype} ({pixels.order}), "
                f"the new layer is {self.words} with {self.channels}"
            )
        return bytes(pixels.data)


def curve_in(name: str) -> str:
    """The tone curve in a format's name: LIGHT, OWN or SRGB."""
    model = name.partition(" ")[0]
    return OWN if OWN in model else SRGB if SRGB in model else LIGHT


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """What decides whether and how a layer can be edited; `format` is None for indexed colors."""

    name: str
    format: Format | None
    rect: Rect = (0, 0, 1, 1)
    visible: bool = True
    opacity: float = 1.0
    floating: bool = False
    filtered_group: bool = False

    def lies_in(self, canvas: tuple[int, int]) -> bool:
        """Whether any of it lies within a canvas of this size."""
        x, y, width, height = self.rect
        return x < canvas[0] and y < canvas[1] and x + width > 0 and y + height > 0


def refusal(layer: LayerFacts, canvas: tuple[int, int], *, may_hide: bool = True) -> str:
    """Why a layer cannot be edited, and what to do; "" when it can. The chosen one may not be hidden."""
    name = layer.name
    if layer.format is None:
        return say("layer.indexed", name=name)
    if layer.floating:
        return say("layer.floating", name=name)
    if layer.filtered_group:
        return say("layer.filters", name=name)
    if not layer.lies_in(canvas):
        return say("layer.beside", name=name)
    if not layer.visible and not may_hide:
        return say("layer.hidden", name=name)
    return ""
