# SPDX-License-Identifier: Apache-2.0
"""Which edit is done how is said in one table, `server/engine/edits/runners.py`: nothing else in the product asks.

No `isinstance`, `match`, comparison, list or table of edit classes or of their names: whoever wants to know something
of an edit reads its description, or asks its runner.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.edits import EDITS, Edit
from server.engine.edits.runners import RUNNERS

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("protocol/", "server/", "plugin_krita/", "plugin_gimp/")
LAB = "server/lab/"
ALLOWED = {
    "EDITS": "the list of descriptions, which the schema is made of",
    "RUNNERS": "the table itself",
    "guided": "constants of a model, tuned for each edit: data of its profile, found by the edit's own name",
    "Tool": "“drag” is a tool of the pen here: pull, pin, way-point",
    "TOOLS": "the same",
    "SIGNS": "pictures of the pen's tools, and of the arrow with four heads",
}
"""Names that a listing is given, and why it is no dispatch."""


def edit_classes(base: type[Edit] = Edit) -> set[str]:
    """All kinds of edits, and what they have in common."""
    return {name for one in base.__subclasses__() for name in (one.__name__, *edit_classes(one))}


CLASSES, KINDS = edit_classes(), frozenset(EDITS)


def named(node: ast.expr | ast.pattern | None) -> str:
    """What of an edit an expression is: `Move`, `Move.KIND`, "move"; "" for anything else."""
    if isinstance(node, ast.Constant):
        return repr(node.value) if node.value in KINDS else ""
    if isinstance(node, ast.Name | ast.Attribute):
        found = ast.unparse(node).removesuffix(".KIND")
        return ast.unparse(node) if found.split(".")[-1] in CLASSES else ""
    return ""


def parts(node: ast.expr) -> Iterator[ast.expr]:
    """The members of a tuple, list, set or union; anything else as it is."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        for one in node.elts:
            yield from parts(one)
    elif isinstance(node, ast.BinOp):
        yield from parts(node.left)
        yield from parts(node.right)
    else:
        yield node


def asked(node: ast.AST) -> list[ast.expr]:
    """What an expression distinguishes by, if it is of those that do."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "issubclass"):
        return [one for given in node.args[1:] for one in parts(given)]
    if isinstance(node, ast.Compare):
        return [one for side in (node.left, *node.comparators) for one in parts(side)]
    if isinstance(node, ast.MatchClass):
        return [node.cls]
    if isinstance(node, ast.MatchValue):
        return [node.value]
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key is not None]
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return node.elts
    return []


def offences(code: str) -> list[str]:
    """Where code asks which edit it has before it, as `line: what`."""
    found: list[str] = []

    def visit(node: ast.AST, label: str, in_type: bool) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            first = node.targets[0] if isinstance(node, ast.Assign) else node.target
            label = ast.unparse(first)
        elif isinstance(node, ast.keyword):
            label = node.arg or ""
        if label not in ALLOWED:
            listing = isinstance(node, ast.Tuple | ast.List)
            for what in map(named, asked(node)):
                # Callable[[Move, Size], Rect] says a type and asks nothing
                if what and not (in_type and listing and not what.startswith("'")):
                    found.append(f"{getattr(node, 'lineno', 0)}: {what}")
        for child in ast.iter_child_nodes(node):
            visit(child, label, in_type or isinstance(node, ast.Subscript))

    visit(ast.parse(code), "", False)
    return found


def product() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.py"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    names = [name for name in listing.split("\0") if name.startswith(PRODUCT)]
    return [ROOT / n for n in names if not n.startswith(LAB) and (ROOT / n).is_file()]


@pytest.mark.parametrize("path", product(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_but_the_table_asks_which_edit_it_is(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []


def test_every_edit_has_its_runner_and_no_runner_is_left_over() -> None:
    assert set(RUNNERS) == set(EDITS.values())


@pytest.mark.parametrize(
    "code",
    [
        "if isinstance(edit, DragGan): pass",
        "return_ = isinstance(edit, (GuidedEdit, int))",
        "x = isinstance(edit, edits.Move | None)",
        "x = issubclass(kind, WordedEdit)",
        "match edit:\n    case Drag(): pass\n    case _: pass",
        "match kind:\n    case 'move': pass",
        "if type(edit) is Move: pass",
        "if edit.KIND == 'drag': pass",
        "if 'drag-gan' in kinds: pass",
        "if edit.KIND == Drag.KIND: pass",
        "x = {'drag': self.drag, 'move': self.move}[kind]",
        "x = {'ops': ['drag-gan'] if generator else ['drag', 'move']}",
        "if kind in ('drag', 'x'): pass",
        "WAYS = {Drag: warp, Move: warp}",
        "for kind in (Drag, Move): pass",
        "Kind = Literal['drag', 'move']",
    ],
)
def test_the_check_above_can_fail(code: str) -> None:
    """The dispatches that there were, and the ways around this check that come to mind."""
    assert offences(code)


@pytest.mark.parametrize(
    "code",
    [
        "def region(edit: Move, then: Callable[[Move, Size], Rect]) -> None: ...",
        "MOVE = GuidedFunctions[Move](region=region)",
        "settings = profile.guided.get(edit.KIND, usual)",
        "if type(newer) is not type(edit): pass",
        "KIND: ClassVar[str] = 'drag'",
        "job = submit('drag', document)",
    ],
)
def test_what_does_not_ask_is_let_be(code: str) -> None:
    assert offences(code) == []
