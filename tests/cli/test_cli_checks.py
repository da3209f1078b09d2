# SPDX-License-Identifier: Apache-2.0
"""What can be known beforehand is refused beforehand: the engine is never asked, nothing is written or replaced."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Run
from PIL import Image

from server.cli.app import main
from server.cli.editing import plan, run
from server.engine.api import Picture
from server.files import read_picture, write_flat
from server.lab.example import PLACE as EXAMPLE

DRAG = ("--drag", "66,62:66,40")


class Asked:
    """Counts how often an engine was asked for; there is none."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, *_: object) -> None:
        self.times += 1
        raise AssertionError("the engine was asked")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    for module in (run, plan):
        monkeypatch.setattr(module, "connected_client", asked)
    return asked


@pytest.fixture
def folder(scene: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The scene in many forms that cannot be worked with."""
    here = scene.parent
    monkeypatch.chdir(here)
    rgb = np.asarray(Image.open(scene)).astype(np.float32) / 255
    whole = {"rect": (0, 0, 256, 256), "document": (256, 256)}
    write_flat(here / "float.tif", Picture(pixels=rgb, **whole))  # type: ignore[arg-type]
    Image.fromarray(np.zeros((256, 256), np.uint8)).save("empty.png")
    Image.open(scene).crop((0, 0, 1, 1)).save("one.png")
    shutil.copyfile(EXAMPLE, "lake.ora")
    (here / "there.png").write_text("precious")
    (here / "there.ora").symlink_to("nowhere")
    (here / "in").mkdir()
    (here / "none.png").touch()
    (here / "half.png").write_bytes(scene.read_bytes()[:2000])
    return here


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """Run the command in this process; what it says on standard error."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    found = capsys.readouterr()
    assert ended.value.code == code, found
    assert found.out == ""
    lines = found.err.strip().splitlines()
    assert len(lines) == 1, found.err
    assert lines[0].startswith("pullbrush: ")
    assert lines[0].endswith((".", "?"))
    return lines[0]


MOVE = ("move", "lake.png", "--mask", "mask.png")
CASES = {
    "float into PNG": (
        ("drag", "float.tif", *DRAG, "-o", "o.png"),
        ("PNG cannot hold float pixels", ".tif"),
    ),
    "no folder": (("drag", "lake.png", *DRAG, "-o", "no/o.png"), ("no folder no",)),
    "a folder without rights": (
        ("drag", "lake.png", *DRAG, "-o", "/proc/self/o.png"),
        ("/proc/self/o.png",),
    ),
    "a folder as output": (("drag", "lake.png", *DRAG, "-o", "d.png"), ("d.png is a folder",)),
    "a folder of any name": (("drag", "lake.png", *DRAG, "-o", "in"), ("in is a folder; name a",)),
    "a drag to nowhere": (
        ("drag", "lake.png", "--drag", "30,30:nan,4", "-o", "o.png"),
        ("--drag", "“nan” is not a number."),
    ),
    "an empty file": (("drag", "none.png", *DRAG, "-o", "o.png"), ("none.png is empty",)),
    "half a file": (
        ("drag", "half.png", *DRAG, "-o", "o.png"),
        ("half.png is incomplete or damaged: copy or export it again.",),
    ),
    "a name too long": (("drag", "lake.png", *DRAG, "-o", "x" * 240 + ".png"), ("too long",)),
    "unknown format": (("drag", "lake.png", *DRAG, "-o", "o.xyz"), ("o.xyz", ".ora")),
    "there already": (("drag", "lake.png", *DRAG, "-o", "there.png"), ("--overwrite",)),
    "a dead link there": (("drag", "lake.png", *DRAG, "-o", "there.ora"), ("--overwrite",)),
    "the source itself": (
        ("drag", "lake.png", *DRAG, "-o", "lake.png", "--overwrite"),
        ("itself",),
    ),
    "one pixel": (("drag", "one.png", "--drag", "0,0:1,1", "-o", "o.png"), ("1 × 1 pixels",)),
    "a drag that ends on the edge": (
        ("drag", "lake.png", "--drag", "250,90:256,50", "-o", "o.png"),
        ("256,50", "outside the picture"),
    ),
    "a drag outside the mask": (
        ("drag", "lake.png", *DRAG, "--mask", "mask.png", "-o", "o.png"),
        ("66,62", "outside the mask"),
    ),
    "farther than any picture": ((*MOVE, "--by", "9e9,0", "-o", "o.png"), ("--by",)),
    "changes nothing": ((*MOVE, "-o", "o.png"), ("Nothing moves yet", "--by")),
    "an empty mask": (
        ("drag", "lake.png", *DRAG, "--mask", "empty.png", "-o", "o.png"),
        ("empty",),
    ),
    "no such mask": (("drag", "lake.png", *DRAG, "--mask", "no.png", "-o", "o.png"), ("no.png",)),
    "no such model": (
        ("drag", "lake.png", *DRAG, "--model", "sdxl", "-o", "o.png"),
        ("sdxl", "scenes"),
    ),
    "another kind of model": (
        ("drag", "lake.png", *DRAG, "--model", "heads-gan", "-o", "o.png"),
        ("heads-gan",),
    ),
    "a prompt too long": (
        ("drag", "lake.png", *DRAG, "--prompt", "a" * 9000, "-o", "o.png"),
        ("--prompt",),
    ),
    "no such preset": (
        ("drag", "lake.png", *DRAG, "--preset", "best", "-o", "o.png"),
        ("--preset", "quick"),
    ),
    "no such progress": (
        ("drag", "lake.png", *DRAG, "--progress", "loud", "-o", "o.png"),
        ("--progress", "json"),
    ),
    "which layer": (("drag", "lake.ora", *DRAG, "-o", "o.ora"), ("“lake”", "choose")),
    "a hidden set of layers": (
        ("drag", "lake.ora", *DRAG, "--layer", "a", "--merged", "-o", "o.ora"),
        ("--merged",),
    ),
    "a folder as input": (("drag", "in", *DRAG, "-o", "o.png"), ("“in” is a folder",)),
    "no such file": (("drag", "in.png", *DRAG, "-o", "o.png"), ("no file in.png",)),
    "a point beside the generator's square": (
        ("drag-gan", "lake.png", "--drag", "300,20:30,30", "-o", "o.png"),
        ("300,20",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_before_the_engine_is_asked(
    name: str, folder: Path, engine: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, words = CASES[name]
    (folder / "d.png").mkdir()
    before = sorted(path.name for path in folder.iterdir())
    sentence = said(capsys, "edit", *arguments)
    assert engine.times == 0
    for word in words:
        assert word in sentence, sentence
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "there.png").read_text() == "precious"


def test_a_full_disk_is_known_beforehand(
    folder: Path,
    engine: Asked,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = shutil.disk_usage(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=1000))
    assert "is full" in said(capsys, "edit", "drag", "lake.png", *DRAG, "-o", "o.png")
    assert engine.times == 0


def test_a_plan_is_checked_as_the_edit_is(
    folder: Path, engine: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    del folder
    assert "outside the mask" in said(
        capsys, "plan", "drag", "lake.png", *DRAG, "--mask", "mask.png"
    )
    assert engine.times == 0


def test_an_object_that_leaves_the_picture_is_told_before_the_work(
    folder: Path, pullbrush: Run
) -> None:
    """That takes it away, which may be what is wanted; so it is said, and by the plan already."""
    del folder
    done = pullbrush("plan", *MOVE, "--by", "5000,0")
    assert done.returncode == 0, done.stderr
    assert "nothing of it stays in the picture" in done.stdout
    assert "cut off" not in done.stdout
    done = pullbrush("plan", *MOVE, "--by", "-150,0")
    assert "cut off" in done.stdout


def test_redo_is_checked_before_the_engine_is_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], pullbrush: Run, monkeypatch
) -> None:
    edit = ("edit", "drag", "lake.png", *DRAG, "--method", "warp", "-o", "r.ora")
    assert pullbrush(*edit).returncode == 0
    asked = Asked()
    monkeypatch.setattr(run, "connected_client", asked)
    for more, word in (
        (("-o", "there.png"), "--overwrite"),
        (("-o", "no/o.ora"), "no folder"),
        (("-o", "o.ora", "--set", "drag=5000,1:2,3"), "outside the picture"),
        (("-o", "o.ora", "--set", "mask=empty.png"), "empty"),
        (("-o", "o.ora", "--set", "model=sdxl"), "sdxl"),
    ):
        assert word in said(capsys, "redo", "r.ora", *more)
    assert asked.times == 0
    assert not (folder / "o.ora").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "--out", "."),
        ("bench", "transport", "--side", "16", "--repeats", "1", "--json", "demo.webp"),
        ("bench", "parity", "--json", "demo.webp"),
    ],
)
def test_other_commands_replace_nothing_either(
    arguments: tuple[str, ...], folder: Path, engine: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "demo.webp").write_text("precious")
    assert "demo.webp" in (sentence := said(capsys, *arguments))
    assert "--overwrite" in sentence
    assert ("--out FOLDER" in sentence) == (arguments[0] == "demo")
    assert (folder / "demo.webp").read_text() == "precious"
    assert engine.times == 0


WARP = ("edit", "drag", "lake.png", *DRAG, "--method", "warp", "-q", "-o", "there.png")


def test_with_overwrite_it_is_replaced(folder: Path, pullbrush: Run) -> None:
    done = pullbrush(*WARP, "--overwrite")
    assert (done.returncode, done.stderr) == (0, "")
    assert read_picture(folder / "there.png").document == (256, 256)


@pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("\n", 2), ("y\n", 0)])
def test_on_a_terminal_it_asks(folder: Path, answer: str, code: int, pullbrush: Run) -> None:
    """A real terminal: what is typed there is the answer."""
    pullbrush("plan", "drag", "lake.png", *DRAG)  # the engine that the yes needs
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "server.cli", *WARP], stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while b"Replace?" not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, answer.encode())
        try:
            while more := os.read(ours, 1000):
                shown += more
        except OSError:  # how Linux says that nobody writes any more
            pass
    os.close(ours)
    assert process.returncode == code, shown
    assert ((folder / "there.png").read_bytes() == b"precious") == (code != 0)


def test_a_file_that_appears_meanwhile_is_not_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch, pullbrush: Run
) -> None:
    """It was not there when it was looked for, and the work is done: the result lies beside it."""
    del pullbrush
    real = run.edit_file

    def slow(*arguments, **more):
        done = real(*arguments, **more)
        (folder / "new.png").write_text("precious")
        return done

    monkeypatch.setattr(run, "edit_file", slow)
    with pytest.raises(SystemExit) as ended:
        main([*WARP[:-1], "new.png"])
    assert ended.value.code == 0
    assert (folder / "new.png").read_text() == "precious"
    assert read_picture(folder / "new-2.png").document == (256, 256)
