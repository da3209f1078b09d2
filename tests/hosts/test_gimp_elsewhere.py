# SPDX-License-Identifier: Apache-2.0
"""What stands for the GIMPs that no test runs in: where their plug-ins lie, what Python they bring, what is carried."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from server.cli.installing.gimp_folders import GimpPlace, gimp_places
from server.cli.installing.plugin_files import gimp_files

FOLDERS = {
    "linux": [
        (".config/GIMP/3.0", False),
        (".config/GIMP/3.2", False),
        (".var/app/org.gimp.GIMP/config/GIMP/3.2", True),
        ("snap/gimp/current/.config/GIMP/3.0", True),
    ],
    "win32": [("AppData/Roaming/GIMP/3.0", False), ("AppData/Roaming/GIMP/3.2", False)],
    "darwin": [("Library/Application Support/GIMP/3.2", False)],
}
OWN = {name: data for name, data in gimp_files().items() if name.endswith(".py")}


@pytest.mark.parametrize("system", FOLDERS)
def test_gimps_are_found_where_each_system_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    for folder, _ in FOLDERS[system]:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder).parent.joinpath("2.10").mkdir(exist_ok=True)  # runs no such plug-in
    found: list[GimpPlace] = gimp_places(tmp_path, {})
    wanted = [(tmp_path / folder / "plug-ins", closed) for folder, closed in FOLDERS[system]]
    assert [(place.plug_ins, place.sandbox is not None) for place in found] == wanted


@pytest.mark.parametrize("name", OWN)
def test_all_that_gimp_gets_is_python_3_10(name: str) -> None:
    ast.parse(OWN[name].decode(), feature_version=(3, 10))


def test_nothing_compiled_is_carried() -> None:
    kinds = {Path(name).suffix for name in gimp_files()}
    assert kinds <= {".py", ".json", ".md", ".txt", ""}, kinds
