# SPDX-License-Identifier: Apache-2.0
"""Every block of commands in README and docs works as it stands, in a fresh folder; the long ones nightly."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import doc_blocks
import numpy as np
import pytest
from doc_blocks import ROOT, Block
from patience import PATIENCE_S
from PIL import Image

from server.lab.scenes import render
from server.lab.scenes.sample_rich import sample_rich

BLOCKS = doc_blocks.all_blocks()
MADE_BY = {"make demo": ("out/demo/before.png", "out/demo/after.png", "out/demo/demo.ora")}
WRITES = ("-o", "--json", "--sheet", "--to")
FILE = {".png", ".jpg", ".ora", ".pkl", ".py", ".webp", ".tif"}
PLACEHOLDERS = ("FOLDER", "FILE", "DIR")
LONG_S = 1800


def named(block: Block) -> str:
    return f"{block.page}:{block.line}"


def pages(*, nightly: bool) -> list[str]:
    """Pages with a block that runs only nightly, or with one that always runs."""
    return sorted({one.page for one in BLOCKS if one.runs and one.nightly == nightly})


# ---------------------------------------------------------------- what is seen without running them


def test_there_are_blocks_and_most_of_them_run() -> None:
    assert len(BLOCKS) > 25
    assert sum(bool(block.runs) for block in BLOCKS) > 15


@pytest.mark.parametrize("block", BLOCKS, ids=named)
def test_every_command_that_is_not_run_has_a_reason(block: Block) -> None:
    for start, why in block.left_out.items():
        assert len(why.split()) >= 3, f"why is {start!r} not run?"
        assert start == "all" or any(one.startswith(start) for one in block.commands), start
    for command in block.runs:
        assert not any(word in PLACEHOLDERS for word in shlex.split(command)), command


@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS}))
def test_every_file_is_in_a_clone_or_made_before_or_said_to_be_yours(page: str) -> None:
    """A reader with a fresh clone has nothing else."""
    there: set[str] = set()
    for block in (one for one in BLOCKS if one.page == page):
        there |= set(block.yours)
        for command in block.runs:
            words = shlex.split(command)
            for i, word in enumerate(words):
                if Path(word).suffix not in FILE or (i and words[i - 1] in WRITES):
                    continue
                written_by_a_sheet = "_sheet" in command
                assert written_by_a_sheet or word in there or (ROOT / word).exists(), (
                    f"{word}: {command}"
                )
            there |= {words[i + 1] for i, word in enumerate(words[:-1]) if word in WRITES}
            there |= set(MADE_BY.get(command, ()))


@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS}))
def test_no_command_writes_what_an_earlier_one_has_written(page: str) -> None:
    """A reader who follows the page would be asked whether to replace it."""
    written: list[str] = []
    commands = (one for block in BLOCKS if block.page == page for one in block.commands)
    for command in (one for one in commands if one.startswith("pullbrush ")):
        words = shlex.split(command)
        if "--overwrite" not in words:
            written += [words[i + 1] for i, word in enumerate(words[:-1]) if word == "-o"]
    assert len(written) == len(set(written))


# ---------------------------------------------------------------- running them


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that looks like a fresh clone after `make demo` has set up `.venv`."""
    folder = tmp_path / "pullbrush"
    folder.mkdir()
    for name in (
        "Makefile",
        "pyproject.toml",
        "constraints.txt",
        "README.md",
        "docs",
        "protocol",
        "server",
        "tests",
    ):
        (folder / name).symlink_to(ROOT / name)
    venv = folder / ".venv"
    venv.mkdir()
    for child in Path(sys.prefix).iterdir():
        if not child.name.startswith(".stamp"):
            (venv / child.name).symlink_to(child)
    (venv / ".stamp-run").touch()
    (venv / ".stamp-dev").touch()
    return folder


@pytest.mark.parametrize("page", pages(nightly=False))
@pytest.mark.timeout(LONG_S)
def test_a_page_can_be_followed(clone: Path, page: str) -> None:
    follow(clone, [one for one in BLOCKS if one.page == page and not one.nightly])


@pytest.mark.slow
@pytest.mark.parametrize("page", pages(nightly=True))
@pytest.mark.timeout(2 * LONG_S)
def test_a_page_can_be_followed_to_its_end(clone: Path, page: str) -> None:
    follow(clone, [one for one in BLOCKS if one.page == page])


def follow(clone: Path, some: list[Block]) -> None:
    """Do what a page says, block by block, in one folder."""
    home = clone.parent / "home"
    (home / ".local/share/krita").mkdir(parents=True)
    (home / ".config/GIMP/3.0").mkdir(parents=True)
    (home / ".config/kritarc").touch()
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "PULLBRUSH"))
    }
    env |= {"HOME": str(home), "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{env['PATH']}"}
    try:
        for block in some:
            for name in block.yours:
                if not (clone / name).exists():
                    yours(clone / name)
            for command in block.runs:
                done = subprocess.run(
                    ["bash", "-c", command], cwd=clone, env=env, text=True, timeout=LONG_S,
                    capture_output=True, check=False, stdin=subprocess.DEVNULL,
                )  # fmt: skip
                assert done.returncode == 0, (
                    f"{named(block)}: {command}\n{done.stdout}{done.stderr}"
                )
    finally:
        stop = [sys.executable, "-m", "server.cli", "stop"]
        subprocess.run(
            stop, cwd=ROOT, env=env, capture_output=True, timeout=PATIENCE_S, check=False
        )


def yours(place: Path) -> None:
    """A file that stands for the reader's own: a drawn head, a scene, a mask, or layers."""
    scene = render(sample_rich(313)).rgb
    masks = {"boat.png": ((60, 130, 90, 60), 256), "head.png": ((60, 50, 260, 280), 384)}
    if place.suffix == ".ora":
        place.write_bytes(layers({"lake": scene, "boat mask": white(*masks["boat.png"])}))
    elif place.name in masks:
        Image.fromarray(white(*masks[place.name])).save(place)
    elif place.name == "portrait.png":
        place.write_bytes((ROOT / "docs/images/head.png").read_bytes())
    else:
        Image.fromarray(scene).save(place)


def white(rect: tuple[int, int, int, int], side: int) -> np.ndarray:
    x, y, width, height = rect
    mask = np.zeros((side, side), np.uint8)
    mask[y : y + height, x : x + width] = 255
    return mask


def layers(pictures: dict[str, np.ndarray]) -> bytes:
    """An OpenRaster file of these layers, the first one lowest."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        rows = [f'<layer name="{name}" src="data/{i}.png"/>' for i, name in enumerate(pictures)]
        stack = f'<image w="256" h="256"><stack>{"".join(reversed(rows))}</stack></image>'
        archive.writestr("stack.xml", stack)
        for i, pixels in enumerate(pictures.values()):
            stored = BytesIO()
            Image.fromarray(pixels).convert("RGBA").save(stored, "PNG")
            archive.writestr(f"data/{i}.png", stored.getvalue())
    return out.getvalue()
