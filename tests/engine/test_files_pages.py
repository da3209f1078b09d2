# SPDX-License-Identifier: Apache-2.0
"""Of files with many pictures the first is read, and the others are counted."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image
from psd_pictures import psd

from server.files import read_document

PAGE = np.full((12, 16, 3), 90, np.uint8)
MOVING = [Image.new("RGB", (16, 12), color) for color in ("red", "blue", "green")]


def test_the_pages_of_a_tiff_are_counted_without_small_versions_and_masks(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in range(3):
            writer.write(PAGE + page, photometric="rgb")
        writer.write(PAGE[::2, ::2], photometric="rgb", subfiletype=1)
        writer.write(PAGE[..., 0] > 0, photometric="minisblack", subfiletype=4)
    document = read_document(tmp_path / "a.tif")
    assert (document.pages, document.frames) == (3, 1)
    assert (document.layer().load().pixels == PAGE).all()


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_the_frames_of_an_animation_are_counted(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    MOVING[0].save(path, save_all=True, append_images=MOVING[1:], duration=50)
    assert (read_document(path).pages, read_document(path).frames) == (1, 3)
    MOVING[0].save(path)
    assert (read_document(path).pages, read_document(path).frames) == (1, 1)


def test_the_frames_of_an_avif_are_counted(tmp_path):
    path = tmp_path / "a.avif"
    path.write_bytes(imagecodecs.avif_encode(np.stack([PAGE, PAGE + 50])))
    assert read_document(path).frames == 2


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_a_picture_of_inks_is_known_as_one(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    MOVING[0].convert("CMYK").save(path)
    assert read_document(path).cmyk
    MOVING[0].save(path)
    assert not read_document(path).cmyk


def test_inks_of_sixteen_bits_are_known_as_well(tmp_path):
    inks = np.zeros((12, 16, 4), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", inks, photometric="separated")
    assert read_document(tmp_path / "a.tif").cmyk


@pytest.mark.parametrize("layers", [0, -1, 3])
def test_layers_beside_a_merged_picture_are_known(tmp_path, layers):
    (tmp_path / "a.psd").write_bytes(psd(PAGE, layers=layers))
    assert read_document(tmp_path / "a.psd").merged == (layers != 0)


def test_damage_behind_the_first_page_does_no_harm(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        for _ in range(2):
            writer.write(PAGE, photometric="rgb")
    data = path.read_bytes()
    path.write_bytes(data[: -PAGE.nbytes - 100])
    assert read_document(path).layer().load().document == (16, 12)


def test_a_written_tiff_names_its_compression_by_the_code_of_the_standard(tmp_path):
    """8, which every program reads; 32946 was given to the same thing before, and some refuse it."""
    from server.files import read_picture, write_flat

    tifffile.imwrite(tmp_path / "a.tif", PAGE, photometric="rgb")
    write_flat(tmp_path / "b.tif", read_picture(tmp_path / "a.tif"))
    with tifffile.TiffFile(tmp_path / "b.tif") as found:
        assert int(found.pages[0].compression) == 8  # type: ignore[union-attr]
