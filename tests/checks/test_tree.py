# SPDX-License-Identifier: Apache-2.0
"""Rules of the tree that no linter knows: license headers, folder names, sizes, private paths."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APACHE = "# SPDX-License-Identifier: Apache-2.0"
GPL = "# SPDX-License-Identifier: GPL-3.0-or-later"
CODE = {".py", ".toml", ".yml", ".yaml", ".sh"}
TOP = {
    *("protocol", "server", "plugin_krita", "plugin_gimp", "tests", "docs", "LICENSES", ".ci"),
    *("pyproject.toml", "constraints.txt", "Makefile", "LICENSE", "mkdocs.yml", ".gitignore"),
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", ".gitattributes"),
}
MAX_LINES, MAX_FUNCTION = 400, 60
MIB = 1 << 20
# Paths that only exist on somebody's own machine, and addresses that listen to the world. Written
# in pieces so that this file does not find itself.
PRIVATE = re.compile(
    r"(?<![\w.])/(?:"
    + "|".join(("work/(?:main|shared)", "tmp/" + "pb", r"root\b", r"home/[a-z]", r"Users/[A-Z]"))
    + r")|\.\./sha"
    + "red/"
)
WILDCARD = re.compile(r"0\.0" + r"\.0\.0|tcp://\*")
SPEAKS_OF_WILDCARD = ("tests/", "docs/", "SECURITY.md")


def tracked() -> list[Path]:
    """Every file git knows or would add, that is there."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listing.split("\0") if name)
    return sorted({path for path in paths if path.is_file()})


FILES = tracked()
PYTHON = [path for path in FILES if path.suffix == ".py"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def license_line(path: Path) -> str:
    return GPL if name(path).startswith("plugin_") else APACHE


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix in CODE], ids=name)
def test_license_header(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[:2]
    assert license_line(path) in first, f"first line must be: {license_line(path)}"


def test_top_level_is_the_agreed_one() -> None:
    found = {name(path).split("/")[0] for path in FILES}
    assert found <= TOP, f"new at the top level: {sorted(found - TOP)}"


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_one_idea_per_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_LINES, f"{text.count(chr(10))} lines, at most {MAX_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{node.name}: {length} lines, at most {MAX_FUNCTION}"


@pytest.mark.parametrize("path", [p for p in PYTHON if name(p).startswith("protocol/")], ids=name)
def test_protocol_uses_relative_imports_only(path: Path) -> None:
    """The plug-in zips carry protocol/ inside their own package (DESIGN §3)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] != "protocol" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert (node.module or "").split(".")[0] != "protocol", f"line {node.lineno}"


@pytest.mark.parametrize("path", [p for p in PYTHON if name(p).startswith("protocol/")], ids=name)
def test_protocol_is_python_3_10(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))


def test_tests_are_no_packages() -> None:
    """tests/protocol/__init__.py would shadow the package protocol."""
    assert not [p for p in PYTHON if name(p).startswith("tests/") and p.name == "__init__.py"]
    bases = [p.name for p in PYTHON if name(p).startswith("tests/") and p.name.startswith("test_")]
    assert len(bases) == len(set(bases)), "test files need names of their own"


def test_nothing_private_and_no_wildcard_address() -> None:
    for path in FILES:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        hit = PRIVATE.search(text)
        assert hit is None, f"{name(path)}: {hit and hit.group()!r}"
        if not name(path).startswith(SPEAKS_OF_WILDCARD):
            assert WILDCARD.search(text) is None, f"{name(path)} names a wildcard address"


def test_sizes() -> None:
    """The tree stays easy to clone: DESIGN §7. The references' stored numbers have a limit of their own (ADR 8)."""
    sizes = {name(path): path.stat().st_size for path in FILES}
    weights = sum(
        size
        for path, size in sizes.items()
        if path.endswith(".safetensors") and not path.startswith("tests/parity/fixtures/")
    )
    assert max(sizes.values()) <= 15 * MIB, max(sizes, key=sizes.__getitem__)
    assert weights <= 45 * MIB, f"{weights / MIB:.1f} MiB of weights"
    assert sum(sizes.values()) <= 60 * MIB, f"{sum(sizes.values()) / MIB:.1f} MiB altogether"


def test_every_folder_of_server_is_checked_strictly() -> None:
    """A new folder under server/ has to be named in pyright's strict list, or in this one."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    strict = set(config["tool"]["pyright"]["strict"])
    folders = {name(p).split("/")[1] for p in PYTHON if re.match(r"server/\w+/", name(p))}
    missing = {f"server/{f}" for f in folders - {"engine", "lab"}} - strict
    assert not missing, f"not checked strictly: {sorted(missing)}"
