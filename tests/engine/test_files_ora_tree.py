# SPDX-License-Identifier: Apache-2.0
"""OpenRaster as a tree: an edit adds one layer, and all else in the file stays byte for byte."""

from __future__ import annotations

import gc
import io
import re
import struct
import warnings
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from protocol.ora_recipes import read_recipes
from protocol.plugin.host import NewLayer
from server.cli.editing.file_host import FileHost
from server.cli.editing.pixels import to_pixels
from server.cli.editing.save import save
from server.engine.api import Picture
from server.files import FileError, FileLayer, Group, compose, read_document, read_picture
from server.files.ora_archive import OraArchive

HERE = Path(__file__).parent / "pictures"
NAME = "[Pullbrush] move (abc123)"
RICH = """<?xml version="1.0" encoding="UTF-8"?>
<!-- painted by hand > and by heart -->
<image xmlns:mypaint="http://mypaint.org/ns/openraster" version="0.0.3" w="32" h="24" xres="300" yres="250">
 <stack>
  <stack name="Figures" opacity='0.5' isolation="isolate" edit-locked="true">
\t<layer name="Green &amp; &quot;blue&quot; >" src="data/a.png" x="3" y="2" selected="true"
        composite-op="svg:multiply" mypaint:hint="a>b"><annotation href="data/strokes.dat"/></layer>
   <filter type="blur"/>
   <layer src='data/b.png' name='Drawing' visibility = 'visible' alpha-preserve="true"/>
   <stack name="Empty"/>
  </stack>
  <text>words</text>
  <layer name="Paper" src="data/p.png" edit-locked="true"/>
 </stack>
 <view-state zoom="2"/>
</image>
"""


def png(width: int, height: int, color: tuple[int, ...]) -> bytes:
    target = io.BytesIO()
    Image.new("RGBA", (width, height), color).save(target, "PNG")
    return target.getvalue()


def rich_file(path: Path, stack: str = RICH) -> Path:
    members = {
        "data/a.png": png(20, 12, (30, 200, 60, 255)),
        "data/b.png": png(32, 24, (40, 60, 220, 128)),
        "data/p.png": png(32, 24, (250, 240, 230, 255)),
        "data/strokes.dat": b"strokes of another program",
        "mergedimage.png": png(32, 24, (1, 2, 3, 255)),
        "Thumbnails/thumbnail.png": png(8, 6, (1, 2, 3, 255)),
        "krita/notes.txt": b"kept " * 100,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
        archive.writestr("stack.xml", stack)
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def edited(
    source: Path, out: Path, layer: str, placement: str = "over", **kept: object
) -> FileHost:
    """The file with a small opaque result on a layer, as an edit writes it."""
    host = FileHost(path=source, layer=layer, **kept)  # type: ignore[arg-type]
    pixels = np.zeros((4, 5, 4), np.uint8)
    pixels[...] = (250, 10, 10, 255)
    made = replace(host.picture, pixels=pixels, rect=(6, 5, 5, 4))
    new = NewLayer(name=NAME, pixels=to_pixels(made, made.rect), above=host.source.name)
    if placement == "instead":
        new = replace(new, placement="instead", copy_of=host.source.name)
    host.write_layers([new], None, "move")
    save(host, out)
    return host


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_layer_is_added_and_nothing_else_is_touched(tmp_path):
    source, out = rich_file(tmp_path / "in.ora"), tmp_path / "out.ora"
    edited(source, out, "Drawing")
    before, after = members(source), members(out)
    added = set(after) - set(before)
    assert added == {"data/pullbrush-000.png"}
    same = set(before) - {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"}
    assert all(after[name] == before[name] for name in same)
    new = re.search(
        rb"<layer name=\"\[Pullbrush\][^>]*/>\n   (?=<layer src='data/b.png')", after["stack.xml"]
    )
    assert new is not None, "right above its source, in its group, indented as it"
    assert after["stack.xml"].replace(new.group(), b"") == before["stack.xml"]


def test_what_the_result_replaces_is_hidden_by_its_attribute_alone(tmp_path):
    source, out = rich_file(tmp_path / "in.ora"), tmp_path / "out.ora"
    edited(source, out, "Drawing", "instead")
    text = members(out)["stack.xml"]
    head = b"<layer pullbrush-hidden-by=\"abc123\" src='data/b.png' name='Drawing' visibility=\"hidden\""
    assert head + b' alpha-preserve="true"/>' in text
    again = edited(
        out, tmp_path / "again.ora", "Drawing", without=frozenset({NAME}), forgotten="abc1234567"
    )
    text = members(tmp_path / "again.ora")["stack.xml"]
    assert b"hidden-by" not in text
    assert b'visibility="visible"' in text
    assert again.document.layer("Drawing").visible
    assert sorted(members(tmp_path / "again.ora")) == sorted(members(out))


def test_a_result_made_again_takes_the_place_of_the_old_one(tmp_path):
    source, first, second = (tmp_path / f"{name}.ora" for name in ("in", "first", "second"))
    edited(rich_file(source), first, "Drawing")
    edited(first, second, "Drawing", without=frozenset({NAME}), forgotten="abc1234567")
    assert members(first) == members(second)


def test_the_tree_is_read_as_it_is(tmp_path):
    document = read_document(rich_file(tmp_path / "in.ora"))
    assert document.names == ('Green & "blue" >', "Drawing", "Paper")
    group = document.nodes[0]
    assert isinstance(group, Group)
    assert (group.name, group.opacity, group.isolated) == ("Figures", 0.5, True)
    assert [type(node) for node in group.children] == [FileLayer, FileLayer, Group]
    green = document.layer('Figures/Green & "blue" >')
    assert (green.offset, green.opacity, green.mode) == ((3, 2), 1.0, "svg:multiply")
    assert document.metadata.dpi == (300, 250)


def test_offsets_of_groups_hold_for_what_is_put_into_them(tmp_path):
    stack = RICH.replace('<stack name="Figures"', "<stack x='4' y='3' name=\"Figures\"")
    edited(rich_file(tmp_path / "in.ora", stack), tmp_path / "out.ora", "Drawing")
    document = read_document(tmp_path / "out.ora")
    assert document.layer("Drawing").offset == (4, 3)
    assert document.layer(NAME).offset == (6, 5)
    assert b'x="2" y="2"' in members(tmp_path / "out.ora")["stack.xml"]


def test_a_group_of_half_opacity_stays_one(tmp_path):
    """Two opaque figures over each other in a group of opacity 0.5, 300 dpi; the edit is small."""
    source, out = HERE / "ora-group-half-opacity.ora", tmp_path / "out.ora"
    edited(source, out, "Green")
    before, after = members(source), members(out)
    for name in ("data/a.png", "data/b.png", "data/p.png"):
        assert after[name] == before[name]
    assert b'xres="300" yres="300"' in after["stack.xml"]
    assert (
        b'<stack name="Figures" opacity="0.5" isolation="isolate"><layer name="[Pull'
        in after["stack.xml"]
    )
    old = imagecodecs.png_decode(before["mergedimage.png"]).astype(int)[..., :3]
    new = imagecodecs.png_decode(after["mergedimage.png"]).astype(int)[..., :3]
    where = np.abs(old - new).max(axis=-1) > 1
    assert where[5:9, 6:11].all()
    where[5:9, 6:11] = False
    assert not where.any(), "the picture is another one far from the edit"
    with Image.open(io.BytesIO(after["mergedimage.png"])) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    flat = tmp_path / "out.png"
    edited(source, flat, "Green")
    assert (read_picture(flat).pixels[..., :3] == new).all()


def test_the_edit_sees_what_the_artist_sees(tmp_path):
    host = FileHost(path=rich_file(tmp_path / "in.ora"), merged=True)
    paper, drawing, green = (
        np.array(c) / 255 for c in ((250, 240, 230), (40, 60, 220), (30, 200, 60))
    )
    alpha = 128 / 255
    both = (1 - alpha) * green + alpha * green * drawing  # multiply on what is half there
    color = both * 1.0 + 0 * drawing
    assert host.picture.pixels.shape == (24, 32, 4)
    seen = 0.5 * color + 0.5 * paper
    assert host.picture.pixels[8, 10, :3] == pytest.approx(seen * 255, abs=1)
    seen = 0.5 * alpha * drawing + (1 - 0.5 * alpha) * paper
    assert host.picture.pixels[0, 0, :3] == pytest.approx(seen * 255, abs=1)


def test_a_group_that_is_not_isolated_lies_on_what_is_below(tmp_path):
    stack = RICH.replace("opacity='0.5' isolation=\"isolate\"", "isolation='auto'")
    host = FileHost(path=rich_file(tmp_path / "in.ora", stack), merged=True)
    alpha = 128 / 255
    paper, drawing, green = (
        np.array(c) / 255 for c in ((250, 240, 230), (40, 60, 220), (30, 200, 60))
    )
    seen = green * (alpha * drawing + (1 - alpha) * paper)
    assert host.picture.pixels[8, 10, :3] == pytest.approx(seen * 255, abs=1)


def test_modes_that_nobody_defined_are_refused_by_name(tmp_path):
    stack = RICH.replace("svg:multiply", "krita:vivid_light")
    path = rich_file(tmp_path / "in.ora", stack)
    with pytest.raises(FileError, match=r"layer “Green.*“krita:vivid_light”.*merge it with"):
        _ = FileHost(path=path, merged=True).document
    hidden = stack.replace('selected="true"', 'visibility="hidden"')
    assert FileHost(path=rich_file(path, hidden), merged=True).picture.pixels.shape == (24, 32, 4)


def test_a_file_is_closed_with_the_last_of_what_was_read_of_it(tmp_path, monkeypatch):
    """Also where that goes in a circle, as with a traceback: zipfile itself may come after its file is gone."""
    monkeypatch.setattr(zipfile.ZipFile, "__del__", lambda _self: None)
    path = rich_file(tmp_path / "in.ora", RICH)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        circle = [OraArchive(path)]
        circle.append(circle)
        del circle
        gc.collect()
    assert not seen


def test_drawings_are_named(tmp_path):
    path = rich_file(tmp_path / "in.ora", RICH.replace("data/b.png", "data/b.svg"))
    with pytest.raises(FileError, match=r"layer “Drawing” of in.ora is a drawing \(SVG\)"):
        _ = FileHost(path=path, layer="Paper").document


def test_layers_of_the_same_name_are_told_apart_by_their_groups(tmp_path):
    path = rich_file(tmp_path / "in.ora", RICH.replace('name="Paper"', 'name="Drawing"'))
    with pytest.raises(
        FileError, match=r"2 layers called “Drawing”; .*“Figures/Drawing”, “/Drawing”$"
    ):
        read_document(path).layer("Drawing")
    assert read_document(path).layer("Figures/Drawing").element == 3
    host = FileHost(path=path, layer="/Drawing", mask="Figures/Drawing")
    assert host.source is host.document.nodes[-1]
    assert host.selection is not None
    edited(path, tmp_path / "out.ora", "/Drawing")
    assert [node.name for node in read_document(tmp_path / "out.ora").nodes][1:] == [
        NAME,
        "Drawing",
    ]


def test_a_group_is_no_layer_and_names_those_in_it(tmp_path):
    path = rich_file(tmp_path / "in.ora")
    for name in ("Figures", "/Figures"):
        with pytest.raises(
            FileError,
            match=rf"“{name}” of in.ora is a group; name a layer in it \(.*“Drawing”\), .*--merged",
        ):
            read_document(path).layer(name)
    with pytest.raises(
        FileError, match=r"“Figures/Empty” of in.ora is a group; there is no layer in it"
    ):
        read_document(path).layer("Figures/Empty")
    assert read_document(path).layer("Drawing").name == "Drawing"


def test_recipes_are_still_found(tmp_path):
    source, out = rich_file(tmp_path / "in.ora"), tmp_path / "out.ora"
    edited(source, out, "Drawing")
    assert read_recipes(out) == ({}, [])


# ---- meant to harm


def nested(depth: int) -> str:
    inside = "<layer name='a' src='data/a.png'/>"
    return f"<image w='32' h='24'><stack>{'<stack>' * depth}{inside}{'</stack>' * depth}</stack></image>"


def test_groups_in_groups_end_somewhere(tmp_path):
    assert read_document(rich_file(tmp_path / "a.ora", nested(60))).names == ("a",)
    with pytest.raises(FileError, match="groups lie more than 64 deep"):
        read_document(rich_file(tmp_path / "a.ora", nested(500_000)))


def test_what_is_not_ours_may_be_as_deep_as_it_likes(tmp_path):
    deep = f"<layer name='a' src='data/a.png'>{'<x>' * 40}{'</x>' * 40}</layer>"
    stack = f"<image w='32' h='24'><stack>{deep}</stack></image>"
    assert read_document(rich_file(tmp_path / "a.ora", stack)).names == ("a",)


def test_there_are_not_a_hundred_thousand_layers(tmp_path):
    layers = "<layer name='a' src='data/a.png'/>" * 100_000
    stack = f"<image w='32' h='24'><stack>{layers}</stack></image>"
    with pytest.raises(FileError, match="more than 20000 layers and groups"):
        read_document(rich_file(tmp_path / "a.ora", stack))


def test_layers_that_are_a_bomb_together_are_refused(tmp_path):
    body = struct.pack(">IIBBBBB", 16384, 16384, 8, 6, 0, 0, 0)
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + body
    header += struct.pack(">I", zlib.crc32(b"IHDR" + body))
    layers = "".join(f"<layer name='{i}' src='data/{i}.png'/>" for i in range(70))
    path = rich_file(tmp_path / "a.ora", f"<image w='32' h='24'><stack>{layers}</stack></image>")
    with zipfile.ZipFile(path, "a") as archive:
        for i in range(70):
            archive.writestr(f"data/{i}.png", header)
    with pytest.raises(FileError, match="pixels together, more than"):
        read_document(path)


def test_opening_many_layers_reads_the_directory_once(tmp_path, monkeypatch):
    layers = "".join(f"<layer name='{i}' src='data/a.png'/>" for i in range(500))
    path = rich_file(tmp_path / "a.ora", f"<image w='32' h='24'><stack>{layers}</stack></image>")
    opened: list[object] = []
    real = zipfile.ZipFile.__init__

    def counted(self: zipfile.ZipFile, *given: object, **named: object) -> None:
        opened.append(given)
        real(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(zipfile.ZipFile, "__init__", counted)
    document = read_document(path)
    like = document.layers[0].load()
    compose(document.nodes, document.size, like=replace(like, document=document.size))
    assert len(opened) <= 2


def test_a_damaged_source_leaves_the_old_result(tmp_path):
    source, out = rich_file(tmp_path / "in.ora"), tmp_path / "out.ora"
    out.write_bytes(b"precious")
    data = bytearray(source.read_bytes())
    at = data.index(b"krita/notes.txt") + len(b"krita/notes.txt")
    data[at : at + 3] = b"\xff\xff\xff"
    source.write_bytes(data)
    with pytest.raises(FileError, match=r"“krita/notes.txt” in it cannot be read"):
        edited(source, out, "Drawing")
    assert out.read_bytes() == b"precious"


def test_the_picture_of_a_gray_layer_under_colors_keeps_them(tmp_path):
    gray = Picture(pixels=np.full((8, 8, 1), 90, np.uint8), rect=(0, 0, 8, 8), document=(8, 8))
    red = np.zeros((8, 8, 4), np.uint8)
    red[:4] = (255, 0, 0, 255)
    color = replace(gray, pixels=red)
    nodes = [FileLayer(name="red", load=lambda: color), FileLayer(name="gray", load=lambda: gray)]
    seen = compose(nodes, (8, 8), like=gray).pixels
    assert seen[0, 0, :3].tolist() == [255, 0, 0]
    assert seen[7, 0, :3].tolist() == [90, 90, 90]
