# SPDX-License-Identifier: Apache-2.0
"""The description of an image whose pixels travel as raw bytes.

Little-endian, C-contiguous, rows × columns × channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from .errors import ParamError
from .kinds import Count, Int, Text
from .limits import (
    CHANNELS_MAX,
    COORDINATE_MAX,
    DOCUMENT_SIDE_MAX,
    IMAGES_MAX,
    PIXELS_MAX,
    RECTS_MAX,
    SIDE_MAX,
)
from .record import Record

BLOB_PATTERN = "[A-Za-z0-9][A-Za-z0-9_.-]{0,79}"

BlobId = Annotated[str, Text(80, 1, BLOB_PATTERN)]
"""Chosen by the client: an ULID, or the digest of the bytes."""
Coordinate = Annotated[int, Int(-COORDINATE_MAX, COORDINATE_MAX)]
Side = Annotated[int, Int(1, SIDE_MAX)]
DocumentSide = Annotated[int, Int(1, DOCUMENT_SIDE_MAX)]
Rect = tuple[Coordinate, Coordinate, DocumentSide, DocumentSide]
"""(x, y, width, height) in document pixels; x and y may be negative, a layer may start outside."""
Rects = Annotated[tuple[Rect, ...], Count(RECTS_MAX)]
ImageName = Annotated[str, Text(40, 1, r"[a-z][a-z0-9_-]*(\.[0-9]{1,3})?")]
"""The role in an edit: `source`, `mask`, `condition.0` …; or the name of a result."""
Frame = Annotated[int, Int(0, 2**31 - 1)]
"""Number of the picture in an animation."""
Depth = Literal["u1", "u2", "f2", "f4"]
Order = Literal["rgba", "bgra", "rgb", "gray"]
Alpha = Literal["straight", "premul", "none"]

ITEM_BYTES: dict[str, int] = {"u1": 1, "u2": 2, "f2": 2, "f4": 4}
ORDER_CHANNELS: dict[str, tuple[int, ...]] = {
    "rgba": (4,),
    "bgra": (4,),
    "rgb": (3,),
    "gray": (1, 2),
}


@dataclass(frozen=True, kw_only=True)
class Image(Record):
    """What the bytes of an image mean, and where it lies in the document.

    `gray` has one channel, or two with alpha. `alpha="none"` with a fourth channel says that it is to be ignored.
    """

    name: ImageName
    shape: tuple[Side, Side, Annotated[int, Int(1, CHANNELS_MAX)]]
    dtype: Depth
    order: Order
    rect: Rect
    alpha: Alpha = "none"
    space: Annotated[str, Text(90, 4, f"srgb|linear-srgb|icc:{BLOB_PATTERN}")] = "srgb"
    blob: BlobId | None = None
    frame: Frame = 0

    def check(self) -> None:
        height, width, channels = self.shape
        if height * width > PIXELS_MAX:
            raise ParamError(
                "shape",
                f"{width} × {height} = {height * width} pixels; at most {PIXELS_MAX} can travel",
            )
        if channels not in ORDER_CHANNELS[self.order]:
            raise ParamError("shape", f"order {self.order} does not have {channels} channels")
        if channels in (1, 3) and self.alpha != "none":
            raise ParamError("alpha", f"{self.alpha} alpha needs 2 or 4 channels, not {channels}")

    @property
    def nbytes(self) -> int:
        """Bytes of all its pixels."""
        height, width, channels = self.shape
        return height * width * channels * ITEM_BYTES[self.dtype]

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one pixel."""
        return self.shape[2] * ITEM_BYTES[self.dtype]

    @property
    def profile(self) -> str | None:
        """Blob of the ICC profile, when it has one."""
        return self.space[4:] if self.space.startswith("icc:") else None

    @property
    def blobs(self) -> tuple[str, ...]:
        """All blobs that it needs: its pixels and its profile."""
        return tuple(blob for blob in (self.blob, self.profile) if blob is not None)

    @property
    def to_scale(self) -> bool:
        """Whether one pixel of the image is one pixel of the document."""
        return self.rect[2:] == (self.shape[1], self.shape[0])


Images = Annotated[tuple[Image, ...], Count(IMAGES_MAX)]


def check_inputs(images: tuple[Image, ...]) -> None:
    """Raise ParamError unless every image has a blob, its own role, and the document's scale."""
    roles: set[tuple[str, int]] = set()
    for i, image in enumerate(images):
        if image.blob is None:
            raise ParamError(f"images.{i}.blob", "is missing")
        if (image.name, image.frame) in roles:
            raise ParamError(f"images.{i}.name", f"the role {image.name} is there twice")
        if not image.to_scale:
            raise ParamError(
                f"images.{i}.rect",
                f"{image.rect[2:]} is not the size of {image.shape[1::-1]} pixels",
            )
        roles.add((image.name, image.frame))


@dataclass(frozen=True, kw_only=True)
class Document(Record):
    """The picture being edited: a key that stays while it is open, and its size."""

    key: Annotated[str, Text(128, 1)]
    width: DocumentSide
    height: DocumentSide
