# SPDX-License-Identifier: Apache-2.0
"""Opening a file by what it holds, not by its name."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

from protocol.places import as_text
from server.engine.api import Picture
from server.files import exif
from server.files.document import Document, FileLayer
from server.files.errors import FILE_BYTES_MAX, FileError, not_an_image
from server.files.metadata import Metadata
from server.files.ora_archive import OraArchive
from server.files.ora_read import MERGED, lying, read_ora
from server.files.pages import TIFF_STARTS, frames_of, is_cmyk, pages_of
from server.files.picture import oriented, whole_picture
from server.files.pillow import format_of, read_by_pillow
from server.files.png import SIGNATURE, decode_png, png_metadata
from server.files.psd import layers_in
from server.files.tiff import is_plain, read_tiff
from server.files.tiff_tags import tiff_metadata

KRITA = b"application/x-krita"
HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
ELSEWHERE = {
    b"gimp xcf": "a GIMP document, which holds no merged picture; export it as OpenRaster (.ora) or TIFF",
    b"v/1\x01": "an OpenEXR picture; save it as a float TIFF",
    b"%PDF": "a PDF document; export the page as PNG or TIFF",
    b"<svg": "a drawing (SVG); export it as PNG",
    b"<?xml": "a drawing or text (XML); export it as PNG",
    b"FUJIFILM": "a camera's raw picture; develop it in a raw converter and save it as TIFF",
}
"""Files artists have that hold no picture for us, and what to do."""


def read_document(path: Path) -> Document:
    """The layers of a picture file. Raises FileError."""
    start = _start(path)
    if start.startswith(b"PK\x03\x04"):
        if _is_krita(path):
            return replace(_flat(path, *_read_krita(path)), merged=True)
        return read_ora(path)
    document = _flat(path, *_read_flat(path, start))
    document = replace(document, cmyk=is_cmyk(path, start), merged=_has_layers(path, start))
    if start.startswith(TIFF_STARTS):
        return replace(document, pages=pages_of(path))
    return replace(document, frames=frames_of(path, start))


def read_picture(path: Path, layer: str | None = None) -> Picture:
    """The picture of a file, or of one layer of it by name. Raises FileError."""
    return read_document(path).layer(layer).load()


def _flat(path: Path, picture: Picture, metadata: Metadata) -> Document:
    layer = FileLayer(name=as_text(path.stem), load=lambda: picture)
    return Document(name=path.name, size=picture.document, nodes=(layer,), metadata=metadata)


def _read_flat(path: Path, start: bytes) -> tuple[Picture, Metadata]:
    if start.startswith(SIGNATURE):
        return _read_png(path.read_bytes(), path.name)
    if start.startswith(TIFF_STARTS):
        return _read_tiff(path)
    for sign, what in ELSEWHERE.items():
        if start.startswith(sign):
            raise FileError(f"{path.name} is {what}")
    if start[4:8] == b"ftyp" and start[8:12] in HEIC:
        raise FileError(
            f"{path.name} is a HEIC picture, which this program does not read; save it as JPEG or "
            "PNG (phones can send pictures as JPEG: “most compatible”)"
        )
    kind = format_of(start, path.suffix)
    if kind is None:
        raise not_an_image(path.name, "its first bytes are of no known format")
    return read_by_pillow(path, kind)


def _read_png(data: bytes, name: str) -> tuple[Picture, Metadata]:
    """Turned upright as its EXIF says; layers in documents have none and lie as they are."""
    picture, metadata = decode_png(data, name), png_metadata(data, name)
    turn = exif.orientation_of(metadata.exif)
    if turn != 1:
        picture = whole_picture(oriented(picture.pixels, turn), icc=picture.icc)
        metadata = lying(metadata, picture.document)
    return picture, metadata


def _read_tiff(path: Path) -> tuple[Picture, Metadata]:
    with path.open("rb") as stream:
        metadata = tiff_metadata(stream)
        stream.seek(0)
        plain = is_plain(stream, path.name)
    return (read_tiff(path) if plain else read_by_pillow(path, "TIFF")[0]), metadata


def _has_layers(path: Path, start: bytes) -> bool:
    """Whether a flat picture is what the layers of its file show together."""
    return format_of(start, path.suffix) == "PSD" and layers_in(path.read_bytes()) > 0


def _is_krita(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive, archive.open("mimetype") as stream:
            return stream.read(64).strip() == KRITA
    except Exception:  # whatever is wrong with it, it is told as an OpenRaster file
        return False


def _read_krita(path: Path) -> tuple[Picture, Metadata]:
    """The merged picture that Krita keeps in its documents."""
    archive = OraArchive(path, (KRITA,))
    if MERGED not in archive.names:
        raise FileError(
            f"{path.name} holds no merged picture; export it from Krita as OpenRaster (.ora) or PNG"
        )
    data, label = archive.member(MERGED), f"the merged picture of {path.name}"
    picture = decode_png(data, label)
    return picture, lying(png_metadata(data, label), picture.document)


def _start(path: Path) -> bytes:
    """The first bytes of a file that exists, is a file, and is not absurdly large."""
    try:
        if path.is_dir():
            raise FileError(f"{path.name} is a folder; name a picture file")
        if path.stat().st_size > FILE_BYTES_MAX:
            raise FileError(f"{path.name} is larger than {FILE_BYTES_MAX >> 30} GB")
        with path.open("rb") as stream:
            start = stream.read(32)
    except FileNotFoundError:
        raise FileError(f"there is no file {path}; check its name") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise FileError(f"cannot open {path.name}: {why}") from None
    if not start:
        raise FileError(f"{path.name} is empty: it has 0 bytes; copy or export it again")
    return start
