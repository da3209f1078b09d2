# SPDX-License-Identifier: Apache-2.0
"""Finds every sentence that an artist can see: in the files of texts, and written in the code."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ("protocol/sentences", "protocol/plugin/strings", "protocol/edits/texts")
SHOWN = (
    *("plugin_krita/pullbrush", "plugin_gimp/pullbrush", "protocol/plugin"),
    *("server/cli", "server/files", "server/front/main.py", "server/start.py"),
)
"""Where code may write a sentence of its own; all others raise by message id or speak to programmers."""
UNSEEN = frozenset({"bench", "typings"})
"""Folders whose texts are for those who measure the program."""
INTERNAL = frozenset(
    {
        *(
            "ValueError",
            "TypeError",
            "RuntimeError",
            "KeyError",
            "AssertionError",
            "PermissionError",
        ),
        *("debug", "info", "warning", "exception", "compile", "fullmatch", "Annotated", "Literal"),
        *("cast", "NewType"),
    }
)
"""Calls whose texts no artist sees."""
RAISED = frozenset({"FileError", "HostError", "Problem", "not_an_image", "refused"})
"""What is raised with a sentence whose full stop is put later."""
WORDS = 3
"""A text of fewer words is a label or a name."""
ENDS = (".", "?", "!", "…")


@dataclass(frozen=True)
class Found:
    """A text in the code: where it stands, and how it reads, with `{name}` for what is filled in."""

    file: str
    line: int
    text: str


def texts(folder: str, language: str = "en") -> dict[str, str]:
    """The texts of one folder in one language, by message id."""
    path = ROOT / folder / f"{language}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def in_code() -> list[Found]:
    """Every sentence in the code an artist's texts come from, in the order of files and lines."""
    return [found for file in _files() for found in _in_file(file) if is_sentence(found.text)]


def is_sentence(text: str) -> bool:
    """Whether a text says something whole, and is no label, format or name."""
    words = text.split()
    return len(words) >= WORDS and text.rstrip().endswith(ENDS) and any(w.isalpha() for w in words)


def _files() -> Iterator[Path]:
    for place in SHOWN:
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            inside = file.relative_to(path).parts if path.is_dir() else ()
            copied = place.startswith("plugin_") and inside[:1] == ("protocol",)
            if not copied and UNSEEN.isdisjoint(file.relative_to(ROOT).parts):
                yield file


def _in_file(file: Path) -> Iterator[Found]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for line, text in _walk(tree):
        yield Found(file.relative_to(ROOT).as_posix(), line, text)


def _walk(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts below a node, docstrings and what only programmers read left out."""
    if isinstance(node, ast.Call) and _name(node.func) in INTERNAL:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    text = as_text(node)
    if text is not None:
        yield getattr(node, "lineno", 0), text
        return
    stop = isinstance(node, ast.Call) and _name(node.func) in RAISED
    for child in ast.iter_child_nodes(node):
        for line, found in _walk(child):
            yield line, f"{found}." if stop and not found.rstrip().endswith(ENDS) else found


def as_text(node: ast.AST) -> str | None:
    """A literal as it reads: the name of what is filled in stands in braces."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        f"{{{_name(one.value)}{_spec(one)}}}" if isinstance(one, ast.FormattedValue) else one.value
        for one in node.values
        if isinstance(one, ast.FormattedValue | ast.Constant)
    )


def _spec(value: ast.FormattedValue) -> str:
    spec = as_text(value.format_spec) if value.format_spec is not None else ""
    return f":{spec}" if spec else ""


def _name(node: ast.AST) -> str:
    """The last word of an expression, which says best what it holds."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case ast.Call():
            return (
                _name(node.args[0]) if node.args and _name(node.func) == "str" else _name(node.func)
            )
        case ast.Subscript():
            return _name(node.value)
        case ast.BinOp():
            return _name(node.left)
        case _:
            return "…"
