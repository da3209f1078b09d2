# SPDX-License-Identifier: Apache-2.0
"""No parameter is special by its name: outside an edit's description and its runner, none is written in code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.edits import EDITS

ROOT = Path(__file__).resolve().parents[2]
NAMES = frozenset(name for edit in EDITS.values() for name in edit.described_fields())
CODE = ("protocol", "server", "plugin_krita", "plugin_gimp")
BESIDE = ("protocol/edits", "server/engine/edits", "server/lab")
"""Descriptions, runners, and the laboratory, which measures edits that it knows."""

OTHER_MEANINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "model": (
        "a kind of worker; a key of headers, recipes, provenance and JSON that is printed; part of a file's name",
        (
            "protocol/plugin/session/outcome.py", "protocol/recipe.py", "server/cli/bench/commands.py",
            "server/cli/convert.py", "server/cli/models.py", "server/engine/models",
            "server/engine/provenance.py", "server/front", "server/worker",
        ),
    ),
    "placement": (
        "a key of headers and of JSON that is printed",
        ("server/cli/editing/report.py", "server/front", "server/worker"),
    ),
    "seed": (
        "a kind of field and its widget; a key of headers and of JSON that is printed",
        (
            "protocol/plugin/panel.py", "plugin_krita/pullbrush", "plugin_gimp/pullbrush",
            "server/cli/editing/options.py", "server/cli/editing/report.py", "server/front", "server/worker",
        ),
    ),
    "drags": (
        "a kind of field and its widget; where a problem with an arrow lies",
        (
            "protocol/plugin/panel.py", "protocol/plugin/view.py", "protocol/plugin/drags.py",
            "protocol/plugin/drag_layer.py", "plugin_gimp/pullbrush/arguments.py", "server/cli/editing/options.py",
        ),
    ),
    "scale": ("a transform of SVG", ("protocol/plugin/svg_read.py",)),
    "snap": ("a kind of package", ("server/cli/installing/sandbox.py",)),
    "grow": ("a function of masks", ("server/engine/canvas/__init__.py",)),
    "prompt": ("a part of a method's settings", ("server/engine/diffusion",)),
    "reference_compat": ("a setting of DragGAN's own", ("server/engine/models/gan_profile.py",)),
}  # fmt: skip
FIXED_EDITS = "server/cli/demo.py"
"""The demo does two edits with parameters of its own, as an artist would type them."""


def names_in(source: str) -> Iterator[tuple[int, str]]:
    """(line, name) of every text that is the name of a parameter."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in NAMES:
            yield node.lineno, str(node.value)


def offences(root: Path) -> list[str]:
    """Where a tree's code names a parameter."""
    found: list[str] = []
    for folder in CODE:
        for file in sorted((root / folder).rglob("*.py")):
            place = file.relative_to(root).as_posix()
            carried = "protocol" in file.relative_to(root).parts[2:]
            if carried or place == FIXED_EDITS or place.startswith(BESIDE):
                continue
            for line, name in names_in(file.read_text(encoding="utf-8")):
                if not place.startswith(OTHER_MEANINGS.get(name, ("", ()))[1] or ("\0",)):
                    found.append(f"{place}:{line}: {name}")
    return found


def test_no_parameter_is_special_by_its_name() -> None:
    assert offences(ROOT) == []


@pytest.mark.parametrize(
    "line",
    ['quick = params.get("method") == "warp"', 'panel.value("dx")', 'set_many({"frame": 3})'],
)
def test_one_that_is_would_be_found(line: str, tmp_path: Path) -> None:
    for folder in CODE:
        (tmp_path / folder).mkdir()
    (tmp_path / "server" / "front").mkdir()
    (tmp_path / "server" / "front" / "jobs.py").write_text(f"{line}\n", encoding="utf-8")
    assert len(offences(tmp_path)) == 1


def test_every_exception_is_needed() -> None:
    for name, (reason, places) in OTHER_MEANINGS.items():
        assert reason
        for place in places:
            files = [ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py")
            found = {n for file in files for _, n in names_in(file.read_text(encoding="utf-8"))}
            assert name in found, f"{place} does not name {name} any more"
