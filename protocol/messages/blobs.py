# SPDX-License-Identifier: Apache-2.0
"""How bytes travel: in chunks of their own messages, under a window of credit, so that a cancel never waits long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..errors import ParamError
from ..images import BlobId, Side
from ..kinds import Count, Int
from ..limits import BLOB_MAX, PATCH_RECTS_MAX
from ..record import Record
from .base import Bytecount, Digest, Message

BlobSize = Annotated[int, Int(1, BLOB_MAX)]
Offset = Annotated[int, Int(0, BLOB_MAX)]
BlobIds = Annotated[tuple[BlobId, ...], Count(256)]


@dataclass(frozen=True, kw_only=True)
class BlobOffer(Record):
    """A blob the client could send; with its digest, the engine can know that it has the same bytes already."""

    id: BlobId
    nbytes: BlobSize
    digest: Digest | None = None


@dataclass(frozen=True, kw_only=True)
class BlobHave(Message, type="blob.have", sender="client"):
    """Offers blobs; answered by `blob.need`."""

    blobs: Annotated[tuple[BlobOffer, ...], Count(256, 1)]


@dataclass(frozen=True, kw_only=True)
class BlobNeed(Message, type="blob.need", sender="engine"):
    """The blobs that the engine lacks: in answer to `blob.have`, or because it lost them."""

    blobs: BlobIds


@dataclass(frozen=True, kw_only=True)
class BlobPut(Message, type="blob.put", sender="client", frames=(1, 1)):
    """One chunk of a blob; `last` ends it, and every byte from 0 to `total` must have come once."""

    blob: BlobId
    off: Offset
    total: BlobSize
    last: bool = False

    def check(self) -> None:
        check_chunk(self.off, len(self.frames[0]), self.total)


@dataclass(frozen=True, kw_only=True)
class PatchRect(Record):
    """A rectangle in the pixels of a blob: left, top, width, height."""

    x: Annotated[int, Int(0, 2**24)]
    y: Annotated[int, Int(0, 2**24)]
    width: Side
    height: Side


@dataclass(frozen=True, kw_only=True)
class BlobPatch(Message, type="blob.patch", sender="client", frames=(1, PATCH_RECTS_MAX)):
    """A new blob that is an old one with some rectangles painted over; one frame for each, in order.

    `width` and `height` are the image's, `pixel` the bytes of one pixel. The old blob stays.
    """

    new: BlobId
    base: BlobId
    width: Side
    height: Side
    pixel: Annotated[int, Int(1, 16)]
    rects: Annotated[tuple[PatchRect, ...], Count(PATCH_RECTS_MAX, 1)]

    def check(self) -> None:
        if self.new == self.base:
            raise ParamError(
                "new", f"{self.new} is the blob that is patched; a patch makes another one"
            )
        if len(self.rects) != len(self.frames):
            raise ParamError(
                "rects", f"{len(self.rects)} rectangles, but {len(self.frames)} frames"
            )
        for i, (rect, frame) in enumerate(zip(self.rects, self.frames, strict=True)):
            if rect.x + rect.width > self.width or rect.y + rect.height > self.height:
                raise ParamError(
                    f"rects.{i}", f"reaches beyond {self.width} × {self.height} pixels"
                )
            if len(frame) != (nbytes := rect.width * rect.height * self.pixel):
                raise ParamError(f"frames.{i}", f"must have {nbytes} bytes, not {len(frame)}")

    @property
    def nbytes(self) -> int:
        """Bytes of the whole image, before and after."""
        return self.width * self.height * self.pixel


@dataclass(frozen=True, kw_only=True)
class BlobOk(Message, type="blob.ok", sender="engine"):
    """The engine has the whole blob."""

    blob: BlobId
    nbytes: BlobSize


@dataclass(frozen=True, kw_only=True)
class BlobDrop(Message, type="blob.drop", sender="client"):
    """The client will not use these blobs again."""

    blobs: BlobIds


@dataclass(frozen=True, kw_only=True)
class BlobGet(Message, type="blob.get", sender="client"):
    """Asks for a blob of the engine's, such as the schema of its edits; answered by `blob.data`."""

    blob: BlobId


@dataclass(frozen=True, kw_only=True)
class BlobData(Message, type="blob.data", sender="engine", frames=(1, 1)):
    """One chunk of a blob that was asked for, under the client's window."""

    blob: BlobId
    off: Offset
    total: BlobSize

    def check(self) -> None:
        check_chunk(self.off, len(self.frames[0]), self.total)


@dataclass(frozen=True, kw_only=True)
class Credit(Message, type="credit", sender="both"):
    """Allows the other side to send that many more bytes of chunks."""

    bytes: Bytecount


def check_chunk(off: int, nbytes: int, total: int) -> None:
    """Raise ParamError when a chunk reaches beyond its whole."""
    if off + nbytes > total:
        raise ParamError("off", f"{nbytes} bytes at {off} reach beyond {total}")
