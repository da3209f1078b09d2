# SPDX-License-Identifier: Apache-2.0
"""Installing beside things of the user's, for Flatpaks and Snaps, and for a Krita whose Python finds no PyQt.

Sandboxes are simulated by their layout of folders and their environment variables.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_helpers import Run, end_engine
from fakes.session_file import lost_engine
from patience import PATIENCE_S

from protocol import places, private, session
from server.cli.diagnose import plugin_facts
from server.cli.installing import krita_python, sandbox
from server.cli.installing.file_placement import LIST
from server.cli.installing.install import install, switch, uninstall
from server.cli.problem import Problem

SNAP, FLATPAK = "snap/gimp/current/.config/GIMP/3.0", ".var/app/org.kde.krita/data/krita"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "GIMP3_DIRECTORY", "PULLBRUSH_SESSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sandbox, "SYSTEM", tmp_path / "var/lib/flatpak")
    for folder in (SNAP, FLATPAK, "snap/gimp/common", ".var/app/org.kde.krita/config"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def inside(home: Path, program: str) -> dict[str, str]:
    """The environment of a program in its sandbox."""
    clean = {k: v for k, v in os.environ.items() if k != "PULLBRUSH_SESSION"}
    if program == "gimp":
        data = home / "snap/gimp/42"
        return clean | {
            **{"HOME": str(data), "SNAP_USER_DATA": str(data)},
            "SNAP_USER_COMMON": str(home / "snap/gimp/common"),
        }
    return clean | {"HOME": str(home), "FLATPAK_ID": "org.kde.krita"}


ASK = """
from protocol.client import Client
with Client("sandboxed") as client:
    client.connect(600)
    print(client.connected)
"""


@pytest.mark.parametrize("program", ["gimp", "krita"])
def test_a_sandboxed_program_finds_the_engine(
    home: Path, program: str, pullbrush: Run, scene: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(program, None, dry=False)
    said = capsys.readouterr().out
    shared = home / ("snap/gimp/common" if program == "gimp" else ".var/app/org.kde.krita")
    assert str(shared / places.FOLDER) in said
    assert "serve` running in a terminal" in said
    try:
        edit = ("plan", "drag", scene, "--drag", "66,62:66,40")
        assert pullbrush(*edit).returncode == 0
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env=inside(home, program),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.stdout.strip() == "True", done.stderr
    finally:
        end_engine(home / places.FOLDER / places.FILE)
    uninstall(program, None, dry=False)
    assert not (shared / places.FOLDER).exists()
    assert shared.is_dir()


def test_an_engine_that_runs_already_is_found_after_the_install(home: Path) -> None:
    """Otherwise the artist would have to end it first."""
    made = lost_engine()
    session.write(made)
    install("gimp", None, dry=False)
    assert session.read(home / "snap/gimp/common/.pullbrush/engine.json") == made


@pytest.mark.parametrize(
    ("metadata", "override", "reach"),
    [
        ("[Context]\nshared=network;ipc;\n", "", "yes"),
        ("[Context]\nshared=ipc;\n", "", "no"),
        ("[Context]\nshared=ipc;\n", "[Context]\nshared=network;\n", "yes"),
        ("[Context]\nshared=network;\n", "[Context]\nshared=!network;\n", "no"),
        ("", "", "unknown"),
        ("no ini file", "", "unknown"),
    ],
)
def test_a_flatpak_without_network_is_told_which_command_allows_it(
    home: Path, metadata: str, override: str, reach: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for place, text in (
        (home / "var/lib/flatpak/app/org.kde.krita/current/active/metadata", metadata),
        (home / ".local/share/flatpak/overrides/org.kde.krita", override),
    ):
        if text:
            place.parent.mkdir(parents=True)
            place.write_text(text)
    one = sandbox.flatpak(home, "org.kde.krita")
    assert sandbox.network(one, system=sandbox.SYSTEM) == reach
    text = "\n".join(sandbox.describe(one, system=sandbox.SYSTEM))
    command = "flatpak override --user --share=network org.kde.krita"
    assert (command in text) == (reach != "yes")
    assert ("no way to the engine" in text) == (reach == "no")
    install("krita", None, dry=True)
    assert not (one.shared / places.FOLDER).exists(), "a dry run makes nothing"


def test_the_doctor_says_how_sandboxes_stand(home: Path) -> None:
    install("krita", None, dry=False)
    one = sandbox.flatpak(home, "org.kde.krita")
    assert plugin_facts.sandbox_fact("Krita (Flatpak)", one).state == "ok"
    private.remove_folder(one.folder)
    lost = plugin_facts.sandbox_fact("Krita (Flatpak)", one)
    assert (lost.state, lost.hint) == ("missing", "pullbrush install krita makes it.")


# ------------------------------------------------------------- what lies beside the plug-in


def test_what_the_user_put_beside_the_plug_in_stays(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = home / FLATPAK / "pykrita" / "pullbrush"
    install("krita", None, dry=False)
    (own / "notes.txt").write_text("precious")
    (own / "mine").mkdir()
    (own / "mine" / "script.py").write_text("precious")
    (own / "__pycache__").mkdir()
    (own / "__pycache__" / "host.cpython-313.pyc").write_bytes(b"")
    capsys.readouterr()
    install("krita", None, dry=False)
    assert str(own / "notes.txt") in capsys.readouterr().out
    uninstall("krita", None, dry=False)
    left = {path.relative_to(own).as_posix() for path in own.rglob("*")}
    assert left == {"notes.txt", "mine", "mine/script.py"}


def test_files_of_an_older_version_go_with_an_update(home: Path) -> None:
    own = home / SNAP / "plug-ins" / "pullbrush"
    own.mkdir(parents=True)
    (own / "old_module.py").write_text("")  # came by a zip: no list
    install("gimp", None, dry=False)
    assert not (own / "old_module.py").exists()
    (own / LIST).write_text((own / LIST).read_text() + "\ngone.py")
    (own / "gone.py").write_text("")
    install("gimp", None, dry=False)
    assert not (own / "gone.py").exists()


def test_a_link_in_the_plug_ins_place_is_not_followed(home: Path) -> None:
    tree = home / "tree"
    tree.mkdir()
    (tree / "work.py").write_text("precious")
    pykrita = home / FLATPAK / "pykrita"
    pykrita.mkdir()
    (pykrita / "pullbrush").symlink_to(tree)
    for do in (install, uninstall):
        with pytest.raises(Problem, match="remove it yourself"):
            do("krita", None, dry=False)
    assert (tree / "work.py").read_text() == "precious"


def test_kritas_settings_keep_their_mode_their_place_and_what_is_no_text(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles"
    kept.write_bytes(b"[General]\nname=caf\xe9\n")
    kept.chmod(0o600)
    settings = tmp_path / "kritarc"
    settings.symlink_to(kept)
    switch(settings, on=True)
    assert settings.is_symlink()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.read_bytes() == b"[General]\nname=caf\xe9\n\n[python]\nenable_pullbrush=true\n"


# ------------------------------------------------------------- Krita's Python


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A Krita, a system's Python and an environment's, which find PyQt or not as their exit codes say."""

    def script(place: str, code: int) -> None:
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\nexit {code}\n")
        path.chmod(0o755)

    script("sys/krita", 0)
    script("sys/python3", 0)
    script("venv/python3", 1)
    script("bare/python3", 1)
    script("bare/krita", 0)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "finding"),
    [
        ("sys", "good"),
        ("venv:sys", "hidden"),
        ("bare", "missing"),
        ("venv:bare", "missing"),
        ("venv", "unknown"),
    ],
)
def test_a_python_without_pyqt_is_found_out(programs: Path, path: str, finding: str) -> None:
    env = {"PATH": os.pathsep.join(str(programs / one) for one in path.split(":"))}
    packages = str(programs)
    assert krita_python.examine(env, system="linux", packages=packages) == finding
    assert krita_python.examine(env, system="win32", packages=packages) == "unknown"
    assert krita_python.examine(env, system="linux", packages="/usr/") == "unknown"


def test_install_and_doctor_say_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del home
    monkeypatch.setattr("server.cli.installing.install.examine", lambda: "hidden")
    install("krita", None, dry=True)
    assert "Start Krita from the menu, or run `deactivate` first." in capsys.readouterr().out
    (fact,) = plugin_facts.krita_facts("missing", installed=True)
    assert fact.state == "missing"
    assert "python3-pyqt5" in fact.hint
    assert plugin_facts.krita_facts("hidden", installed=True)[0].state == "note"
    assert plugin_facts.krita_facts("unknown", installed=True) == []
