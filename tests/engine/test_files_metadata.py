# SPDX-License-Identifier: Apache-2.0
"""What a file says beside its pixels goes through an edit, from format to format."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from protocol.plugin.host import NewLayer
from server.cli.editing.file_host import FileHost
from server.cli.editing.pixels import to_pixels
from server.cli.editing.save import save
from server.engine.canvas import srgb_and_alpha
from server.files import FileError, read_document, read_picture
from server.files import exif as exif_blocks
from server.files.xmp import AI_TOOK_PART

HERE = Path(__file__).parent / "pictures"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'tiff:Orientation="6" dc:source="a camera"/></rdf:RDF></x:xmpmeta>'
)


def through(source: Path, out: Path, *, mark_ai: bool = False) -> Path:
    """The file with a small result on it, as an edit writes it."""
    host = FileHost(path=source)
    channels = 2 if host.picture.is_gray else 4
    pixels = np.zeros((4, 5, channels), host.picture.pixels.dtype)
    pixels[..., -1] = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    made = replace(host.picture, pixels=pixels, rect=(3, 2, 5, 4))
    layer = NewLayer(
        name="[Pullbrush] x", pixels=to_pixels(made, made.rect), above=host.source.name
    )
    host.write_layers([layer], None, "x")
    save(host, out, mark_ai=mark_ai)
    return out


def chunks(path: Path) -> list[tuple[bytes, bytes]]:
    data, at, found = path.read_bytes(), 8, []
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(kind + body)
        if kind not in (b"IHDR", b"IDAT", b"IEND"):
            found.append((kind, body))
        at += 12 + size
    return found


def upright(found: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The chunks of a picture that its EXIF turned, once it lies as it should."""
    turned, plain = (struct.pack(">HHIHH", 0x0112, 3, 1, way, 0) for way in (6, 1))
    return [(kind, body.replace(turned, plain)) for kind, body in found]


def photo_exif(orientation: int = 6) -> Image.Exif:
    """As a camera writes it: a description, an exposure, a place, and its own notes."""
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x8298] = "a description", "somebody", "copyright somebody"
    exif[0x0112] = orientation
    inner = exif.get_ifd(0x8769)
    inner[0x829A], inner[0x927C] = 0.004, b"maker notes \x00\x01\x02" * 20
    inner[0xA002], inner[0xA003] = 40, 30
    exif.get_ifd(0x8825)[1] = "N"
    return exif


def with_thumbnail(block: bytes) -> bytes:
    """The block with a small JPEG in a second IFD, as cameras add one."""
    target = io.BytesIO()
    Image.new("RGB", (16, 12), (255, 0, 0)).save(target, "JPEG")
    small, order = target.getvalue(), ">" if block[:2] == b"MM" else "<"
    data = bytearray(block + b"\x00" * (len(block) % 2))
    first = struct.unpack_from(order + "I", data, 4)[0]
    link = first + 2 + 12 * struct.unpack_from(order + "H", data, first)[0]
    struct.pack_into(order + "I", data, link, len(data))
    at = len(data) + 2 + 2 * 12 + 4
    data += struct.pack(order + "H", 2)
    data += struct.pack(order + "HHII", 0x0201, 4, 1, at)
    data += struct.pack(order + "HHII", 0x0202, 4, 1, len(small)) + bytes(4) + small
    return bytes(data)


def jpeg(path: Path, orientation: int = 6) -> Path:
    rng = np.random.default_rng(1)
    image = Image.fromarray(rng.integers(0, 255, (30, 40, 3), dtype=np.uint8))
    block = with_thumbnail(photo_exif(orientation).tobytes()[6:])
    image.save(path, exif=b"Exif\x00\x00" + block, xmp=XMP, dpi=(240, 240), comment="by hand")
    return path


def pillow_exif(path: Path) -> Image.Exif:
    with Image.open(path) as image:
        exif = image.getexif()
        for ifd in (0x8769, 0x8825, 1):
            exif.get_ifd(ifd)  # read while the file is open
        return exif


# ---- PNG


def test_text_xmp_exif_and_resolution_of_a_png(tmp_path):
    source = HERE / "png-text-xmp-exif-300dpi.png"
    out = through(source, tmp_path / "out.png")
    before, after = chunks(source), chunks(out)
    assert before
    assert sorted(after) == sorted(upright(before)) != sorted(before), "byte for byte"
    with Image.open(out) as image, Image.open(source) as lying:
        assert image.size == lying.size[::-1]
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert image.info["Author"] == "somebody"
        assert image.getexif()[0x8298] == "copyright somebody"


def test_of_png_chunks_those_that_stay_true_stay(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "über allem", zip=True)
    info.add_itxt("Description", "漢字", "zh", "説明")
    info.add(b"prVt", b"private, safe to copy")
    info.add(b"caBX", b"a signature of the old pixels")
    info.add(b"tIME", struct.pack(">HBBBBB", 2020, 1, 1, 1, 1, 1))
    info.add(b"sBIT", b"\x05\x06\x05")
    info.add(b"bKGD", b"\x00\x01\x00\x02\x00\x03")
    Image.new("RGB", (20, 10), (9, 9, 9)).save(tmp_path / "in.png", pnginfo=info)
    kinds = [kind for kind, _ in chunks(through(tmp_path / "in.png", tmp_path / "out.png"))]
    assert sorted(kinds) == [b"bKGD", b"iTXt", b"prVt", b"sBIT", b"zTXt"]
    gray = Image.new("RGB", (20, 10)).convert("P")
    gray.save(tmp_path / "in.png", pnginfo=info)
    kinds = [kind for kind, _ in chunks(through(tmp_path / "in.png", tmp_path / "out.png"))]
    assert b"sBIT" not in kinds, "it fits the palette only"


def raw_png(path: Path, extra: list[tuple[bytes, bytes]], dtype: str = "uint8") -> Path:
    y, x = np.mgrid[:16, :24]
    pixels = np.dstack((x / 24, y / 16, (x + y) / 40)) * np.iinfo(dtype).max
    data = bytes(imagecodecs.png_encode(pixels.astype(dtype)))
    packed = b"".join(
        struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in extra
    )
    path.write_bytes(data[:33] + packed + data[33:])
    return path


P3 = [(b"cICP", bytes((12, 13, 0, 1))), (b"mDCV", bytes(24)), (b"cLLI", bytes(8))]
GAMMA = [(b"gAMA", struct.pack(">I", 100000))]
WIDE = [
    (b"gAMA", struct.pack(">I", 45455)),
    (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)),
]
PLAIN = [(b"sRGB", b"\x00"), (b"gAMA", struct.pack(">I", 45455))]


@pytest.mark.parametrize("extra", [P3, GAMMA, WIDE, PLAIN], ids=["p3", "linear", "adobe", "srgb"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_colors_of_a_png_stay_what_they_are(tmp_path, extra, dtype):
    """Chunks and numbers as they were; the model sees what the screen shows; other formats get a
    profile that says the same."""
    source = raw_png(tmp_path / "in.png", extra, dtype)
    out = through(source, tmp_path / "out.png")
    assert chunks(out) == chunks(source)
    before, after = read_picture(source), read_picture(out)
    where = (before.pixels != after.pixels).any(axis=-1)
    where[2:6, 3:8] = False
    assert not where.any()
    tiff = read_picture(through(source, tmp_path / "out.tif"))
    seen, elsewhere = srgb_and_alpha(after)[0], srgb_and_alpha(tiff)[0]
    assert np.abs(seen - elsewhere).max() < 1e-4
    layer = read_document(through(source, tmp_path / "out.ora")).layers[-1].load()
    assert np.abs(srgb_and_alpha(layer)[0] - srgb_and_alpha(before)[0]).max() < 1e-4


def test_what_the_model_sees_of_a_png_is_what_the_screen_shows(tmp_path):
    linear = srgb_and_alpha(read_picture(raw_png(tmp_path / "a.png", GAMMA)))[0]
    values = imagecodecs.png_decode((tmp_path / "a.png").read_bytes()) / 255
    curve = np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055)
    assert np.abs(linear - curve).max() < 0.004
    wide = srgb_and_alpha(read_picture(raw_png(tmp_path / "b.png", P3)))[0]
    # a pure green of Display P3 lies outside sRGB: more than 1 of green, less than 0 of red
    green = raw_png(tmp_path / "c.png", P3)
    assert wide.shape == linear.shape
    picture = read_picture(green)
    one = replace(picture, pixels=np.array([[[0, 255, 0]]], np.uint8), rect=(0, 0, 1, 1))
    seen = srgb_and_alpha(one)[0][0, 0]
    assert seen[1] == pytest.approx(1.02, abs=0.01)
    assert max(seen[0], seen[2]) < -0.2
    assert read_picture(raw_png(tmp_path / "d.png", PLAIN)).icc is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ((9, 16, 0, 1), r"in.png is an HDR picture \(PQ\).*convert it to sRGB"),
        ((9, 18, 0, 1), r"HDR picture \(HLG\)"),
        ((9, 13, 0, 0), r"narrow range of video.*full range"),
        ((77, 13, 0, 1), r"a way this program does not know \(code points 77, 13\)"),
    ],
)
def test_colors_that_cannot_be_shown_are_refused(tmp_path, code, words):
    with pytest.raises(FileError, match=words):
        read_document(raw_png(tmp_path / "in.png", [(b"cICP", bytes(code))]))


# ---- JPEG


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_photographs_metadata_goes_along_upright(tmp_path, suffix, orientation):
    out = through(jpeg(tmp_path / "in.jpg", orientation), tmp_path / f"out{suffix}")
    size = (30, 40) if orientation == 6 else (40, 30)
    exif = pillow_exif(out)
    assert exif.get(0x0112, 1) == 1, "the pixels were turned"
    assert exif[0x010E] == "a description"
    assert exif[0x8298] == "copyright somebody"
    inner = exif.get_ifd(0x8769)
    assert inner[0x829A] == pytest.approx(0.004)
    assert inner[0x927C] == b"maker notes \x00\x01\x02" * 20
    assert (inner[0xA002], inner[0xA003]) == size
    assert exif.get_ifd(0x8825)[1] == "N"
    with Image.open(out) as image:
        assert image.size == size
        xmp = image.info.get("xmp") or image.tag_v2[700]  # type: ignore[attr-defined]
    assert b'dc:source="a camera"' in xmp
    assert b'tiff:Orientation="1"' in xmp
    assert read_document(out).metadata.dpi == pytest.approx((240, 240), abs=0.02)


def test_the_small_picture_of_before_is_gone(tmp_path):
    source = jpeg(tmp_path / "in.jpg")
    assert source.read_bytes().count(b"\xff\xd8\xff") == 2
    out = through(source, tmp_path / "out.png")
    assert b"\xff\xd8\xff" not in out.read_bytes()
    assert not pillow_exif(out).get_ifd(1)


def test_a_comment_becomes_text(tmp_path):
    source = jpeg(tmp_path / "in.jpg")
    with Image.open(through(source, tmp_path / "out.png")) as image:
        assert image.info["Comment"] == "by hand"


def test_damaged_exif_does_no_harm(tmp_path):
    rng = np.random.default_rng(0)
    block = bytearray(with_thumbnail(photo_exif().tobytes()[6:]))
    for _ in range(300):
        broken = bytearray(block)
        for at in rng.integers(8, len(block), 6):
            broken[at] = rng.integers(0, 256)
        broken = broken[: rng.integers(4, len(block))]
        cleaned = exif_blocks.cleaned(bytes(broken), upright=(10, 20))
        assert cleaned is None or len(cleaned) == len(broken)
        list(exif_blocks.all_entries(exif_blocks.read_block(bytes(broken))))


# ---- TIFF


@pytest.mark.parametrize("suffix", [".tif", ".png", ".webp"])
def test_the_resolution_of_a_tiff(tmp_path, suffix):
    out = through(HERE / "tif-300dpi.tif", tmp_path / f"out{suffix}")
    assert read_document(out).metadata.dpi == pytest.approx((300, 300), abs=0.01)
    if suffix == ".tif":
        with tifffile.TiffFile(out) as tiff:
            assert tiff.pages[0].tags[282].value == (300, 1)
            assert tiff.pages[0].tags[296].value == 2


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("big", [False, True])
def test_tags_of_a_tiff(tmp_path, byteorder, dtype, big):
    pixels = np.zeros((20, 30, 3), dtype)
    geo = (1.0, 2.0, 0.0, 10.5, 20.25, 0.0)
    tags = [
        (315, 2, 0, "somebody", True),
        (33922, 12, 6, geo, True),
        (700, 1, len(XMP), XMP, True),
        (34377, 7, 20, b"8BIM" + bytes(16), True),
    ]
    tifffile.imwrite(
        tmp_path / "in.tif",
        pixels,
        photometric="rgb",
        byteorder=byteorder,
        bigtiff=big,
        resolution=(118.11, 118.11),
        resolutionunit="CENTIMETER",
        description="a hill",
        software="a scanner",
        metadata=None,
        extratags=tags,
    )
    out = through(tmp_path / "in.tif", tmp_path / "out.tif")
    with tifffile.TiffFile(out) as tiff:
        found = tiff.pages[0].tags
        assert found[270].value == "a hill"
        assert found[305].value == "a scanner"
        assert found[315].value == "somebody"
        assert found[33922].value == geo
        assert 34377 not in found, "Photoshop's own thumbnail and layers are of the old picture"
        assert b'tiff:Orientation="1"' in found[700].value
        assert found[282].value == (300, 1)
        assert (tiff.pages[0].asarray().shape, tiff.pages[0].dtype) == ((20, 30, 3), pixels.dtype)
    if dtype != "float32":
        exif = pillow_exif(through(tmp_path / "in.tif", tmp_path / "out.png"))
        assert (exif[270], exif[315]) == ("a hill", "somebody")


def test_exif_of_a_tiff(tmp_path):
    first = through(jpeg(tmp_path / "in.jpg"), tmp_path / "first.tif")
    data = bytearray(first.read_bytes())
    at = data.rindex(struct.pack("<HHI", 296, 3, 1))  # its unit becomes an orientation
    data[at : at + 10] = struct.pack("<HHIH", 274, 3, 1, 6)
    first.write_bytes(data)
    out = through(first, tmp_path / "out.tif")
    exif = pillow_exif(out)
    assert exif.get(0x0112, 1) == 1
    assert exif.get_ifd(0x8769)[0x829A] == pytest.approx(0.004)
    assert exif.get_ifd(0x8825)[1] == "N"
    with Image.open(out) as turned:
        assert turned.size == (40, 30)


def test_iptc_goes_from_tiff_to_png_and_back(tmp_path):
    records = b"\x1c\x02\x78\x00\x05words"
    tags = [(33723, 7, len(records), records, True)]
    pixels = np.zeros((20, 30, 3), np.uint8)
    tifffile.imwrite(tmp_path / "in.tif", pixels, photometric="rgb", extratags=tags)
    png = through(tmp_path / "in.tif", tmp_path / "a.png")
    assert read_document(png).metadata.iptc == records
    with tifffile.TiffFile(through(png, tmp_path / "b.tif")) as tiff:
        assert tiff.pages[0].tags[33723].value == records


# ---- OpenRaster


def test_openraster_holds_it_until_a_flat_file_is_written(tmp_path):
    source = HERE / "png-text-xmp-exif-300dpi.png"
    ora = through(source, tmp_path / "a.ora")
    with zipfile.ZipFile(ora) as archive:
        stack = archive.read("stack.xml")
        with Image.open(io.BytesIO(archive.read("mergedimage.png"))) as image:
            assert image.info["Author"] == "somebody"
    assert b'xres="300" yres="300"' in stack
    host = FileHost(path=ora, layer=source.stem)
    save(host, tmp_path / "back.png")
    assert sorted(chunks(tmp_path / "back.png")) == sorted(upright(chunks(source)))


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".ora"])
def test_the_mark_is_written_only_when_asked_for(tmp_path, suffix):
    source = jpeg(tmp_path / "in.jpg")
    plain = through(source, tmp_path / f"plain{suffix}")
    marked = through(source, tmp_path / f"marked{suffix}", mark_ai=True)
    assert b"DigitalSourceType" not in (read_document(plain).metadata.xmp or b"")
    packet = read_document(marked).metadata.xmp or b""
    assert packet.count(AI_TOOK_PART.encode()) == 1
    assert b'dc:source="a camera"' in packet
