# SPDX-License-Identifier: Apache-2.0
"""A paint program in a few bytes: layers, a selection, undo, and what artists do to a whole picture.

The third host beside Krita and GIMP. What the suite asks of the real adapters, it asks of this one too. Cropping,
scaling, turning and converting do what they do there: layers are cut and move along with the selection, and all of it
is one step of undo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from protocol.images import Depth
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
from protocol.plugin.lineage import hidden_by
from protocol.plugin.masks import selection_of

from .bytes_of import at_depth, filled, inside, mirrored, patched, row_of, shifted, turned, zoomed


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
    opacity: float = 1.0
    mode: str = "normal"


@dataclass(frozen=True, kw_only=True)
class State:
    """A document at one moment, from the bottom layer to the top one."""

    sheets: tuple[Sheet, ...]
    mask: Pixels | None = None
    active: str = ""
    size: tuple[int, int] = (0, 0)


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
    keys: int = 0

    def __post_init__(self) -> None:
        self._go(replace(self.state, size=(self.width, self.height)))

    # ---- the seven functions

    def document_key(self) -> str | None:
        return self.key

    def extent_and_profile(self) -> Extent:
        if self.key is None:
            raise HostError("The picture is closed.")
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
                    rows.append(row_of(sheet.pixels, rect, rect[1] + y))
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
                opacity=sheet.opacity,
                bounds=sheet.pixels.rect,
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
            self.keys += 1
            key = f"new-{self.keys}"
            below = self._sheet(self.state, new.above)
            place = [s.key for s in sheets].index(keys[-1] if keys else below.key) + 1
            sheets.insert(place, replace(self._made(new, below), key=key, group=group))
            keys.append(key)
        gone = [self._sheet(self.state, key).key for key in hidden_by(layers)]
        sheets = [replace(s, visible=False) if s.key in gone else s for s in sheets]
        self.do(undo_name, replace(self.state, sheets=tuple(sheets), active=keys[-1]))
        return keys

    def _made(self, new: NewLayer, like: Sheet) -> Sheet:
        """A layer for a result, of the document's kind."""
        kind = (like.pixels.dtype, like.pixels.channels)
        for one in (*new.patches, new.pixels):
            if (one.dtype, one.channels) != kind:
                raise HostError(f"The result does not fit the layer: {one.dtype}, not {kind[0]}.")
        if not new.copy_of:
            return Sheet(
                key="", name=new.name, pixels=new.pixels, recipe=new.recipe, opacity=new.opacity
            )
        base = self._sheet(self.state, new.copy_of)
        pixels = base.pixels
        for one in (*new.patches, new.pixels):
            pixels = patched(pixels, one)
        return replace(base, name=new.name, pixels=pixels, recipe=new.recipe, visible=True)

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
        self._go(state)

    def undo(self) -> None:
        name, before = self.past.pop()
        self.undone.append((name, self.state))
        self._go(before)

    def redo(self) -> None:
        name, after = self.undone.pop()
        self.past.append((name, self.state))
        self._go(after)

    def _go(self, state: State) -> None:
        self.state = state
        self.width, self.height = state.size

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

    def paint_over(self, key: str, rect: Rect, color: tuple[int, int, int, int]) -> None:
        """Fill a rectangle of an 8-bit layer."""
        self.paint(key, patched(self.sheet(key).pixels, filled(rect, color)))

    def delete(self, key: str) -> None:
        """Take a layer out; the one below becomes the active one."""
        rest = tuple(s for s in self.state.sheets if s.key != key)
        active = self.state.active if self.state.active != key else rest[-1].key if rest else ""
        self.do("Delete", replace(self.state, sheets=rest, active=active))

    def move(self, key: str, dx: int, dy: int) -> None:
        """Shift one layer."""
        sheets = (
            replace(s, pixels=shifted(s.pixels, dx, dy)) if s.key == key else s
            for s in self.state.sheets
        )
        self.do("Move", replace(self.state, sheets=tuple(sheets)))

    def crop(self, rect: Rect, *, cut: bool = True) -> None:
        """Crop to a rectangle of the canvas; without `cut` the layers keep what lies beside it."""

        def cropped(pixels: Pixels) -> Pixels:
            there = inside(pixels.rect, rect) if cut else pixels.rect
            part = b"".join(row_of(pixels, there, there[1] + y) for y in range(there[3]))
            return shifted(replace(pixels, rect=there, data=part), -rect[0], -rect[1])

        self._all("Crop" if cut else "Resize Canvas", cropped, rect[2:])

    def scale(self, width: int, height: int) -> None:
        """Scale the whole picture."""
        by = (width / self.width, height / self.height)
        self._all("Scale", lambda pixels: zoomed(pixels, *by), (width, height))

    def rotate(self) -> None:
        """Turn the whole picture clockwise by a quarter."""
        height = self.height
        self._all("Rotate", lambda pixels: turned(pixels, height), (height, self.width))

    def mirror(self) -> None:
        """Exchange left and right of the whole picture."""
        width = self.width
        self._all("Mirror", lambda pixels: mirrored(pixels, width), (width, self.height))

    def convert(self, dtype: Depth) -> None:
        """Keep the picture in another depth from now on."""
        sheets = (replace(s, pixels=at_depth(s.pixels, dtype)) for s in self.state.sheets)
        self.do("Convert", replace(self.state, sheets=tuple(sheets)))

    def _all(self, name: str, change: Callable[[Pixels], Pixels], size: tuple[int, int]) -> None:
        """Do something to every layer and to the selection."""
        mask = self.state.mask and change(self.state.mask)
        mask = mask if mask and selection_of(mask, None) else None
        sheets = tuple(replace(s, pixels=change(s.pixels)) for s in self.state.sheets)
        self.do(name, replace(self.state, sheets=sheets, mask=mask, size=size))

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
