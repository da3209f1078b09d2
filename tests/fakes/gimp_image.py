# SPDX-License-Identifier: Apache-2.0
"""GIMP's images in bytes: what `plugin_gimp/pullbrush/host.py` offers, with an undo of whole states.

Put in that module's place by `carry`, so that all of GIMP's adapter beside that file runs where there is no GIMP.
"""

from __future__ import annotations

import copy
import itertools
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from protocol.images import ITEM_BYTES, Depth
from protocol.plugin.host import Pixels, Rect

from .bytes_of import patched, row_of, size_of
from .carried import carry_gimp

NAMES = {4: "R'G'B'A u8", 1: "Y u8"}
KINDS: dict[str, Depth] = {"u8": "u1", "u16": "u2", "float": "f4"}
"""Types in the names of formats, and what they are called here."""


class Thing:
    """What parasites are attached to."""

    def __init__(self) -> None:
        self.parasites: dict[str, bytes] = {}

    def attached(self, name: str) -> bytes | None:
        return self.parasites.get(name)

    def attach(self, name: str, data: bytes, *, saved: bool = True) -> None:
        self.parasites[name] = bytes(data)

    def detach(self, name: str) -> None:
        self.parasites.pop(name, None)


class Drawable(Thing):
    """Pixels at a place of the image; four channels, or one of 8 bit."""

    def __init__(self, rect: Rect, channels: int = 4, dtype: Depth = "u1") -> None:
        super().__init__()
        size = rect[2] * rect[3] * channels * ITEM_BYTES[dtype]
        order, alpha = ("rgba", "straight") if channels == 4 else ("gray", "none")
        self.pixels = Pixels(
            rect=rect, data=bytes(size), channels=channels, dtype=dtype, order=order, alpha=alpha
        )

    @property
    def rect(self) -> Rect:
        return self.pixels.rect

    @property
    def name_of_format(self) -> str:
        kind = next(kind for kind, dtype in KINDS.items() if dtype == self.pixels.dtype)
        return NAMES[self.pixels.channels].replace("u8", kind)

    def named(self, plain: str) -> str:
        return plain

    def take(self, rect: Rect, name: str) -> bytes:
        assert name == self.name_of_format
        return b"".join(row_of(self.pixels, rect, rect[1] + y) for y in range(rect[3]))

    def put(self, rect: Rect, name: str, data: bytes) -> None:
        """Only what lies on it stays, as in GIMP."""
        assert name == self.name_of_format
        old = self.pixels
        whole = patched(old, replace(old, rect=rect, data=bytes(data)))
        rows = (row_of(whole, old.rect, old.rect[1] + y) for y in range(old.rect[3]))
        self.pixels = replace(old, data=b"".join(rows))


class Layer(Drawable):
    """A layer; with `children` it is a group."""

    numbers = itertools.count(2)

    def __init__(self, name: str, rect: Rect, opacity: float = 1.0, dtype: Depth = "u1") -> None:
        super().__init__(rect, dtype=dtype)
        self.key, self.name = str(next(self.numbers)), name
        self.number = 1000 + int(self.key)
        self.visible, self.opacity = True, opacity
        self.children: list[Layer] | None = None
        self.hides: Drawable | None = None

    def show(self, on: bool) -> None:
        self.visible = on

    def facts(self) -> Any:
        from plugin_gimp.pullbrush.formats import Format, LayerFacts

        return LayerFacts(
            name=self.name, rect=self.rect, format=Format.of(self.name_of_format), visible=self.visible,
            opacity=self.opacity,
        )  # fmt: skip

    def below(self) -> list[Layer]:
        return list(self.children or ())

    def mask(self) -> Drawable | None:
        return self.hides

    def add_mask(self) -> Drawable:
        self.hides = Drawable(self.rect, 1)
        return self.hides

    def rename(self, name: str) -> None:
        self.name = name

    def need_alpha(self) -> None:
        """All of these layers have it."""

    def reach(self, rect: Rect) -> None:
        empty = replace(
            self.pixels, rect=rect, data=bytes(rect[2] * rect[3] * size_of(self.pixels))
        )
        self.pixels = patched(empty, self.pixels)

    @contextmanager
    def filtered(self) -> Iterator[Layer]:
        yield self


@dataclass
class State:
    """All that a step of undo brings back."""

    layers: list[Layer] = field(default_factory=list[Layer])
    chosen: list[str] = field(default_factory=list[str])
    selection: Drawable | None = None
    paths: list[Sequence[float]] = field(default_factory=list[Sequence[float]])
    size: tuple[int, int] = (0, 0)
    dtype: Depth = "u1"


class Image(Thing):
    """An open image."""

    number, name, file = 1, "one.xcf", ""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.is_open, self.state = True, State(size=(width, height))
        self.past: list[State] = []
        self.future: list[State] = []

    @property
    def size(self) -> tuple[int, int]:
        return self.state.size

    def words(self) -> str:
        return "u8-non-linear, sRGB"

    def icc(self, curve: str) -> bytes | None:
        return None

    def layers(self) -> list[Layer]:
        return list(self.state.layers)

    def find(self, key: str) -> Layer | None:
        return next((one for one in self._every(self.state.layers) if one.key == key), None)

    def chosen(self) -> list[Layer]:
        return [one for one in self._every(self.state.layers) if one.key in self.state.chosen]

    def choose(self, layers: Sequence[Layer]) -> None:
        self.state.chosen = [one.key for one in layers]

    def beside(self, layer: Layer) -> tuple[Layer | None, list[Layer], int]:
        for group in (None, *(one for one in self._every(self.state.layers) if one.children)):
            siblings = self.state.layers if group is None else group.below()
            keys = [one.key for one in siblings]
            if layer.key in keys:
                return group, siblings, keys.index(layer.key)
        raise AssertionError("the layer is not in this image")

    def new_layer(self, name: str, rect: Rect, opacity: float = 1.0) -> Layer:
        return Layer(name, rect, opacity, self.state.dtype)

    def copy_of(self, layer: Layer) -> Layer:
        copied = copy.deepcopy(layer)
        copied.key, copied.visible = str(next(Layer.numbers)), True
        return copied

    def new_group(self, name: str) -> Layer:
        group = Layer(name, (0, 0, *self.size))
        group.children = []
        return group

    def insert(self, layer: Layer, group: Layer | None, place: int) -> None:
        siblings = self.state.layers if group is None else group.children
        assert siblings is not None
        siblings.insert(place, layer)
        self.choose([layer])

    def remove(self, layer: Layer) -> None:
        group = self.beside(layer)[0]
        siblings = self.state.layers if group is None else group.children
        assert siblings is not None
        siblings.remove(layer)

    def selected(self) -> Rect | None:
        mask, (width, _) = self.state.selection, self.size
        data = bytes(mask.pixels.data) if mask is not None else b""
        spots = [at for at, value in enumerate(data) if value]
        if not spots:
            return None
        xs, ys = [at % width for at in spots], [at // width for at in spots]
        return (min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1)

    def selection(self, *, empty: bool = False) -> Drawable:
        if empty or self.state.selection is None:
            self.state.selection = Drawable((0, 0, *self.size), 1)
        return self.state.selection

    def strokes(self) -> list[Sequence[float]]:
        return self.state.paths

    def write_strokes(self, name: str, strokes: Sequence[Sequence[float]]) -> None:
        self.state.paths = list(strokes)

    def export(self, place: Path) -> bool:
        return False

    @contextmanager
    def one_step(self) -> Iterator[None]:
        self.past.append(copy.deepcopy(self.state))
        self.future.clear()
        yield

    def undo(self) -> None:
        self.future.append(self.state)
        self.state = self.past.pop()

    def redo(self) -> None:
        self.past.append(self.state)
        self.state = self.future.pop()

    def _every(self, layers: Sequence[Layer]) -> Iterator[Layer]:
        for layer in layers:
            yield layer
            yield from self._every(layer.below())


def carry() -> None:
    """Let ordinary tests import GIMP's adapter, which then finds these images."""
    carry_gimp()
    module: Any = ModuleType("plugin_gimp.pullbrush.host")
    module.Image, module.Layer, module.Drawable, module.Thing = Image, Layer, Drawable, Thing
    sys.modules.setdefault(module.__name__, module)
