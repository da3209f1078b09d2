# SPDX-License-Identifier: Apache-2.0
"""What becomes of a result in a file: every placement, depth, alpha and kind of file, pixel for pixel.

The host is the real one; the result is handed to it as a session does.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Run
from PIL import Image

from protocol.plugin.host import NewLayer
from server.cli.editing.file_host import MERGED, FileHost
from server.cli.editing.pixels import to_pixels
from server.cli.editing.save import save
from server.engine.api import Picture
from server.engine.canvas import composite_over
from server.files import OraLayer, read_document, read_picture, write_flat, write_ora

SIZE = (60, 44)
BOX = (10, 8, 20, 16)
"""Where the edit changed something; far from the shape at the right."""
DEPTHS = ("uint8", "uint16", "float32")
NAME = "[Pullbrush] move (abc123)"


def source_of(dtype: str, alpha: str) -> Picture:
    """Two shapes on nothing (`soft`), or a picture without holes (`opaque`, with an alpha channel or without)."""
    width, height = SIZE
    y, x = np.mgrid[:height, :width]
    unit = np.stack((x / width, y / height, (x + y) / (width + height)), axis=-1)
    cover = np.zeros((height, width))
    for cx, cy in ((20, 16), (48, 30)):
        cover = np.maximum(cover, np.clip(11 - np.hypot(x - cx, y - cy), 0, 4) / 4)
    if alpha != "none":
        unit = np.dstack((unit, cover if alpha == "soft" else np.ones_like(cover)))
    top = np.iinfo(dtype).max if dtype.startswith("u") else 1
    values = np.rint(unit * top) if top > 1 else unit
    pixels = values.astype(dtype)
    linear = dtype == "float32"
    return Picture(pixels=pixels, rect=(0, 0, *SIZE), document=SIZE, linear=linear)


def result_of(source: Picture) -> Picture:
    """The box with half of it cleared and a color in the rest."""
    top = np.iinfo(source.pixels.dtype).max if source.pixels.dtype.kind == "u" else 1
    pixels = np.zeros((BOX[3], BOX[2], 4), source.pixels.dtype)
    pixels[:, : BOX[2] // 2] = np.array((1, 0.5, 0, 1)) * top
    return replace(source, pixels=pixels, rect=BOX)


def new_layer(source: Picture, placement: str, above: str) -> NewLayer:
    pixels = to_pixels(result_of(source), BOX)
    made = NewLayer(name=NAME, pixels=pixels, above=above, placement=placement)  # type: ignore[arg-type]
    return replace(made, copy_of=above) if placement == "instead" else made


def expected(source: Picture, placement: str) -> np.ndarray:
    """What is seen of the source and the result, with an alpha channel."""
    if source.pixels.shape[2] == 3:
        top = np.iinfo(source.pixels.dtype).max if source.pixels.dtype.kind == "u" else 1
        full = np.full((*source.pixels.shape[:2], 1), top, source.pixels.dtype)
        source = replace(source, pixels=np.dstack((source.pixels, full)))
    if placement == "over":
        return composite_over(source, result_of(source)).pixels
    pixels = source.pixels.copy()
    pixels[BOX[1] : BOX[1] + BOX[3], BOX[0] : BOX[0] + BOX[2]] = result_of(source).pixels
    return pixels


def with_alpha(pixels: np.ndarray) -> np.ndarray:
    if pixels.shape[2] == 4:
        return pixels
    top = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    return np.dstack((pixels, np.full((*pixels.shape[:2], 1), top, pixels.dtype)))


def edited(place: Path, source: Picture, placement: str, layer: str | None = None) -> FileHost:
    host = FileHost(path=place, layer=layer)
    host.write_layers([new_layer(source, placement, host.source.name)], None, "move")
    return host


EVERY = list(
    itertools.product(
        ("over", "instead"), DEPTHS, ("none", "opaque", "soft"), (".png", ".tif", ".ora")
    )
)


@pytest.mark.parametrize(("placement", "dtype", "alpha", "suffix"), EVERY)
def test_a_flat_file_keeps_all_beside_the_edit(tmp_path, placement, dtype, alpha, suffix):
    source = source_of(dtype, alpha)
    place = tmp_path / ("in.tif" if dtype == "float32" else "in.png")
    write_flat(place, source)
    host = edited(place, source, placement)
    out = tmp_path / f"out{suffix}"
    if suffix == ".png" and dtype == "float32":
        suffix, out = ".tif", tmp_path / "out.tif"  # PNG holds no floats
    save(host, out)
    if suffix != ".ora":
        shown = read_picture(out)
        assert shown.rect == (0, 0, *SIZE)
        assert shown.pixels.dtype == np.dtype(dtype)
        assert (with_alpha(shown.pixels) == expected(source, placement)).all()
        return
    document = read_document(out)
    result, kept = document.layers
    assert (kept.load().pixels == source.pixels).all()
    assert kept.visible == (placement == "over")
    if placement == "instead":
        assert result.load().rect == (0, 0, *SIZE), "a full copy, not what was read"
        assert (result.load().pixels == expected(source, placement)).all()
    else:
        assert result.load().rect == BOX


@pytest.mark.parametrize("placement", ["over", "instead"])
@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("alpha", ["none", "opaque", "soft"])
@pytest.mark.parametrize("suffix", [".ora", ".tif"])
def test_a_layer_of_an_openraster_file_keeps_all_beside_the_edit(
    tmp_path, placement, dtype, alpha, suffix
):
    source = source_of(dtype, alpha)
    small = replace(source, pixels=source.pixels[4:, 6:], rect=(6, 4, SIZE[0] - 6, SIZE[1] - 4))
    paper = replace(source_of(dtype, "none"), pixels=source_of(dtype, "none").pixels[::-1].copy())
    layers = [OraLayer(name="shapes", picture=small), OraLayer(name="paper", picture=paper)]
    place, out = tmp_path / "in.ora", tmp_path / f"out{suffix}"
    write_ora(place, size=SIZE, layers=layers, merged=paper)
    save(edited(place, small, placement, "shapes"), out)
    shapes = np.zeros((SIZE[1], SIZE[0], 4), dtype)
    shapes[4:, 6:] = with_alpha(small.pixels)
    whole = replace(small, pixels=shapes, rect=(0, 0, *SIZE))
    seen = composite_over(paper, replace(whole, pixels=expected(whole, placement))).pixels
    if suffix == ".tif":
        step = 1 if dtype != "float32" else 1e-6
        shown = read_picture(out).pixels.astype(float)
        assert np.abs(shown[..., :3] - seen.astype(float)).max() <= step
        return
    document = read_document(out)
    assert document.names == (NAME, "shapes", "paper")
    assert [layer.visible for layer in document.layers] == [True, placement == "over", True]
    assert (document.layer("shapes").load().pixels == small.pixels).all()
    result = document.layer(NAME).load()
    assert result.rect == (small.rect if placement == "instead" else BOX)


@pytest.mark.parametrize("placement", ["over", "instead"])
def test_all_layers_together(tmp_path, placement):
    """Above everything; `instead` hides everything, and doing it again shows it again first."""
    source = source_of("uint8", "soft")
    lower = replace(source, pixels=np.roll(source.pixels, 9, axis=0))
    layers = [OraLayer(name="a", picture=source), OraLayer(name="b", picture=lower, opacity=0.5)]
    hidden = OraLayer(name="sketch", picture=source, visible=False)
    write_ora(tmp_path / "in.ora", size=SIZE, layers=[hidden, *layers], merged=source)
    host = FileHost(path=tmp_path / "in.ora", merged=True)
    seen = host.picture
    host.write_layers([new_layer(seen, placement, MERGED)], None, "move")
    save(host, tmp_path / "out.ora")
    document = read_document(tmp_path / "out.ora")
    assert document.names == (NAME, "sketch", "a", "b")
    shown = placement == "over"
    assert [layer.visible for layer in document.layers] == [True, False, shown, shown]
    flat = FileHost(path=tmp_path / "out.ora", merged=True).picture.pixels
    assert (flat == expected(seen, placement)).all()
    again = FileHost(
        path=tmp_path / "out.ora", merged=True, without=frozenset({NAME}), forgotten="abc12345"
    )
    assert (again.picture.pixels == seen.pixels).all()


@pytest.mark.parametrize(("opacity", "mode"), [(0.5, "svg:src-over"), (1.0, "svg:multiply")])
def test_a_result_on_a_faded_or_blended_layer_is_seen_as_that_layer_is(tmp_path, opacity, mode):
    """A layer above would show the edit in full, and what it covers through it."""
    source = source_of("uint8", "soft")
    paper = replace(source_of("uint8", "none"), pixels=np.full((44, 60, 3), 200, np.uint8))
    layers = [
        OraLayer(name="ink", picture=source, opacity=opacity, mode=mode),
        OraLayer(name="paper", picture=paper),
    ]
    write_ora(tmp_path / "in.ora", size=SIZE, layers=layers, merged=paper)
    save(edited(tmp_path / "in.ora", source, "over", "ink"), tmp_path / "out.ora")
    result, ink, _ = read_document(tmp_path / "out.ora").layers
    assert (result.opacity, result.mode, ink.visible) == (opacity, mode, False)
    assert (result.load().pixels == expected(source, "over")).all()
    before = FileHost(path=tmp_path / "in.ora", merged=True).picture.pixels
    after = FileHost(path=tmp_path / "out.ora", merged=True).picture.pixels
    where = (before != after).any(axis=-1)
    assert where.any()
    where[BOX[1] : BOX[1] + BOX[3], BOX[0] : BOX[0] + BOX[2]] = False
    assert not where.any()


@pytest.mark.parametrize("suffix", [".png", ".ora"])
def test_moving_one_of_two_shapes_leaves_the_other(pullbrush: Run, tmp_path: Path, suffix) -> None:
    """The whole way, with the engine: the result of a picture with holes is as large as it."""
    pixels = np.zeros((300, 400, 4), np.uint8)
    pixels[60:120, 60:120] = (200, 40, 30, 255)
    pixels[200:270, 300:380] = (20, 90, 200, 255)
    mask = np.zeros((300, 400), np.uint8)
    mask[55:125, 55:125] = 255
    Image.fromarray(pixels).save(tmp_path / "shapes.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    out = tmp_path / f"out{suffix}"
    edit = ("edit", "move", tmp_path / "shapes.png", "--mask", tmp_path / "mask.png")
    done = pullbrush(*edit, "--by", "40,20", "--method", "warp", "-o", out)
    assert done.returncode == 0, done.stderr
    seen = FileHost(path=out, merged=suffix == ".ora").picture.pixels
    assert seen.shape == (300, 400, 4)
    assert (seen[190:, 290:] == pixels[190:, 290:]).all(), "the other shape"
    assert seen[62:78, 62:98, 3].max() == 0, "where it was is empty now"
    assert (seen[100:120, 120:150, 3] > 250).all(), "and there it is"


@pytest.mark.parametrize(
    ("asked", "always", "marked"),
    [((), "", False), (("--mark-ai",), "", True), ((), "1", True), (("--no-mark-ai",), "1", False)],
)
def test_the_mark_is_an_option_and_a_setting(
    pullbrush: Run, scene: Path, monkeypatch: pytest.MonkeyPatch, asked, always, marked
) -> None:
    monkeypatch.setenv("PULLBRUSH_MARK_AI", always)
    drag = ("--drag", "66.7,62:66.7,40", "--method", "warp")
    first, again = scene.with_name("first.ora"), scene.with_name("again.ora")
    done = pullbrush("edit", "drag", scene, *drag, *asked, "-o", first)
    assert done.returncode == 0, done.stderr
    done = pullbrush("redo", first, *asked, "--set", "seed=2", "-o", again)
    assert done.returncode == 0, done.stderr
    for place in (first, again):
        packet = read_document(place).metadata.xmp or b""
        assert (b"compositeWithTrainedAlgorithmicMedia" in packet) == marked
