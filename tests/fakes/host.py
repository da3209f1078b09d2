# SPDX-License-Identifier: Apache-2.0
"""A paint program in a few bytes: layers, a selection, undo, and nothing else.

The third host beside Krita and GIMP. What the suite asks of the real adapters, it asks of this one too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from protocol.images import ITEM_BYTES
from protocol.plugin.host import (
    Extent,
    HostError,
    HostLayer,
    Level,
    NewLayer,
    Pixels,
    Rect,
    Selection,
)
from protocol.plugin.masks import selection_of


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One layer of the fake document."""

    key: str
    name: str
    pixels: Pixels
    visible: bool = True
    group: str | None = None
    recipe: bytes | None = None
    locked: bool = False


@dataclass(frozen=True, kw_only=True)
class State:
    """A document at one moment, from the bottom layer to the top one."""

    sheets: tuple[Sheet, ...]
    mask: Pixels | None = None
    active: str = ""


@dataclass
class FakeHost:
    """One open document. `bite` rows are read between two breaths."""

    width: int
    height: int
    state: State
    key: str | None = "doc-1"
    bite: int = 0
    undone: list[tuple[str, State]] = field(default_factory=list)
    past: list[tuple[str, State]] = field(default_factory=list)
    previews: list[tuple[Pixels | None, Rect]] = field(default_factory=list)
    messages: list[tuple[Level, str]] = field(default_factory=list)
    reads: list[Rect] = field(default_factory=list)
    full: bool = False
    prepares: int = 0
    """Breaths that are taken while a result is put together."""

    # ---- the seven functions

    def document_key(self) -> str | None:
        return self.key

    def extent_and_profile(self) -> Extent:
        return Extent(width=self.width, height=self.height)

    def read_layers(self, rect: Rect | None, keys: Sequence[str]) -> Iterator[HostLayer | None]:
        before = self.state  # one moment's picture, however long it takes
        if rect is not None:
            self.reads.append(rect)
        for key in keys:
            sheet = self._sheet(before, key or before.active)
            pixels = None
            if rect is not None:
                rows = []
                for y in range(rect[3]):
                    rows.append(_row(sheet.pixels, rect, rect[1] + y))
                    if self.bite and y % self.bite == 0:
                        yield None
                pixels = replace(sheet.pixels, rect=rect, data=b"".join(rows))
            yield HostLayer(
                key=sheet.key,
                name=sheet.name,
                offset=sheet.pixels.rect[:2],
                pixels=pixels,
                recipe=sheet.recipe,
                refusal=_refusal(sheet, named=bool(key)),
                visible=sheet.visible,
            )

    def read_selection(self, rect: Rect | None) -> Selection | None:
        return None if self.state.mask is None else selection_of(self.state.mask, rect)

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        if self.full:
            raise HostError("There is no memory left for another layer. Close something first.")
        sheets = list(self.state.sheets)
        keys: list[str] = []
        for new in layers:
            key = f"new-{len(sheets)}"
            place = [sheet.key for sheet in sheets].index(keys[-1] if keys else new.above) + 1
            sheets.insert(
                place,
                Sheet(key=key, name=new.name, pixels=new.pixels, group=group, recipe=new.recipe),
            )
            keys.append(key)
            gone = {*new.hides, new.above} if new.placement == "instead" else {*new.hides}
            sheets = [replace(s, visible=False) if s.key in gone else s for s in sheets]
        self.do(undo_name, replace(self.state, sheets=tuple(sheets), active=keys[-1]))
        return keys

    def prepare_layers(self, layers: Sequence[NewLayer], group: str | None) -> Iterator[None]:
        for _ in range(self.prepares):
            yield

    def show_preview(self, rgba: Pixels | None, rect: Rect) -> None:
        if rgba is not None:
            assert (rgba.channels, rgba.dtype, rgba.order) == (4, "u1", "rgba")
        self.previews.append((rgba, rect))

    def message(self, level: Level, text: str) -> None:
        self.messages.append((level, text))

    # ---- what an artist and a test do

    def do(self, name: str, state: State) -> None:
        self.past.append((name, self.state))
        self.undone.clear()
        self.state = state

    def undo(self) -> None:
        name, before = self.past.pop()
        self.undone.append((name, self.state))
        self.state = before

    def redo(self) -> None:
        name, after = self.undone.pop()
        self.past.append((name, self.state))
        self.state = after

    def select(self, rect: Rect | None, value: int = 255) -> None:
        mask = None
        if rect is not None:
            mask = Pixels(
                rect=rect,
                data=bytes([value]) * (rect[2] * rect[3]),
                channels=1,
                order="gray",
                alpha="none",
            )
        self.do("Select", replace(self.state, mask=mask))

    def paint(self, key: str, pixels: Pixels) -> None:
        sheets = (replace(s, pixels=pixels) if s.key == key else s for s in self.state.sheets)
        self.do("Paint", replace(self.state, sheets=tuple(sheets)))

    def sheet(self, key: str) -> Sheet:
        return self._sheet(self.state, key)

    @property
    def names(self) -> list[str]:
        return [sheet.name for sheet in self.state.sheets]

    @property
    def preview_is_shown(self) -> bool:
        return bool(self.previews) and self.previews[-1][0] is not None

    def _sheet(self, state: State, key: str) -> Sheet:
        for sheet in state.sheets:
            if sheet.key == key:
                return sheet
        raise HostError("That layer is not there any more. Choose another one.")


def open_host(width: int = 32, height: int = 24, **more: object) -> FakeHost:
    """Open a document with one layer of 8-bit RGBA, smaller than the canvas, in many colors."""
    w, h = width - 4, height - 2
    data = bytes(
        (x * 7 + y * 3 + c * 50) % 256 if c < 3 else 255
        for y in range(h)
        for x in range(w)
        for c in range(4)
    )
    paper = Sheet(key="paper", name="Paper", pixels=Pixels(rect=(2, 1, w, h), data=data))
    state = State(sheets=(paper,), active="paper")
    return FakeHost(width=width, height=height, state=state, **more)  # type: ignore[arg-type]


def _refusal(sheet: Sheet, *, named: bool) -> str:
    if sheet.locked:
        return f"The layer {sheet.name} is locked. Unlock it first."
    return "" if named or sheet.visible else f"“{sheet.name}” is hidden. Show it first."


def _row(pixels: Pixels, rect: Rect, y: int) -> bytes:
    """One row of `rect` out of a layer, transparent beside it."""
    size = pixels.channels * ITEM_BYTES[pixels.dtype]
    left, top, width, height = pixels.rect
    first, last = max(rect[0], left), min(rect[0] + rect[2], left + width)
    if not top <= y < top + height or last <= first:
        return bytes(rect[2] * size)
    start = ((y - top) * width + first - left) * size
    body = bytes(memoryview(pixels.data)[start : start + (last - first) * size])
    return bytes((first - rect[0]) * size) + body + bytes((rect[0] + rect[2] - last) * size)
