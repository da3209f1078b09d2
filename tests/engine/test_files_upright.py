# SPDX-License-Identifier: Apache-2.0
"""Pictures are turned as their orientation says, once."""

from __future__ import annotations

import zipfile

import imagecodecs
import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from test_files_metadata import XMP, photo_exif, pillow_exif, through

from server.cli.editing.file_host import FileHost
from server.cli.editing.save import save
from server.files import read_picture

RGB_PROFILE = bytes(imagecodecs.cms_profile("srgb"))


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(tmp_path, orientation, suffix):
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[:16, :24] = (255, 0, 0)  # red, seen at the top left of the upright picture
    upright = Image.fromarray(pixels)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    stored.save(path, exif=exif, icc_profile=RGB_PROFILE, quality=95)
    result = read_picture(path)
    assert result.pixels.shape == (32, 48, 3)
    assert result.icc == RGB_PROFILE
    assert result.pixels[8, 12] == pytest.approx(np.array([255, 0, 0]), abs=12)
    assert result.pixels[24, 36].max() < 12
    assert result.pixels[24, 12].max() < 12


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".ora"])
def test_a_png_that_was_turned_does_not_say_so_twice(tmp_path, suffix):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    image = Image.new("RGB", (40, 30), (9, 9, 9))
    image.save(tmp_path / "in.png", exif=photo_exif(6), pnginfo=info)
    out = through(tmp_path / "in.png", tmp_path / f"out{suffix}")
    if suffix == ".ora":
        data = zipfile.ZipFile(out).read("mergedimage.png")
        out = tmp_path / "merged.png"
        out.write_bytes(data)
    exif = pillow_exif(out)
    with Image.open(out) as written:
        assert written.size == (30, 40)
    assert exif.get(0x0112, 1) == 1
    assert exif.get_ifd(0x8769)[0x927C], "a camera's own notes"
    assert b'Orientation="6"' not in out.read_bytes()


@pytest.mark.parametrize("suffix", [".ora", ".kra"])
def test_layers_lie_as_they_are_whatever_the_merged_picture_says(tmp_path, suffix):
    """Its pixels are not turned, and what is made of them does not say that they are still to be."""
    paper = Image.new("RGB", (40, 30), (9, 9, 9))
    paper.save(tmp_path / "in.png")
    place = tmp_path / "in.ora"
    through(tmp_path / "in.png", place)
    with zipfile.ZipFile(place) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    paper.save(tmp_path / "merged.png", exif=photo_exif(6))
    members["mergedimage.png"] = (tmp_path / "merged.png").read_bytes()
    if suffix == ".kra":
        place = place.with_suffix(suffix)
        members["mimetype"] = b"application/x-krita"
    with zipfile.ZipFile(place, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    host = FileHost(path=place, layer="in")
    save(host, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as written:
        assert written.size == (40, 30)
        assert written.getexif().get(0x0112, 1) == 1
