# SPDX-License-Identifier: Apache-2.0
"""Which files of the plug-ins know a paint program, and which its toolkit (docs/adr/0007)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIMP, KRITA = ROOT / "plugin_gimp" / "pullbrush", ROOT / "plugin_krita" / "pullbrush"
PROGRAM = {"Gimp", "GimpUi", "Gegl", "Babl"}
KNOW_GIMP = {"host.py", "layers.py", "plugin.py"}
KNOW_GI = {*KNOW_GIMP, "gtk.py", "composing.py"}
HOST_MAX = 300


def names_in(text: str) -> set[str]:
    """Every name and attribute that a source uses; docstrings and comments are not looked at."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def sources(folder: Path) -> dict[str, set[str]]:
    """Names used by each file of a plug-in, by file name."""
    return {place.name: names_in(place.read_text("utf-8")) for place in folder.glob("*.py")}


def test_only_three_files_know_gimp() -> None:
    found = {name for name, names in sources(GIMP).items() if names & PROGRAM}
    assert found == KNOW_GIMP


def test_what_gimp_returns_stays_in_these_files() -> None:
    assert {name for name, names in sources(GIMP).items() if "raw" in names} == KNOW_GIMP


def test_gtk_comes_from_one_file() -> None:
    """Beside those that know GIMP; composing.py puts pictures together, also where there is no screen."""
    of_gi = {name for name, names in sources(GIMP).items() if names & {"gi", "gi.repository"}}
    assert of_gi == KNOW_GI
    assert not names_in((GIMP / "composing.py").read_text("utf-8")) & {"Gtk", "Gdk", "Pango"}


def test_one_file_imports_krita() -> None:
    """Beside the start, which only looks whether it is inside Krita."""
    found = {name for name, names in sources(KRITA).items() if "krita" in names}
    assert found == {"host.py", "__init__.py"}


@pytest.mark.parametrize("folder", [GIMP, KRITA], ids=["gimp", "krita"])
def test_the_adapter_stays_small(folder: Path) -> None:
    lines = (folder / "host.py").read_text("utf-8").count("\n")
    assert lines <= HOST_MAX, f"host.py has {lines} lines, at most {HOST_MAX}"


def test_the_rule_can_fail() -> None:
    assert "Gegl" in names_in("from gi.repository import Gegl")
    assert "raw" in names_in("layer.raw.get_name()")
    assert not names_in('"""Gimp"""  # Gegl') & PROGRAM
