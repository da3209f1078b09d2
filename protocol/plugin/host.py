# SPDX-License-Identifier: Apache-2.0
"""What a plug-in needs of a paint program: seven functions, in bytes and numbers only.

One Host stands for one open document. Everything runs in the program's main thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, runtime_checkable

from ..images import ITEM_BYTES, ORDER_CHANNELS, Alpha, Depth, Order
from ..messages.base import Bytes

Rect = tuple[int, int, int, int]
"""x, y, width, height in document pixels."""

NOWHERE: Rect = (0, 0, 0, 0)
PIECE = 1 << 16

Level = Literal["info", "warning", "error"]
Placement = Literal["over", "instead"]


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """A rectangle of the document, row by row, little-endian, as the program keeps its pixels.

    `icc` None with `linear` False is sRGB; `linear` is linear light with sRGB's primaries.
    """

    rect: Rect
    data: Bytes = field(repr=False)
    channels: int = 4
    dtype: Depth = "u1"
    order: Order = "rgba"
    alpha: Alpha = "straight"
    icc: bytes | None = field(default=None, repr=False)
    linear: bool = False

    def __post_init__(self) -> None:
        if self.channels not in ORDER_CHANNELS[self.order]:
            raise ValueError(f"order {self.order} does not have {self.channels} channels")
        _, _, width, height = self.rect
        nbytes = width * height * self.channels * ITEM_BYTES[self.dtype]
        if len(memoryview(self.data).cast("B")) != nbytes:
            raise ValueError(f"{self.rect} needs {nbytes} bytes, not {len(self.data)}")

    def same_picture(self, other: Pixels | None) -> bool:
        """Whether the other shows the same, byte by byte; far cheaper than a digest."""
        if other is None or replace(self, data=b"", rect=NOWHERE) != replace(
            other, data=b"", rect=NOWHERE
        ):
            return False
        ours, theirs = memoryview(self.data).cast("B"), memoryview(other.data).cast("B")
        # Two views are compared one number at a time, short pieces of bytes all at once.
        pieces = range(0, len(ours), PIECE)
        return self.rect == other.rect and all(
            ours[at : at + PIECE].tobytes() == theirs[at : at + PIECE].tobytes() for at in pieces
        )


@dataclass(frozen=True, kw_only=True)
class Extent:
    """The document's size, and in one line for the artist how it keeps its colors."""

    width: int
    height: int
    profile: str = "sRGB 8 bit"

    @property
    def rect(self) -> Rect:
        """The whole canvas."""
        return (0, 0, self.width, self.height)


@dataclass(frozen=True, kw_only=True)
class HostLayer:
    """A layer as it was found: the host's own key for it, and the recipe that is stored with it.

    `pixels` is None when no rectangle was asked for. `refusal` says why this layer cannot be edited, if so.
    `opacity` is how much of it is seen of what lies on others. `bounds` is where it has pixels, also beside the
    canvas; None is not known. Offset and bounds tell that a picture was cropped, moved or scaled meanwhile.
    """

    key: str
    name: str
    offset: tuple[int, int] = (0, 0)
    pixels: Pixels | None = None
    recipe: bytes | None = field(default=None, repr=False)
    refusal: str = ""
    visible: bool = True
    opacity: float = 1.0
    bounds: Rect | None = None


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is selected: its bounds, and one byte per pixel (0 to 255) when a rectangle was asked for."""

    bounds: Rect
    mask: Pixels | None = None


@dataclass(frozen=True, kw_only=True)
class NewLayer:
    """A layer to add right above the layer `above`; `instead` hides that layer in the same undo step.

    With `copy_of`, the key of a layer, it begins as a full copy of that one, as the program duplicates layers: all of
    its pixels, also beside the canvas, in its own depth, with its opacity, blending mode and mask, and shown. A layer
    without an alpha channel gets one; one without pixels of its own (a group, vector shapes) is copied as it is seen.
    The `patches`, in their order, and then `pixels` replace what the copy holds in their rectangles, alpha included;
    where they reach beyond it, it grows. Without `copy_of` the layer is `pixels` and nothing else.

    `recipe` is stored with the layer as it is, so that it saves with the document, in the place of one that the copied
    layer had; so is what it was `made_of` (keys, from bottom to top; () is `above`) and whether it is a `whole` copy
    of that (see `lineage`). `hides` are layers to hide in the same step besides.
    """

    name: str
    pixels: Pixels
    above: str
    placement: Placement = "over"
    opacity: float = 1.0
    recipe: bytes | None = field(default=None, repr=False)
    made_of: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    copy_of: str = ""
    patches: tuple[Pixels, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it shows all that it was made of."""
        return bool(self.copy_of)


class Host(Protocol):
    """The seven functions. Those that read raise HostError with a sentence when they cannot."""

    def document_key(self) -> str | None:
        """Return a key that stays the same while the document is open, and None once it is closed."""
        ...

    def extent_and_profile(self) -> Extent:
        """Return the size of the canvas and how the document keeps its colors."""
        ...

    def read_layers(self, rect: Rect | None, keys: Sequence[str]) -> Iterator[HostLayer | None]:
        """Yield these layers, "" being the one the artist works on; with `rect`, their pixels there.

        Beside a layer's edge, pixels are transparent (black without alpha). The host yields None wherever it
        wants to let its program breathe: what comes out in the end is one moment's picture all the same.
        """
        ...

    def read_selection(self, rect: Rect | None) -> Selection | None:
        """Return the selection, with its mask over `rect` if one is given; None when nothing is selected."""
        ...

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        """Add layers from bottom to top, inside a new group if it has a name; one undo step. Returns their keys."""
        ...

    def show_preview(self, rgba: Pixels | None, rect: Rect) -> None:
        """Show an 8-bit picture stretched over `rect`, outside the document; None takes it away."""
        ...

    def message(self, level: Level, text: str) -> None:
        """Tell the artist something."""
        ...


@runtime_checkable
class Preparing(Protocol):
    """What a host may offer besides, if its program stands still while a large layer is filled."""

    def prepare_layers(self, layers: Sequence[NewLayer], group: str | None) -> Iterator[None]:
        """Put layers together beside the document, yielding where the program wants to breathe.

        The next `write_layers` of the same layers only adds them; until then nothing is in the document.
        """
        ...


@runtime_checkable
class Revised(Protocol):
    """What a host may offer besides, if its program tells cheaply that something changed."""

    def revision(self) -> object:
        """Return a value that is another one whenever any layer's pixels may be others; asked several times a second.

        A host that cannot tell of every change must not offer it: pixels are then compared now and then.
        """
        ...


@runtime_checkable
class Overlaid(Protocol):
    """What a host may say besides: whether what is pulled is drawn over its canvas, and so not into a preview."""

    @property
    def draws_handles(self) -> bool: ...


def revision_of(host: object) -> object:
    """What a host says of changes (see `Revised`), None when it says nothing."""
    return host.revision() if isinstance(host, Revised) else None


def draws_handles(host: object) -> bool:
    """Whether a host shows by itself where pulled points are."""
    return isinstance(host, Overlaid) and host.draws_handles


def layers_of(host: Host, keys: Sequence[str], rect: Rect | None = None) -> list[HostLayer]:
    """These layers, read without a breath; raises HostError when one is not there."""
    return [one for one in host.read_layers(rect, keys) if one is not None]


def find_layer(host: Host, key: str) -> HostLayer | None:
    """A layer without its pixels, None when it is not in the document any more."""
    try:
        return next(iter(layers_of(host, [key])), None)
    except HostError:
        return None


def is_there(host: Host, key: str) -> bool:
    """Whether a layer is still in the document."""
    return find_layer(host, key) is not None


class HostError(Exception):
    """The paint program cannot give or take what was asked; the message is for the artist."""
