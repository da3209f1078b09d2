# SPDX-License-Identifier: Apache-2.0
"""An engine in a folder of the user's: what was there before is there afterwards, byte for byte."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from engine_process import ROOT, Engine, wait_for
from patience import PATIENCE_S

from protocol import places, private, session


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every folder and file below: its mode and content."""
    found: dict[str, tuple[int, bytes]] = {}
    for path in [folder, *folder.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        found[path.relative_to(folder).as_posix()] = (
            mode,
            path.read_bytes() if path.is_file() else b"",
        )
    return found


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with things whose names the engine would like to have."""
    folder = tmp_path / "Documents"
    (folder / "workers" / "2026").mkdir(parents=True)
    (folder / "workers" / "2026" / "payroll.txt").write_text("precious")
    for name in ("engine.log", "engine.lock", "engine.sock", "notes.json"):
        (folder / name).write_text("precious")
    folder.chmod(0o755)
    return folder


def test_what_lies_beside_the_session_file_is_never_touched(documents: Path) -> None:
    before = everything(documents)
    engine = Engine(documents)
    (documents / "gates").rmdir()
    assert engine.end() == 0
    after = everything(documents)
    own = {name for name in after if name.startswith("engine.json.run")}
    assert {name: after[name] for name in after if name not in own} == before
    assert {name.partition("/")[2] for name in own} == {
        *("", private.MARK, "engine.lock", "engine.log")
    }


def refused(place: Path) -> str:
    """What an engine says that does not start there."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "--quiet", "--session-file", str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_place_that_is_taken_is_refused_with_a_sentence(documents: Path) -> None:
    run = documents / "x" / "y.json.run"
    run.mkdir(parents=True, mode=0o700)
    (run / "mine").touch()
    before = everything(documents)
    assert "Pullbrush did not write" in refused(documents / "notes.json")
    assert "not a plain file" in refused(documents / "workers")
    assert "was not made by Pullbrush" in refused(documents / "x" / "y.json")
    assert everything(documents) == before


def test_a_place_that_cannot_be_is_refused_with_a_sentence(tmp_path: Path) -> None:
    assert "Set PULLBRUSH_SESSION to a file" in refused(Path("/dev/null/x/engine.json"))
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert "Others may write into" in refused(open_to_all / "engine.json")
    assert stat.S_IMODE(open_to_all.stat().st_mode) == 0o777


def test_a_sandbox_gets_a_copy_of_the_session_file_and_loses_it_at_the_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ours = private.private_folder(home / "snap" / "gimp" / "common" / places.FOLDER)
    (home / "snap/other/common").mkdir(parents=True)
    place = home / places.FOLDER / places.FILE
    place.parent.mkdir(mode=0o700)
    engine = Engine(place.parent, HOME=str(home))
    wait_for((ours / places.FILE).exists, "the copy", engine)
    assert session.read(ours / places.FILE) == engine.session
    assert engine.end() == 0
    assert [path.name for path in ours.iterdir()] == [private.MARK]


WITHOUT_MODES = """
import os, sys
from pathlib import Path
mkdir, opened = Path.mkdir, os.open
def make(self, mode=0o777, **more):
    mkdir(self, mode, **more)
    self.chmod(0o777)
def open_(path, flags, mode=0o777, **more):
    found = opened(path, flags, mode, **more)
    if flags & os.O_CREAT:
        os.fchmod(found, 0o777)
    return found
Path.mkdir, os.open = make, open_
from server.front.main import main
sys.exit(main(["--quiet", "--session-file", sys.argv[1]]))
"""


@pytest.mark.parametrize("there", [False, True])
def test_an_engine_on_a_disk_without_modes_says_what_to_set(tmp_path: Path, there: bool) -> None:
    """Simulated in the engine's own process, as exFAT, CIFS and some of WSL show it: everything is 0777."""
    place = tmp_path / "home" / "engine.json"
    if there:
        place.parent.mkdir()
        place.parent.chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MODES, str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "PULLBRUSH_SESSION to a file on another disk" in done.stderr
    assert not list(tmp_path.glob("**/engine.json*"))
