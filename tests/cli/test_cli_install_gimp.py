# SPDX-License-Identifier: Apache-2.0
"""`pullbrush install gimp`, and the plug-in's zip: complete, executable where it must be, and reversible."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from patience import PATIENCE_S

from protocol.plugin.launch import FILE, read_command
from server.cli.installing.gimp_folders import gimp_places
from server.cli.installing.install import engine_command, install, uninstall
from server.cli.installing.plugin_files import GIMP_SCRIPT, gimp_files
from server.cli.installing.plugin_zip import write_zip
from server.cli.problem import Problem


def everything(folder: Path) -> dict[str, str]:
    """Every file below a folder, by the digest of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for folder in (".config/GIMP/3.0", ".config/GIMP/3.2", ".config/GIMP/2.10"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / ".var/app/org.gimp.GIMP/config/GIMP/3.0").mkdir(parents=True)
    return tmp_path


def test_the_plug_in_brings_all_it_needs() -> None:
    files = gimp_files()
    for name in ("host.py", "protocol/client.py", "_vendor/msgpack/fallback.py"):
        assert f"pullbrush/{name}" in files
    assert {"pullbrush/LICENSES/GPL-3.0-or-later.txt", "pullbrush/LICENSES/msgpack.txt"} <= set(
        files
    )
    assert all(name.startswith("pullbrush/") for name in files), "GIMP takes one folder"
    assert files[GIMP_SCRIPT].startswith(b"#!/usr/bin/env python3\n")


def test_the_script_in_the_zip_can_be_run_and_nothing_else(tmp_path: Path) -> None:
    place = write_zip(tmp_path / "gimp.zip", gimp_files(), GIMP_SCRIPT)
    again = write_zip(tmp_path / "again.zip", gimp_files(), GIMP_SCRIPT)
    assert place.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(place) as archive:
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert [name for name, mode in modes.items() if mode == 0o755 and name[-1] != "/"] == [
        GIMP_SCRIPT
    ]


def test_install_and_uninstall_leave_everything_as_it_was(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(home)
    install("gimp", None, dry=True)
    assert everything(home) == before
    install("gimp", None, dry=False)
    said = capsys.readouterr().out
    assert "Flatpak" in said
    for version in ("3.0", "3.2"):
        plug_ins = home / ".config/GIMP" / version / "plug-ins"
        assert os.access(plug_ins / "pullbrush/pullbrush.py", os.X_OK)
        assert read_command(plug_ins.parent) == engine_command()
        assert [one.name for one in plug_ins.iterdir()] == ["pullbrush"], "GIMP asks every file"
    assert not (home / ".config/GIMP/2.10/plug-ins").exists(), "GIMP 2 cannot load it"
    sandboxed = home / ".var/app/org.gimp.GIMP/config/GIMP/3.0"
    assert (sandboxed / "plug-ins/pullbrush/host.py").exists()
    assert not (sandboxed / FILE).exists(), "a sandbox cannot start the engine"
    older = home / ".config/GIMP/3.0/plug-ins" / FILE
    older.write_text("{}")
    install("gimp", None, dry=False)  # once more changes nothing, but takes away what lay elsewhere
    assert not older.exists()
    uninstall("gimp", None, dry=False)
    assert everything(home) == before


def test_a_gimp_is_named_by_its_folder_or_its_plug_ins(home: Path) -> None:
    for named in ("stick/gimp", "stick/other/plug-ins"):
        folder = home / named
        folder.mkdir(parents=True)
        install("gimp", folder, dry=False)
        plug_ins = folder if folder.name == "plug-ins" else folder / "plug-ins"
        assert (plug_ins / GIMP_SCRIPT).exists()
        uninstall("gimp", folder, dry=False)
        assert not (plug_ins / "pullbrush").exists()


def test_the_folder_that_gimp_is_told_of_counts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIMP3_DIRECTORY", str(home / "own"))
    assert len(gimp_places()) == 3, "a folder that is not there is no GIMP"
    (home / "own").mkdir()
    assert gimp_places()[0].settings == home / "own"


def test_without_a_gimp_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    with pytest.raises(Problem, match="Start GIMP once"):
        install("gimp", None, dry=False)
    with pytest.raises(Problem, match="no folder"):
        install("gimp", tmp_path / "nowhere", dry=False)


def test_the_script_finds_its_own_package_and_nothing_of_its_folder(tmp_path: Path) -> None:
    """Loaded as GIMP does, beside decoys of the same names; nothing but the standard library is at hand."""
    for name, data in gimp_files().items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (tmp_path / "protocol.py").write_text("raise ImportError('the decoy was imported')")
    script = tmp_path / GIMP_SCRIPT
    code = (
        f"import sys, runpy; sys.path.insert(0, {str(script.parent)!r});"
        f"from pathlib import Path; ns = runpy.run_path({str(script)!r}, run_name='loading');"
        f"ns['load_package'](Path({str(script.parent)!r}));"
        "import pullbrush.formats, pullbrush.entries, pullbrush.carrying_out;"
        "from pullbrush.protocol.packing import _msgpack;"
        f"print(_msgpack.__name__, {str(script.parent)!r} in sys.path, 'host' in sys.modules,"
        " sorted({'zmq', 'numpy', 'protocol', 'gi'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", code],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "pullbrush._vendor.msgpack False False []"
