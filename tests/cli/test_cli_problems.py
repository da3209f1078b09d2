# SPDX-License-Identifier: Apache-2.0
"""Bad input gets one clear sentence and exit code 2, and nothing is written or lost."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Run
from PIL import Image

from server.lab.example import PLACE as EXAMPLE

DRAG = "66,62:66,40"
WARP = ("--method", "warp")


def assert_sentence(done, *words: str, code: int = 2) -> None:
    """One line, no traceback, the words that tell what to do."""
    assert done.returncode == code, (done.stdout, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("pullbrush: ")]
    assert len(said) == 1, done.stderr
    assert lines[-1] == said[0]
    assert "Traceback" not in done.stderr
    assert "Error:" not in done.stderr
    assert said[0].endswith((".", "!")), said[0]
    for word in words:
        assert word in said[0], said[0]


@pytest.fixture
def folder(scene: Path) -> Path:
    """The scene with all kinds of unusable company."""
    here = scene.parent
    Image.fromarray(np.zeros((256, 256), np.uint8)).save(here / "empty.png")
    Image.fromarray(np.full((64, 64), 255, np.uint8)).save(here / "small.png")
    (here / "text.png").write_text("this is no picture")
    (here / "broken.png").write_bytes(scene.read_bytes()[:2000])
    (here / "broken.ora").write_bytes(EXAMPLE.read_bytes()[:20_000])
    (here / "model.ckpt").write_bytes(b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00")
    (here / "disguised.safetensors").write_bytes(b"\x80\x04\x95" + b"\x00" * 300)
    shutil.copyfile(EXAMPLE, here / "lake.ora")
    with zipfile.ZipFile(here / "zip.ora", "w") as archive:
        archive.writestr("hello.txt", "hello")
    return here


BAD_EDITS = {
    "missing file": (("nothing.png", "--drag", DRAG), ("nothing.png",)),
    "a folder": ((".", "--drag", DRAG), ("folder",)),
    "no picture": (("text.png", "--drag", DRAG), ("text.png", "OpenRaster")),
    "truncated png": (("broken.png", "--drag", DRAG), ("broken.png",)),
    "truncated ora": (("broken.ora", "--drag", DRAG), ("broken.ora",)),
    "zip, not ora": (("zip.ora", "--drag", DRAG), ("zip.ora",)),
    "start outside": (("lake.png", "--drag", "300,10:200,10"), ("300,10", "256 × 256")),
    "end outside": (("lake.png", "--drag", "30,10:30,-5"), ("30,-5", "outside")),
    "text for a number": (("lake.png", "--drag", "a,b:1,2"), ("--drag", "“a”")),
    "half a drag": (("lake.png", "--drag", "10:20"), ("--drag", "X0,Y0:X1,Y1")),
    "only a pin": (("lake.png", "--drag", "10,20"), ("--drag",)),
    "seed no number": (("lake.png", "--drag", DRAG, "--seed", "x"), ("--seed", "whole number")),
    "seed negative": (("lake.png", "--drag", DRAG, "--seed", "-1"), ("--seed",)),
    "unknown preset": (("lake.png", "--drag", DRAG, "--preset", "best"), ("quick, balanced",)),
    "not a number": (("lake.png", "--drag", "nan,1:2,3"), ("--drag",)),
    "strength too high": (("lake.png", "--drag", DRAG, "--strength", "9"), ("--strength", "3")),
    "empty mask": (("lake.png", "--drag", DRAG, "--mask", "empty.png"), ("empty", "white")),
    "small mask": (("lake.png", "--drag", DRAG, "--mask", "small.png"), ("64 × 64", "256 × 256")),
    "no such mask": (("lake.png", "--drag", DRAG, "--mask", "no.png"), ("no.png", "lake.png")),
    "no such layer": (("lake.ora", "--layer", "sea", "--drag", DRAG), ("“sea”", "“lake”")),
    "which layer": (("lake.ora", "--drag", DRAG), ("“lake”", "choose")),
    "layer and merged": (
        ("lake.ora", "--layer", "lake", "--merged", "--drag", DRAG),
        ("--merged",),
    ),
    "a pickle": (("lake.png", "--drag", DRAG, "--model", "model.ckpt"), ("safetensors",)),
    "a disguised pickle": (
        ("lake.png", "--drag", DRAG, "--model", "disguised.safetensors"),
        ("disguised",),
    ),
    "no such file model": (
        ("lake.png", "--drag", DRAG, "--model", "./no.safetensors"),
        ("no model",),
    ),
    "no such model": (("lake.png", "--drag", DRAG, "--model", "sdxl"), ("sdxl", "scenes")),
    "unknown option": (("lake.png", "--drag", DRAG, "--speed", "3"), ("--speed", "--help")),
    "no drag": (("lake.png",), ("--drag",)),
}


@pytest.mark.parametrize("name", BAD_EDITS)
def test_bad_edit(name: str, pullbrush: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, words = BAD_EDITS[name]
    monkeypatch.chdir(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = pullbrush("edit", "drag", *arguments, *WARP, "-o", "out.ora")
    assert_sentence(done, *words)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("edit", "move", "lake.png", "--by", "3,4"), ("--mask",)),
        (("edit", "move", "lake.png", "--mask", "mask.png", "--by", "3"), ("--by", "DX,DY")),
        (("edit", "move", "lake.png", "--mask", "mask.png"), ("give --by or --scale",)),
        (
            ("edit", "move", "lake.png", "--mask", "mask.png", "--by", "1,1", "--scale", "9"),
            ("--scale",),
        ),
        (("edit", "paint", "lake.png"), ("paint", "--help")),
        (("redo", "lake.png"), ("lake.png", "nothing to redo")),
        (("redo", "lake.ora"), ("lake.ora", "nothing to redo")),
        (("redo", "broken.ora"), ("broken.ora",)),
        (("redo", "no.ora"), ("no.ora",)),
    ],
)
def test_bad_command(arguments, words, pullbrush: Run, folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    assert_sentence(pullbrush(*arguments, "-o", "out.ora"), *words)
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("out", ["out.jpg", "out", "nowhere/out.png", "lake.png"])
def test_bad_out(out: str, pullbrush: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    source = Path("lake.png").read_bytes()
    done = pullbrush("edit", "drag", "lake.png", "--drag", DRAG, *WARP, "-o", out)
    assert_sentence(done)
    assert Path("lake.png").read_bytes() == source
    assert not list(folder.glob("**/out*"))


def test_a_refused_model_is_not_remembered(
    pullbrush: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    own = {"PULLBRUSH_DATA": str(tmp_path / "data")}
    edit = ("edit", "drag", "lake.png", "--drag", DRAG, "--model", "disguised.safetensors")
    assert_sentence(pullbrush(*edit, "-o", "out.ora", **own), "disguised")
    done = pullbrush("models", "--check", **own)
    assert done.returncode == 0, done.stdout
    assert "disguised" not in done.stdout


def test_bad_settings_of_redo(pullbrush: Run, scene: Path) -> None:
    first = scene.with_name("first.ora")
    assert pullbrush("edit", "drag", scene, "--drag", DRAG, *WARP, "-o", first).returncode == 0
    for setting, word in (("seed", "NAME=VALUE"), ("speed=3", "speed"), ("drag=3", "X0,Y0")):
        out = scene.with_name("second.ora")
        assert_sentence(pullbrush("redo", first, "--set", setting, "-o", out), word)
        assert not out.exists()


def test_an_engine_that_cannot_be_started(pullbrush: Run, scene: Path) -> None:
    """The folder of the session file cannot be made, because a file is in its place."""
    place = scene.with_name("file")
    place.write_text("")
    out = scene.with_name("out.png")
    edit = ("edit", "drag", scene, "--drag", DRAG, *WARP, "-o", out)
    done = pullbrush(*edit, PULLBRUSH_SESSION=str(place / "engine.json"))
    assert_sentence(done, "PULLBRUSH_SESSION", code=3)
    assert not out.exists()


def test_a_session_file_that_others_could_have_written(pullbrush: Run, scene: Path) -> None:
    place = scene.parent / "run" / "engine.json"
    place.parent.mkdir(mode=0o700)
    place.write_text("{}")
    place.chmod(0o666)
    out = scene.with_name("out.png")
    edit = ("edit", "drag", scene, "--drag", DRAG, *WARP, "-o", out)
    done = pullbrush(*edit, PULLBRUSH_SESSION=str(place))
    assert_sentence(done, "open to others", code=3)
    assert place.stat().st_mode & 0o777 == 0o666
    assert place.read_text() == "{}"
    assert not out.exists()


def test_help_without_a_command(pullbrush: Run) -> None:
    done = pullbrush("edit")
    assert done.returncode == 2
    assert "drag" in done.stdout
    assert "move" in done.stdout
