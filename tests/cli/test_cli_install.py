# SPDX-License-Identifier: Apache-2.0
"""The plug-in's zip, and `pullbrush install krita`: reproducible, complete, and reversible to the last line."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from protocol.plugin.launch import FILE, read_command
from server.cli.installing.install import engine_command, install, switch, uninstall
from server.cli.installing.krita_folders import places
from server.cli.installing.plugin_files import krita_files
from server.cli.installing.plugin_zip import write_zip
from server.cli.problem import Problem


def everything(folder: Path) -> dict[str, str]:
    """Every file below a folder, by the digest of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_zip_is_the_same_each_time_and_has_its_folder(tmp_path: Path) -> None:
    files = krita_files()
    one, two = write_zip(tmp_path / "1.zip", files), write_zip(tmp_path / "2.zip", dict(files))
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert "pullbrush/" in names, "Krita's importer finds no plug-in without it"
    assert "pullbrush.desktop" in names
    assert "pullbrush.action" in names


def test_the_plug_in_brings_all_it_needs_inside_its_own_package() -> None:
    files = krita_files()
    assert "pullbrush/protocol/client.py" in files
    assert "pullbrush/protocol/plugin/strings/en.json" in files
    assert "pullbrush/_vendor/msgpack/fallback.py" in files
    assert {"pullbrush/LICENSES/GPL-3.0-or-later.txt", "pullbrush/LICENSES/msgpack.txt"} <= set(
        files
    )
    assert not [name for name in files if "__pycache__" in name or name.endswith((".so", ".pyd"))]
    assert all(name.split("/")[0].startswith("pullbrush") for name in files)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / ".local/share/krita").mkdir(parents=True)
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/kritarc").write_text("[General]\nx=1\n\n[python]\nenable_other=true\n")
    return tmp_path


def test_install_and_uninstall_leave_everything_as_it_was(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".var/app/org.kde.krita/data/krita").mkdir(parents=True)
    (home / ".var/app/org.kde.krita/config").mkdir()
    (home / ".var/app/org.kde.krita/config/kritarc").write_text("[python]\n")
    before = everything(home)
    install("krita", None, dry=True)
    assert everything(home) == before
    install("krita", None, dry=False)
    said = capsys.readouterr().out
    pykrita = home / ".local/share/krita/pykrita"
    assert str(pykrita) in said
    assert "Flatpak" in said
    assert (pykrita / "pullbrush/host.py").exists()
    assert (home / ".local/share/krita/actions/pullbrush.action").exists()
    assert "enable_pullbrush=true" in (home / ".config/kritarc").read_text()
    assert read_command(pykrita) == engine_command()
    sandboxed = home / ".var/app/org.kde.krita/data/krita/pykrita"
    assert (sandboxed / "pullbrush/host.py").exists()
    assert not (sandboxed / FILE).exists(), "a sandbox cannot start the engine"
    install("krita", None, dry=False)  # once more changes nothing
    assert (home / ".config/kritarc").read_text().count("enable_pullbrush") == 1
    uninstall("krita", None, dry=False)
    assert everything(home) == before


def test_a_portable_krita_is_named_by_its_folder(home: Path) -> None:
    portable = home / "stick" / "krita"
    portable.mkdir(parents=True)
    install("krita", portable, dry=False)
    assert (portable / "pykrita/pullbrush.desktop").exists()
    assert not (home / ".local/share/krita/pykrita").exists()
    uninstall("krita", portable, dry=False)
    assert not (portable / "pykrita/pullbrush.desktop").exists()


def test_without_a_krita_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    with pytest.raises(Problem, match="Start Krita once"):
        install("krita", None, dry=False)
    with pytest.raises(Problem, match="no plug-in for “paint”"):
        install("paint", None, dry=False)
    with pytest.raises(Problem, match="no folder"):
        install("krita", tmp_path / "nowhere", dry=False)


def test_other_systems_keep_it_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.cli.installing.krita_folders.sys.platform", "win32")
    store = tmp_path / "Local/Packages/49800Krita_abc/LocalCache/Roaming/krita"
    store.mkdir(parents=True)
    (tmp_path / "Roaming/krita").mkdir(parents=True)
    env = {"APPDATA": str(tmp_path / "Roaming"), "LOCALAPPDATA": str(tmp_path / "Local")}
    found = {place.what: place.resources for place in places(tmp_path, env)}
    assert found == {"Krita": tmp_path / "Roaming/krita", "Krita (Store)": store}
    monkeypatch.setattr("server.cli.installing.krita_folders.sys.platform", "darwin")
    (tmp_path / "Library/Application Support/krita").mkdir(parents=True)
    assert [place.what for place in places(tmp_path, {})] == ["Krita"]


def test_the_switch_keeps_other_lines(tmp_path: Path) -> None:
    settings = tmp_path / "kritarc"
    settings.write_text("[python]\nenable_other=true\n[x]\ny=1\n")
    switch(settings, on=True)
    assert settings.read_text() == "[python]\nenable_pullbrush=true\nenable_other=true\n[x]\ny=1\n"
    switch(settings, on=None)
    assert settings.read_text() == "[python]\nenable_other=true\n[x]\ny=1\n"
