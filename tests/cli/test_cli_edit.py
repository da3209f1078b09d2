# SPDX-License-Identifier: Apache-2.0
"""Edits from file to file: what is written, and that nothing else changed. The warp, because it is quick."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Run
from PIL import Image, ImageCms

from server.engine.api import Picture
from server.files import OraLayer, read_document, read_picture, write_flat, write_ora
from server.lab.example import PLACE as EXAMPLE

WARP = ("--method", "warp")
DRAG = ("--drag", "66.7,62:66.7,40", "--drag", "20,150", *WARP)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where two pictures differ, (h, w)."""
    return (before != after).any(axis=-1)


def as_kind(scene: Path, dtype: str, channels: int, icc: bytes | None) -> Picture:
    """The scene in another depth, with other channels."""
    rgb = read_picture(scene).pixels.astype(np.float64) / 255
    gray = rgb.mean(axis=2, keepdims=True)
    alpha = np.ones_like(gray)
    alpha[:40, :40] = 0.5
    parts = {1: [gray], 2: [gray, alpha], 3: [rgb], 4: [rgb, alpha]}[channels]
    unit = np.concatenate(parts, axis=2)
    top = np.iinfo(dtype).max if dtype.startswith("u") else 1
    pixels = (np.rint(unit * top) if top > 1 else unit).astype(dtype)
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height), icc=icc)


def test_openraster_keeps_the_source_and_adds_one_layer(pullbrush: Run, scene: Path) -> None:
    out = scene.with_name("out.ora")
    done = pullbrush("edit", "drag", scene, *DRAG, "--seed", "5", "-o", out)
    assert done.returncode == 0, done.stderr
    document = read_document(out)
    assert len(document.layers) == 2
    result, source = document.layers
    before = read_picture(scene).pixels
    assert source.name == "lake"
    assert (source.load().pixels == before).all()
    assert result.name.startswith("drag [Pullbrush] (")
    layer = result.load()
    assert layer.pixels.shape[2] == 4
    assert 0 < (layer.pixels[..., 3] > 0).sum() < before[..., 0].size / 2
    names = [name for name in document.entries if name.endswith(".json")]
    recipe = json.loads(document.entries[names[0]]())
    assert len(names) == 1
    assert recipe["edit"] == "drag"
    assert recipe["seed"] == 5
    assert recipe["params"]["drags"][0] == [[66.7, 62.0], [66.7, 40.0]]
    assert recipe["id"][:6] in result.name


@pytest.mark.parametrize(
    ("suffix", "dtype", "channels"),
    [
        (".png", "uint8", 3),
        (".png", "uint8", 1),
        (".png", "uint16", 4),
        (".tif", "uint8", 4),
        (".tif", "uint16", 3),
        (".tif", "uint16", 1),
        (".tif", "float32", 3),
    ],
)
def test_flat_files_keep_depth_profile_and_all_outside(
    pullbrush: Run, scene: Path, suffix: str, dtype: str, channels: int
) -> None:
    icc = None
    if channels >= 3 and dtype != "float32":
        icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    given = as_kind(scene, dtype, channels, icc)
    source, out = scene.with_name("in" + suffix), scene.with_name("out" + suffix)
    write_flat(source, given)
    done = pullbrush("edit", "drag", source, *DRAG, "-o", out)
    assert done.returncode == 0, done.stderr
    after = read_picture(out)
    assert after.pixels.dtype == np.dtype(dtype)
    assert after.pixels.shape == given.pixels.shape
    assert after.icc == given.icc
    where = changed(read_picture(source).pixels, after.pixels)
    assert where.any()
    # The plan said what may change at most; the mountain's top is far from these.
    assert not where[200:].any()
    assert not where[:, 180:].any()


def test_jpeg_can_be_edited(pullbrush: Run, scene: Path) -> None:
    source, out = scene.with_name("in.jpg"), scene.with_name("out.ora")
    Image.open(scene).save(source, quality=95)
    done = pullbrush("edit", "drag", source, *DRAG, "-o", out)
    assert done.returncode == 0, done.stderr
    assert (read_document(out).layer("in").load().pixels == read_picture(source).pixels).all()


def test_only_the_mask_may_change(pullbrush: Run, scene: Path) -> None:
    mask = np.zeros((256, 256), np.uint8)
    mask[30:110, 30:110] = 255
    Image.fromarray(mask).save(scene.with_name("area.png"))
    out = scene.with_name("out.png")
    area = scene.with_name("area.png")
    done = pullbrush("edit", "drag", scene, *DRAG, "--mask", area, "-o", out)
    assert done.returncode == 0, done.stderr
    where = changed(read_picture(scene).pixels, read_picture(out).pixels)
    assert where.any()
    assert not where[mask == 0].any()


def test_layers_of_an_openraster_file_by_name(pullbrush: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.ora"
    layer = ("--layer", "lake", "--mask", "sun")
    done = pullbrush("edit", "move", EXAMPLE, *layer, "--by", "-20,-30", *WARP, "-o", out)
    assert done.returncode == 0, done.stderr
    names = read_document(out).names
    assert names[:2] == ("sun", "mountain")
    assert names[2].startswith("move [Pullbrush] (")
    assert names[3] == "lake"
    for name in ("sun", "mountain", "lake"):  # what was there is there, byte for byte
        old, new = read_document(EXAMPLE).layer(name), read_document(out).layer(name)
        assert old.png is not None
        assert new.png is not None
        assert old.png() == new.png()
        assert old.visible == new.visible


def test_all_visible_layers_together(pullbrush: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "first.ora", tmp_path / "second.ora"
    layer = ("--layer", "lake", "--mask", "sun")
    pullbrush("edit", "move", EXAMPLE, *layer, "--by", "0,-30", *WARP, "-o", first)
    done = pullbrush("edit", "drag", first, "--merged", *DRAG, "-o", second)
    assert done.returncode == 0, done.stderr
    names = read_document(second).names
    assert names[0].startswith("drag [Pullbrush] (")
    assert len([name for name in names if "[Pullbrush]" in name]) == 2


def test_redo_gives_the_same_pixels(pullbrush: Run, scene: Path) -> None:
    first, second = scene.with_name("first.ora"), scene.with_name("second.ora")
    mask = scene.with_name("mask.png")
    edit = ("edit", "move", scene, "--mask", mask, "--by", "9,-30", *WARP, "-o", first)
    assert pullbrush(*edit).returncode == 0
    mask.unlink()  # the recipe carries the mask
    done = pullbrush("redo", first, "-o", second)
    assert done.returncode == 0, done.stderr
    one, two = read_document(first), read_document(second)
    assert one.names == two.names
    assert (one.layers[0].load().pixels == two.layers[0].load().pixels).all()
    assert sorted(one.entries) == sorted(two.entries)


def test_redo_with_other_settings(pullbrush: Run, scene: Path) -> None:
    first, second = scene.with_name("first.ora"), scene.with_name("second.ora")
    assert pullbrush("edit", "drag", scene, *DRAG, "-o", first).returncode == 0
    new = ("--set", "drag=66.7,62:80,44", "--set", "drag=30,140", "--set", "seed=8")
    done = pullbrush("redo", first, *new, "-o", second)
    assert done.returncode == 0, done.stderr
    document = read_document(second)
    assert len(document.layers) == 2  # the new result is in the place of the old one
    recipes = [name for name in document.entries if name.endswith(".json")]
    assert len(recipes) == 1
    recipe = json.loads(document.entries[recipes[0]]())
    assert recipe["params"]["drags"] == [[[66.7, 62.0], [80.0, 44.0]], [[30.0, 140.0]]]
    assert recipe["seed"] == 8


def test_redo_after_another_program_saved_it(pullbrush: Run, scene: Path) -> None:
    """Paint programs keep the layer's name and drop the recipe; the local store has it."""
    first, saved, again = (scene.with_name(f"{n}.ora") for n in ("first", "saved", "again"))
    assert pullbrush("edit", "drag", scene, *DRAG, "-o", first).returncode == 0
    document = read_document(first)
    layers = [OraLayer(name=one.name, picture=one.load()) for one in document.layers]
    merged = replace(read_picture(scene))
    write_ora(saved, size=document.size, layers=layers, merged=merged)
    done = pullbrush("redo", saved, "-o", again)
    assert done.returncode == 0, done.stderr
    assert (read_document(again).layers[0].load().pixels == document.layers[0].load().pixels).all()


def test_quiet_says_nothing(pullbrush: Run, scene: Path) -> None:
    done = pullbrush("edit", "drag", scene, *DRAG, "-q", "-o", scene.with_name("out.png"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_plan_is_said_beforehand(pullbrush: Run, scene: Path) -> None:
    done = pullbrush("edit", "drag", scene, *DRAG, "-o", scene.with_name("out.png"))
    assert "May change" in done.stderr
    assert "model scenes" in done.stderr


def test_an_interrupted_edit_writes_nothing(scene: Path, pullbrush: Run) -> None:
    """Ctrl+C while the model works: one sentence, and the engine lives on."""
    out = scene.with_name("out.ora")
    command = [
        sys.executable,
        "-m",
        "server.cli",
        "edit",
        "drag",
        str(scene),
        "--drag",
        "66.7,62:66.7,40",
    ]
    asked = [*command, "--preset", "faithful", "-o", str(out)]
    with subprocess.Popen(
        asked,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "May change" in line:
                break
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "Cancelled; nothing was written." in rest
    assert "Traceback" not in rest
    assert not out.exists()
    done = pullbrush("edit", "drag", scene, *DRAG, "-o", out)
    assert done.returncode == 0, done.stderr
