# SPDX-License-Identifier: Apache-2.0
"""Formats that artists bring: read as they are shown, or refused by a sentence that says what to do."""

from __future__ import annotations

import io
import itertools
import struct
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from psd_pictures import psd

from server.engine.api import Picture
from server.files import FileError, check_can_hold, read_document, read_picture, write_flat

RNG = np.random.default_rng(5)
COLORS = RNG.integers(0, 255, (24, 36, 4), dtype=np.uint8)
SMOOTH = np.dstack(
    [*np.meshgrid(np.linspace(40, 210, 36), np.linspace(60, 190, 24)), np.full((24, 36), 90)]
)
ADOBE = bytes(imagecodecs.cms_profile("adobergb"))
LOSSLESS = {
    "bmp": {},
    "gif": {},
    "tga": {},
    "ppm": {},
    "webp": {"lossless": True, "exact": True},
    "jp2": {},
    "pcx": {},
    "qoi": {},
    "sgi": {},
    "ico": {"sizes": [(36, 24)]},
}


@pytest.mark.parametrize("suffix", sorted(LOSSLESS))
def test_every_pixel_of_lossless_formats(tmp_path, suffix):
    image = Image.fromarray(COLORS[..., :3])
    if suffix == "gif":
        image = image.quantize(64)
    image.save(tmp_path / f"a.{suffix}", **LOSSLESS[suffix])
    found = read_picture(tmp_path / f"a.{suffix}").pixels
    assert (found[..., :3] == np.asarray(image.convert("RGB"))).all()
    assert found.dtype == np.uint8


@pytest.mark.parametrize("suffix", ["webp", "tga", "ico", "qoi", "sgi", "jp2"])
def test_alpha(tmp_path, suffix):
    Image.fromarray(COLORS).save(tmp_path / f"a.{suffix}", **LOSSLESS[suffix])
    found = read_picture(tmp_path / f"a.{suffix}").pixels
    assert found.shape == COLORS.shape
    assert (found[..., 3] == COLORS[..., 3]).all()


def test_a_gif_is_its_first_frame_with_its_holes(tmp_path):
    frames = [Image.new("RGBA", (20, 10), color) for color in ("red", "blue")]
    frames[0].paste((0, 0, 0, 0), (0, 0, 5, 5))
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], disposal=2)
    found = read_picture(tmp_path / "a.gif").pixels
    assert found[8, 15].tolist() == [255, 0, 0, 255]
    assert found[2, 2, 3] == 0


@pytest.mark.parametrize("suffix", ["avif", "jpg"])
def test_lossy_formats(tmp_path, suffix):
    image = Image.fromarray(SMOOTH.astype(np.uint8))
    image.save(tmp_path / f"a.{suffix}", quality=95, icc_profile=ADOBE)
    found = read_picture(tmp_path / f"a.{suffix}")
    assert np.abs(found.pixels.astype(int) - SMOOTH).mean() < 4
    assert found.icc == ADOBE


def test_deep_pictures_stay_deep(tmp_path):
    deep = RNG.integers(0, 65535, (24, 36, 3), dtype=np.uint16)
    (tmp_path / "a.jp2").write_bytes(imagecodecs.jpeg2k_encode(deep, level=0))
    (tmp_path / "a.ppm").write_bytes(
        b"P6\n# by hand\n36 24\n65535\n" + deep.astype(">u2").tobytes()
    )
    gray = deep[..., 0]
    (tmp_path / "a.pgm").write_bytes(b"P5 36 24 1023\n" + (gray // 64).astype(">u2").tobytes())
    assert (read_picture(tmp_path / "a.jp2").pixels == deep).all()
    assert (read_picture(tmp_path / "a.ppm").pixels == deep).all()
    found = read_picture(tmp_path / "a.pgm").pixels
    assert (found.shape, found.dtype) == ((24, 36, 1), np.uint16)
    assert np.abs(found[..., 0].astype(int) - gray).max() <= 64
    (tmp_path / "a.ppm").write_bytes(b"P6 36 24 65535\n" + bytes(100))
    with pytest.raises(FileError, match="incomplete or damaged"):
        read_picture(tmp_path / "a.ppm")
    (tmp_path / "a.pfm").write_bytes(b"Pf\n36 24\n-1\n" + np.full((24, 36), 3, "<f4").tobytes())
    light = read_picture(tmp_path / "a.pfm")
    assert (light.pixels == 3).all()
    assert light.linear


def test_ten_bits_of_avif(tmp_path):
    ten = (np.repeat(SMOOTH[:, :, :1], 3, axis=2) * 4).astype(np.uint16)
    (tmp_path / "a.avif").write_bytes(imagecodecs.avif_encode(ten, bitspersample=10, level=95))
    found = read_picture(tmp_path / "a.avif").pixels
    assert found.dtype == np.uint16
    assert np.abs(found / 65535 - ten / 1023).mean() < 0.01


def test_hdr_of_avif_is_refused(tmp_path):
    image = Image.fromarray(SMOOTH.astype(np.uint8))
    image.save(tmp_path / "a.avif")
    data = bytearray((tmp_path / "a.avif").read_bytes())
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = struct.pack(">HH", 9, 16)
    (tmp_path / "a.avif").write_bytes(data)
    with pytest.raises(FileError, match=r"a.avif is an HDR picture \(PQ\)"):
        read_picture(tmp_path / "a.avif")


@pytest.mark.parametrize("suffix", ["webp", "avif"])
def test_pictures_are_turned_upright(tmp_path, suffix):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(SMOOTH.astype(np.uint8)).save(tmp_path / f"a.{suffix}", exif=exif)
    document = read_document(tmp_path / f"a.{suffix}")
    assert document.size == (24, 36)
    out = tmp_path / "out.webp"
    write_flat(out, document.layers[0].load(), document.metadata)
    assert read_document(out).size == (24, 36), "not turned twice"


# ---- CMYK


def inks(depth: str = "uint8") -> np.ndarray:
    top = np.iinfo(depth).max
    values = np.zeros((8, 12, 4))
    values[:, :4] = (0, 1, 1, 0)  # red
    values[:, 4:8] = (0, 0, 0, 0)  # paper
    values[:, 8:] = (0, 0, 0, 1)  # black
    return (values * top).astype(depth)


def cmyk_profile() -> bytes:
    """An ICC profile (version 2, `mft1`, two points an ink) whose red is darker than the plain one."""
    nodes = bytearray()
    for c, m, y, k in itertools.product((0, 1), repeat=4):
        light = (1 - 0.35 * c - 0.45 * m - 0.1 * y) * (1 - 0.9 * k)
        a, b = (70 * m - 40 * c) * (1 - k), (80 * y - 50 * c) * (1 - k)
        nodes += bytes((round(255 * light), round(128 + a), round(128 + b)))
    ramp, one = bytes(range(256)), 65536
    matrix = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, one)
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix + ramp * 4 + bytes(nodes) + ramp * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"inks\0" + bytes(78)
    right = b"text" + bytes(4) + b"free\0"
    tags, table, body = (
        ((b"A2B0", lut), (b"wtpt", white), (b"desc", name), (b"cprt", right)),
        b"",
        b"",
    )
    for kind, data in tags:
        data += bytes(-len(data) % 4)
        table += kind + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data
    size = 132 + len(table) + len(body)
    head = (
        struct.pack(">I4sI", size, b"", 0x02400000)
        + b"prtrCMYKLab "
        + struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    )
    head += b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


@pytest.mark.parametrize("with_profile", [False, True])
def test_cmyk_jpeg(tmp_path, with_profile):
    image = Image.fromarray(inks(), "CMYK")
    profile = cmyk_profile() if with_profile else None
    image.save(tmp_path / "a.jpg", quality=100, icc_profile=profile)
    found = read_picture(tmp_path / "a.jpg")
    assert found.icc is None
    check_inks(found.pixels / 255, with_profile)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("with_profile", [False, True])
def test_cmyk_tiff(tmp_path, dtype, with_profile):
    tags = [(34675, 7, len(cmyk_profile()), cmyk_profile(), True)] if with_profile else []
    pixels = inks(dtype)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="separated", extratags=tags)
    found = read_picture(tmp_path / "a.tif")
    assert found.pixels.dtype == np.dtype(dtype)
    assert found.icc is None
    check_inks(found.pixels / np.iinfo(dtype).max, with_profile)
    alpha = np.full((8, 12, 1), np.iinfo(dtype).max // 2, dtype)
    tifffile.imwrite(
        tmp_path / "a.tif",
        np.concatenate((pixels, alpha), axis=2),
        photometric="separated",
        extrasamples=["unassalpha"],
    )
    found = read_picture(tmp_path / "a.tif").pixels
    assert found.shape == (8, 12, 4)
    assert (found[..., 3:] == alpha).all()


def check_inks(seen: np.ndarray, with_profile: bool) -> None:
    red, paper, black = seen[4, 2], seen[4, 6], seen[4, 10]
    assert paper == pytest.approx([1, 1, 1], abs=0.03)
    assert black.max() < 0.2
    if with_profile:
        image = ImageCms.profileToProfile(
            Image.fromarray(inks(), "CMYK"),
            ImageCms.ImageCmsProfile(io.BytesIO(cmyk_profile())),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
        )
        assert red == pytest.approx(np.asarray(image)[4, 2] / 255, abs=0.03)
        assert red[0] < 0.95
    else:
        assert red == pytest.approx([1, 0, 0], abs=0.03)


@pytest.mark.parametrize("kind", ["palette", "ycbcr"])
def test_tiffs_of_other_color_models(tmp_path, kind):
    image = Image.fromarray(SMOOTH.astype(np.uint8))
    if kind == "palette":
        image.quantize(200).save(tmp_path / "a.tif")
    else:
        image.save(tmp_path / "a.tif", compression="jpeg", quality=95)
    found = read_picture(tmp_path / "a.tif").pixels
    assert np.abs(found.astype(int) - SMOOTH).mean() < 6


# ---- WebP out


def picture(pixels: np.ndarray, icc: bytes | None = None) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height), icc=icc)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_webp_keeps_every_bit(tmp_path, channels):
    pixels = COLORS[..., : channels if channels > 2 else 1]
    if channels == 2:
        pixels = COLORS[..., [0, 3]]
    icc = ADOBE if channels > 2 else None
    write_flat(tmp_path / "a.webp", picture(np.ascontiguousarray(pixels), icc))
    found = read_picture(tmp_path / "a.webp")
    assert found.icc == icc
    if channels > 2:
        assert (found.pixels == pixels).all(), "colors of transparent pixels, too"
    else:
        assert (found.pixels[..., :1] == pixels[..., :1]).all()


def test_what_webp_and_png_cannot_hold_is_known_before(tmp_path):
    deep = picture(np.zeros((4, 4, 3), np.uint16))
    light = picture(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(FileError, match=r"WebP holds 8 bit a channel, not 16 bit; write .png"):
        check_can_hold(Path("a.webp"), deep)
    with pytest.raises(FileError, match=r"PNG cannot hold float pixels"):
        check_can_hold(Path("a.png"), light)
    with pytest.raises(FileError, match="16383 pixels a side"):
        check_can_hold(Path("a.webp"), replace(picture(COLORS), document=(20000, 10)))
    for name in ("a.tif", "a.ora"):
        check_can_hold(Path(name), light)


# ---- damage and bombs


@pytest.mark.parametrize(
    "suffix", ["webp", "avif", "bmp", "gif", "jp2", "tga", "ppm", "psd", "ico", "qoi"]
)
def test_damage_is_a_sentence_or_a_picture(tmp_path, suffix):
    target = io.BytesIO()
    if suffix == "psd":
        target.write(psd(COLORS, layers=-1))
    else:
        image = Image.fromarray(COLORS[..., :3])
        image.save(
            target, {"jp2": "JPEG2000", "tga": "TGA", "ppm": "PPM"}.get(suffix, suffix.upper())
        )
    data, rng = target.getvalue(), np.random.default_rng(1)
    path = tmp_path / f"a.{suffix}"
    for _ in range(60):
        broken = bytearray(data[: int(rng.integers(1, len(data) + 1))])
        for at in rng.integers(0, len(broken), 4):
            broken[at] = rng.integers(0, 256)
        path.write_bytes(broken)
        try:
            assert read_picture(path).pixels.ndim == 3
        except FileError as problem:
            assert f"a.{suffix}" in str(problem)


def test_bombs_of_other_formats(tmp_path):
    head = struct.pack(
        "<2sIHHIIiiHHIIiiII", b"BM", 54, 0, 0, 54, 40, 30000, 30000, 1, 24, 0, 0, 0, 0, 0, 0
    )
    (tmp_path / "a.bmp").write_bytes(head)
    with pytest.raises(FileError, match=r"a\.bmp has more pixels than the \d+ .* crop or scale it"):
        read_picture(tmp_path / "a.bmp")
    head = b"GIF89a" + struct.pack("<HHBBB", 16000, 16000, 0, 0, 0)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 16000, 16000, 0) + b"\x02\x02L\x01\x00;"
    (tmp_path / "a.gif").write_bytes(head + frame)
    with pytest.raises(FileError, match=r"a.gif is incomplete or damaged"):
        read_picture(tmp_path / "a.gif")
