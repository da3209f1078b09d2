# SPDX-License-Identifier: Apache-2.0
"""Which module imports which, read from the sources: anywhere in a file, in functions and under TYPE_CHECKING too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "protocol": ROOT / "protocol",
    "server": ROOT / "server",
    "plugin_krita.pullbrush": ROOT / "plugin_krita" / "pullbrush",
    "plugin_gimp.pullbrush": ROOT / "plugin_gimp" / "pullbrush",
}
Graph = dict[str, set[str]]


def graph(packages: Mapping[str, Path] = PACKAGES) -> Graph:
    """Modules with the modules of these packages that they import; what a plug-in carries is `protocol` itself."""
    files = {
        name: path for package, folder in packages.items() for name, path in _files(package, folder)
    }
    return {
        name: {found for found in _imported(name, path, files) if found in files} - {name}
        for name, path in files.items()
    }


def circles(of: Graph) -> list[list[str]]:
    """Modules that import each other, over others or not; each circle once (Tarjan's algorithm, without recursion)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for start in sorted(of):
        way = [] if start in number else [(start, iter(sorted(of[start])))]
        while way:
            name, rest = way[-1]
            if name not in number:
                number[name] = lowest[name] = len(number)
                stack.append(name)
            following = next((one for one in rest if one not in number or one in stack), None)
            if following is None:
                way.pop()
                if way:
                    lowest[way[-1][0]] = min(lowest[way[-1][0]], lowest[name])
                if lowest[name] == number[name]:
                    at = stack.index(name)
                    found += [sorted(stack[at:])] if len(stack) - at > 1 else []
                    del stack[at:]
            elif following in number:
                lowest[name] = min(lowest[name], number[following])
            else:
                way.append((following, iter(sorted(of[following]))))
    return found


def _files(package: str, folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        if package != "protocol" and parts[0] == "protocol":
            continue  # the copy that a plug-in carries
        yield ".".join((package, *(part for part in parts if part != "__init__"))), path


def _imported(name: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            module = _plain(".".join([*above, *filter(None, [node.module])]))
            for alias in node.names:
                below = f"{module}.{alias.name}"
                yield below if below in known else module


def _plain(module: str) -> str:
    """`plugin_krita.pullbrush.protocol.x` is `protocol.x`."""
    before, carried, after = module.partition(".pullbrush.protocol")
    return f"protocol{after}" if carried and before.startswith("plugin_") else module
