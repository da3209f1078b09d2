# SPDX-License-Identifier: Apache-2.0
"""Opening a file by what it holds, not by its name."""

from __future__ import annotations

from pathlib import Path

from protocol.places import as_text
from server.engine.api import Picture
from server.files.document import Document, FileLayer
from server.files.errors import FILE_BYTES_MAX, FileError, not_an_image
from server.files.jpeg import read_jpeg
from server.files.ora_read import read_ora
from server.files.png import SIGNATURE, decode_png
from server.files.tiff import read_tiff

TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def read_document(path: Path) -> Document:
    """The layers of a PNG, JPEG, TIFF or OpenRaster file. Raises FileError."""
    start = _start(path)
    if start.startswith(b"PK\x03\x04"):
        return read_ora(path)
    picture = _flat(path, start)
    layer = FileLayer(name=as_text(path.stem), load=lambda: picture)
    return Document(name=path.name, size=picture.document, layers=(layer,))


def read_picture(path: Path, layer: str | None = None) -> Picture:
    """The picture of a file, or of one layer of it by name. Raises FileError."""
    return read_document(path).layer(layer).load()


def _flat(path: Path, start: bytes) -> Picture:
    if start.startswith(SIGNATURE):
        return decode_png(path.read_bytes(), path.name)
    if start.startswith(b"\xff\xd8\xff"):
        return read_jpeg(path)
    if start.startswith(TIFF_STARTS):
        return read_tiff(path)
    raise not_an_image(path.name, "its first bytes are of no known format")


def _start(path: Path) -> bytes:
    """The first bytes of a file that exists, is a file, and is not absurdly large."""
    try:
        if path.is_dir():
            raise FileError(f"{path.name} is a folder; name a picture file")
        if path.stat().st_size > FILE_BYTES_MAX:
            raise FileError(f"{path.name} is larger than {FILE_BYTES_MAX >> 30} GiB")
        with path.open("rb") as stream:
            return stream.read(16)
    except FileNotFoundError:
        raise FileError(f"there is no file {path}; check its name") from None
    except (OSError, ValueError) as error:
        raise FileError(f"cannot open {path.name}: {error}") from None
