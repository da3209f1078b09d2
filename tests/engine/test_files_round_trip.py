# SPDX-License-Identifier: Apache-2.0
"""Files keep every bit: 8 and 16 bit, half and single float, gray and RGB, alpha, profile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from server.engine.api import Picture
from server.engine.canvas import source_hash
from server.files import (
    FileError,
    OraLayer,
    check_writable_name,
    read_document,
    read_picture,
    write_flat,
    write_ora,
)

RGB_PROFILE = imagecodecs.cms_profile("adobergb")
GRAY_PROFILE = imagecodecs.cms_profile("gray", whitepoint=[0.3127, 0.329, 1.0], gamma=1.8)
DTYPES = ("uint8", "uint16", "float16", "float32")


def picture(rng: np.random.Generator, dtype: str, channels: int, profile: bool) -> Picture:
    width, height = int(rng.integers(1, 70)), int(rng.integers(1, 70))
    if dtype.startswith("u"):
        pixels = rng.integers(0, np.iinfo(dtype).max, (height, width, channels), endpoint=True)
    else:
        pixels = rng.normal(0.5, 3, (height, width, channels))
    icc = (GRAY_PROFILE if channels <= 2 else RGB_PROFILE) if profile else None
    return Picture(
        pixels=pixels.astype(dtype),
        rect=(0, 0, width, height),
        document=(width, height),
        icc=icc,
        linear=dtype.startswith("f") and not profile,
    )


def assert_same(a: Picture, b: Picture) -> None:
    assert a.pixels.dtype == b.pixels.dtype
    assert a.pixels.shape == b.pixels.shape
    assert a.pixels.tobytes() == b.pixels.tobytes()
    assert a.icc == b.icc
    assert a.linear == b.linear
    assert source_hash(a) == source_hash(b)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from(DTYPES),
    channels=st.integers(1, 4),
    profile=st.booleans(),
    suffix=st.sampled_from([".png", ".tif", ".ora"]),
)
def test_every_bit_comes_back(tmp_path_factory, seed, dtype, channels, profile, suffix):
    source = picture(np.random.default_rng(seed), dtype, channels, profile)
    path = tmp_path_factory.mktemp("files") / f"picture{suffix}"
    if suffix == ".ora":
        layers = [OraLayer(name="source", picture=source)]
        write_ora(path, size=source.document, layers=layers, merged=source)
        assert_same(read_picture(path, "source"), source)
    elif suffix == ".png" and dtype.startswith("f"):
        with pytest.raises(FileError, match=r"PNG cannot hold .* write .tif or .ora"):
            write_flat(path, source)
        assert not path.exists()
    else:
        write_flat(path, source)
        assert_same(read_picture(path), source)


def test_others_read_what_we_write(tmp_path):
    """Pillow and tifffile's own checks, so that it is not only us who understand our files."""
    rng = np.random.default_rng(0)
    eight = picture(rng, "uint8", 4, profile=True)
    write_flat(tmp_path / "a.png", eight)
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.info["icc_profile"] == RGB_PROFILE
        assert (np.asarray(image) == eight.pixels).all()
    deep = picture(rng, "uint16", 4, profile=True)
    write_flat(tmp_path / "a.tif", deep)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        page = tiff.pages[0]
        assert (page.asarray() == deep.pixels).all()
        assert page.tags[34675].value == RGB_PROFILE
        assert [int(kind) for kind in page.extrasamples] == [2], "alpha is straight"


@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "packbits"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_tiffs_of_other_programs(tmp_path, compression, dtype):
    source = picture(np.random.default_rng(4), dtype, 3, profile=False)
    predictor = compression in ("lzw", "deflate")
    tifffile.imwrite(
        tmp_path / "a.tif",
        source.pixels,
        photometric="rgb",
        compression=compression,
        predictor=predictor and dtype != "float16",
        byteorder=">",
        tile=(16, 16) if compression == "deflate" else None,
    )
    assert_same(read_picture(tmp_path / "a.tif"), source)


def test_planar_white_is_zero_associated_and_extra_channels(tmp_path):
    path = tmp_path / "a.tif"
    planes = np.random.default_rng(1).integers(0, 255, (3, 9, 11), dtype=np.uint8)
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate")
    assert (read_picture(path).pixels == np.moveaxis(planes, 0, -1)).all()
    tifffile.imwrite(path, planes[0], photometric="miniswhite")
    assert (read_picture(path).pixels[..., 0] == 255 - planes[0]).all()
    multiplied = np.array([[[100, 50, 25, 128], [0, 0, 0, 0]]], np.uint8)
    tifffile.imwrite(path, multiplied, photometric="rgb", extrasamples=["assocalpha"])
    assert read_picture(path).pixels.tolist() == [[[199, 100, 50, 128], [0, 0, 0, 0]]]
    tifffile.imwrite(path, multiplied, photometric="rgb", extrasamples=["unspecified"])
    assert read_picture(path).pixels.tolist() == [[[100, 50, 25], [0, 0, 0]]]
    depth = np.zeros((2, 3), np.uint16)
    tifffile.imwrite(path, depth, photometric=32844)  # LogL
    with pytest.raises(FileError, match=r"TIFF.*; convert it to RGB"):
        read_picture(path)


def test_palettes_and_few_bits_of_png(tmp_path):
    path = tmp_path / "a.png"
    colors = np.random.default_rng(2).integers(0, 255, (12, 13, 3), dtype=np.uint8)
    indexed = Image.fromarray(colors).quantize(16)
    indexed.save(path)
    assert (read_picture(path).pixels == np.asarray(indexed.convert("RGB"))).all()
    indexed.convert("1").save(path)
    assert set(np.unique(read_picture(path).pixels)) <= {0, 255}


# ---- OpenRaster


def test_layers_keep_their_place_even_outside_the_canvas(tmp_path):
    rng = np.random.default_rng(3)
    background = picture(rng, "uint16", 3, profile=True)
    size = background.document
    small = Picture(
        pixels=rng.integers(0, 65535, (20, 30, 4), dtype=np.uint16),
        rect=(-12, size[1] - 5, 30, 20),
        document=size,
        icc=RGB_PROFILE,
    )
    layers = [
        OraLayer(name="[Pullbrush] drag <7> & “ü”", picture=small, opacity=0.5, visible=False),
        OraLayer(name="Background", picture=background, mode="svg:multiply"),
    ]
    recipes = {"pullbrush/ab12.json": b'{"edit": "drag"}', "pullbrush/ab12/mask.png": b"\x00\x01"}
    path = tmp_path / "a.ora"
    write_ora(path, size=size, layers=layers, merged=background, entries=recipes)
    document = read_document(path)
    assert document.size == size
    assert document.names == ("[Pullbrush] drag <7> & “ü”", "Background")
    top = document.layer("[Pullbrush] drag <7> & “ü”")
    assert (top.offset, top.opacity, top.visible) == (small.rect[:2], 0.5, False)
    assert document.layer("Background").mode == "svg:multiply"
    assert top.load().rect == small.rect
    assert top.load().document == size
    assert_same(top.load(), small)
    assert_same(document.layer("Background").load(), background)
    assert {name: load() for name, load in document.entries.items()} == recipes
    kept = OraLayer(name="kept", png=top.png(), offset=top.offset)
    write_ora(tmp_path / "b.ora", size=size, layers=[kept], merged=background)
    assert_same(read_picture(tmp_path / "b.ora", "kept"), small)


def test_the_archive_is_as_the_standard_says(tmp_path):
    source = picture(np.random.default_rng(6), "float32", 4, profile=False)
    path = tmp_path / "a.ora"
    write_ora(
        path, size=source.document, layers=[OraLayer(name="a", picture=source)], merged=source
    )
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        names = set(archive.namelist())
        assert {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"} <= names
        for name in ("data/layer000.png", "mergedimage.png", "Thumbnails/thumbnail.png"):
            with Image.open(io.BytesIO(archive.read(name))) as image:
                image.load()
                assert max(image.size) <= 256
    assert path.read_bytes()[38:54] == b"image/openraster", "found by its first bytes"


def test_float_layers_show_encoded_colors_in_other_programs(tmp_path):
    source = Picture(
        pixels=np.full((4, 4, 3), 0.5, np.float32), rect=(0, 0, 4, 4), document=(4, 4), linear=True
    )
    path = tmp_path / "a.ora"
    write_ora(path, size=(4, 4), layers=[OraLayer(name="a", picture=source)], merged=source)
    with zipfile.ZipFile(path) as archive:
        shown = imagecodecs.png_decode(archive.read("data/layer000.png"))
    assert shown.dtype == np.uint16
    assert shown[0, 0] / 65535 == pytest.approx([0.7354] * 3, abs=1e-3)


def test_the_same_layers_make_the_same_file(tmp_path):
    source = picture(np.random.default_rng(6), "uint8", 4, profile=False)
    for name in ("a.ora", "b.ora"):
        layers = [OraLayer(name="a", picture=source)]
        write_ora(tmp_path / name, size=source.document, layers=layers, merged=source)
    assert (tmp_path / "a.ora").read_bytes() == (tmp_path / "b.ora").read_bytes()


def archive_of(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        for name, data in members.items():
            archive.writestr(name, data)


# ---- writing is all or nothing


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.ora"
    path.write_bytes(b"precious")
    source = picture(np.random.default_rng(6), "uint8", 3, profile=False)
    broken = OraLayer(name="broken", picture=picture(np.random.default_rng(1), "uint8", 3, False))
    object.__setattr__(broken.picture, "pixels", np.zeros((0, 0, 3), np.uint8))
    with pytest.raises(Exception):  # noqa: B017 - whatever the codec says
        write_ora(path, size=source.document, layers=[broken], merged=source)
    assert path.read_bytes() == b"precious"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.ora"], "no draft is left behind"


def test_where_nothing_can_be_written_it_is_said(tmp_path):
    source = picture(np.random.default_rng(6), "uint8", 3, profile=False)
    with pytest.raises(FileError, match=r"cannot write a\.png there"):
        write_flat(tmp_path / "missing" / "a.png", source)
    with pytest.raises(FileError, match=r"a\.gif"):
        write_flat(tmp_path / "a.gif", source)
    with pytest.raises(FileError, match=r"\.ora"):
        check_writable_name(Path("a.jpg"))
    check_writable_name(Path("A.TIF"))
    with pytest.raises(ValueError, match="plain path"):
        write_ora(
            tmp_path / "a.ora",
            size=source.document,
            layers=[OraLayer(name="a", picture=source)],
            merged=source,
            entries={"pullbrush/../stack.xml": b""},
        )
