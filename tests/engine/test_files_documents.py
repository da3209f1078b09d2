# SPDX-License-Identifier: Apache-2.0
"""Documents of paint programs by their merged picture; what holds none says what to do instead."""

from __future__ import annotations

import zipfile
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from psd_pictures import psd

from server.files import FileError, read_document, read_picture

COLORS = np.random.default_rng(5).integers(0, 255, (24, 36, 4), dtype=np.uint8)


def test_the_merged_picture_of_a_psd(tmp_path):
    path = tmp_path / "a.psd"
    path.write_bytes(psd(COLORS[..., :3]))
    document = read_document(path)
    assert (document.layers[0].load().pixels == COLORS[..., :3]).all()
    assert document.metadata.dpi == (300, 300)
    path.write_bytes(psd(COLORS))
    assert read_picture(path).pixels.shape[2] == 3, "a fourth channel is a selection somebody kept"
    straight = np.zeros((4, 4, 4), np.uint8)
    straight[...] = (200, 100, 50, 128)
    on_white = straight.copy()
    on_white[..., :3] = np.rint(straight[..., :3] * (128 / 255) + 255 * (1 - 128 / 255))
    path.write_bytes(psd(on_white, layers=-1))
    assert read_picture(path).pixels[0, 0] == pytest.approx([200, 100, 50, 128], abs=1)


def kra(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_the_merged_picture_of_a_krita_document(tmp_path):
    merged = bytes(imagecodecs.png_encode(COLORS))
    path = kra(tmp_path / "a.kra", {"maindoc.xml": b"<DOC/>", "mergedimage.png": merged})
    document = read_document(path)
    assert (document.layers[0].load().pixels == COLORS).all()
    assert document.merged
    assert document.source is None, "it is not written as OpenRaster over its own layers"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xcf", b"gimp xcf v011\0" + bytes(40), r"a.xcf is a GIMP document.*export it as OpenR"),
        ("a.exr", b"v/1\x01" + bytes(40), r"a.exr is an OpenEXR picture; save it as a float TIFF"),
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(40), r"a.heic is a HEIC picture.*JPEG or PNG"),
        (
            "a.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            r"drawing \(SVG\); export it as PNG",
        ),
        ("a.pdf", b"%PDF-1.7\n" + bytes(40), r"a.pdf is a PDF document; export the page"),
        ("a.psd", psd(COLORS, real=False), r"no merged picture; save it with “Maximize compat"),
        ("a.psd", psd(COLORS, bits=16), r"a.psd is a PSD of 16 bits; save it as TIFF"),
        ("a.psb", psd(COLORS, version=2), r"large document \(PSB\); save it as TIFF"),
        ("a.tga", b"no picture at all, but a name", r"a.tga is not an image this program reads"),
    ],
)
def test_what_is_no_picture_for_us_says_what_to_do(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FileError, match=words):
        read_document(tmp_path / name)


def test_a_krita_document_without_a_merged_picture(tmp_path):
    with pytest.raises(FileError, match=r"holds no merged picture; export it from Krita"):
        read_document(kra(tmp_path / "a.kra", {"maindoc.xml": b"<DOC/>"}))


def test_a_cameras_raw_picture(tmp_path):
    tags = [(50706, 1, 4, b"\x01\x04\x00\x00", True)]
    tifffile.imwrite(tmp_path / "a.dng", COLORS[..., :3], photometric="rgb", extratags=tags)
    with pytest.raises(FileError, match="a camera's raw picture; develop it"):
        read_document(tmp_path / "a.dng")
