# SPDX-License-Identifier: Apache-2.0
"""Files that are broken, misnamed or meant to harm: one clear sentence, and nothing decoded."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from server.engine.api import Picture
from server.files import FileError, OraLayer, read_document, read_picture, write_ora

PIXELS = np.random.default_rng(0).integers(0, 255, (40, 50, 4), dtype=np.uint8)
STACK = b"<image w='50' h='40'><stack><layer name='a' src='data/a.png'/></stack></image>"


def ora(path: Path, stack: bytes = STACK, png: bytes | None = None, mime: str = "image/openraster"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mime, zipfile.ZIP_STORED)
        archive.writestr("stack.xml", stack)
        archive.writestr(
            "data/a.png", bytes(imagecodecs.png_encode(PIXELS)) if png is None else png
        )
    return path


def good_file(kind: str) -> bytes:
    target = io.BytesIO()
    if kind == "tif":
        tifffile.imwrite(target, PIXELS, photometric="rgb", compression="deflate")
    elif kind == "jpg":
        Image.fromarray(PIXELS[..., :3]).save(target, "JPEG")
    else:
        Image.fromarray(PIXELS).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "^a.png is empty: it has 0 bytes; copy or export it again$"),
        (b"hello, this is text", "save it as PNG, JPEG, TIFF or OpenRaster"),
        (
            b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.",
            "is not an image this program reads",
        ),
        (b"GIF89a" + bytes(100), "^a.png is incomplete or damaged|0 × 0 pixels"),
        (b"PK\x03\x04" + bytes(50), "^a.png is incomplete or damaged: copy or export it again$"),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(100),
            "^a.png is incomplete or damaged: copy or export it again$",
        ),
    ],
)
def test_what_is_no_image_is_refused(tmp_path, data, words):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(FileError, match=words):
        read_picture(path)


def test_what_is_not_there_or_a_folder(tmp_path):
    with pytest.raises(FileError, match="there is no file"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(FileError, match="is a folder"):
        read_picture(tmp_path)


@settings(max_examples=80)
@given(
    kind=st.sampled_from(["png", "tif", "jpg", "ora"]),
    cut=st.floats(0.02, 1.0),
    noise=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=4),
)
def test_damage_is_a_file_error_or_a_picture_and_nothing_else(tmp_path_factory, kind, cut, noise):
    path = tmp_path_factory.mktemp("damaged") / f"a.{kind}"
    data = bytearray(ora(path).read_bytes() if kind == "ora" else good_file(kind))
    data = data[: max(1, int(cut * len(data)))]
    for where, value in noise:
        data[int(where * len(data))] = value
    path.write_bytes(data)
    try:
        picture = read_document(path).layers[0].load()
    except FileError:
        return
    assert picture.pixels.ndim == 3


def png_header(width: int, height: int) -> bytes:
    body = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + body + struct.pack(">I", zlib.crc32(b"IHDR" + body))
    return b"\x89PNG\r\n\x1a\n" + chunk


def test_bombs_are_refused_by_their_header(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(100_000, 100_000) + bytes(100))
    with pytest.raises(FileError, match="100000 × 100000 pixels, more than"):
        read_picture(path)
    target = io.BytesIO()
    tifffile.imwrite(target, np.zeros((8, 8, 3), np.uint8), photometric="rgb")
    data = bytearray(target.getvalue())
    for tag in (256, 257):  # rewrite width and length
        at = data.index(struct.pack("<HH", tag, 3)) if struct.pack("<HH", tag, 3) in data else -1
        at = at if at >= 0 else data.index(struct.pack("<HH", tag, 4))
        data[at + 2 : at + 12] = struct.pack("<HII", 4, 1, 60_000)
    path.write_bytes(data)
    with pytest.raises(FileError, match="60000 × 60000"):
        read_picture(path)


def test_headers_that_promise_more_than_can_be_packed_are_refused(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png_header(16_000, 16_000) + bytes(1000))
    with pytest.raises(FileError, match=r"a.png is incomplete or damaged"):
        read_picture(path)


def test_a_tiff_whose_strips_are_missing_is_not_filled_up_with_black(tmp_path):
    target = io.BytesIO()
    tifffile.imwrite(target, PIXELS, photometric="rgb", rowsperstrip=40)
    data = bytearray(target.getvalue())
    tag = struct.pack("<HHI", 278, 4, 1)  # rows per strip
    at = data.index(tag if tag in data else struct.pack("<HHI", 278, 3, 1))
    data[at + 8 : at + 10] = struct.pack("<H", 10)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(FileError, match=r"a.tif is incomplete or damaged"):
        read_picture(tmp_path / "a.tif")


def test_a_damaged_member_of_an_openraster_file_is_named(tmp_path):
    path = ora(tmp_path / "a.ora", stack=STACK + b" " * 500)
    data = bytearray(path.read_bytes())
    at = data.index(b"stack.xml") + len(b"stack.xml")
    data[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    with pytest.raises(
        FileError, match=r"incomplete or damaged \(“stack.xml” in it cannot be read\)"
    ):
        read_document(path)


def test_a_profile_bomb_is_ignored(tmp_path):
    good = bytes(imagecodecs.png_encode(PIXELS))
    body = b"icc\x00\x00" + zlib.compress(bytes(64 << 20), 9)
    chunk = struct.pack(">I", len(body)) + b"iCCP" + body
    chunk += struct.pack(">I", zlib.crc32(b"iCCP" + body))
    (tmp_path / "a.png").write_bytes(good[:33] + chunk + good[33:])
    result = read_picture(tmp_path / "a.png")
    assert result.icc is None
    assert (result.pixels == PIXELS).all()


def test_openraster_traps(tmp_path):
    path = tmp_path / "a.ora"
    entity = b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + STACK
    for stack, words in (
        (entity, "document type"),
        (b"<image w='50' h=", "its list of layers cannot be read"),
        (b"<image w='50' h='40'/>", "no layer"),
        (STACK.replace(b"'50'", b"'500000'"), "500000 × 40 pixels|more than"),
        (STACK.replace(b"'50'", b"'many'"), "0 × 40"),
    ):
        if b"500000" in stack:
            stack = stack.replace(b"'40'", b"'500000'")
        with pytest.raises(FileError, match=words):
            read_document(ora(path, stack=stack))
    with pytest.raises(FileError, match="no OpenRaster"):
        read_document(ora(path, mime="application/zip"))
    missing = STACK.replace(b"data/a.png", b"../../etc/passwd")
    with pytest.raises(FileError, match=r"“../../etc/passwd” in it cannot be read"):
        read_document(ora(path, stack=missing)).layer("a").load()
    with pytest.raises(FileError, match=r"layer “a” of a\.ora is (not an image|incomplete)"):
        read_document(ora(path, png=b"no png")).layer("a").load()


def test_a_zip_that_lies_about_its_sizes_is_not_unpacked(tmp_path):
    """stack.xml claims a few bytes and unpacks to far more than the limit."""
    path = ora(tmp_path / "a.ora", stack=STACK + b" " * (32 << 20))
    with pytest.raises(FileError, match="larger than"):
        read_document(path)
    data = bytearray(path.read_bytes())
    huge = struct.pack("<I", len(STACK) + (32 << 20))
    while huge in data:
        at = data.index(huge)
        data[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"damaged|larger"):
        read_document(path)


def test_a_layer_is_chosen_by_name(tmp_path):
    source = Picture(pixels=PIXELS, rect=(0, 0, 50, 40), document=(50, 40))
    path = tmp_path / "a.ora"
    names = ["Sky", "Sky", "Sea"]
    layers = [OraLayer(name=name, picture=source) for name in names]
    write_ora(path, size=(50, 40), layers=layers, merged=source)
    assert (read_picture(path, "Sea").pixels == PIXELS).all()
    with pytest.raises(FileError, match="3 layers; choose one of: “Sky”, “Sky”, “Sea”"):
        read_picture(path)
    with pytest.raises(FileError, match="no layer “sea”; choose one of"):
        read_picture(path, "sea")
    with pytest.raises(FileError, match="2 layers called “Sky”; rename"):
        read_picture(path, "Sky")
