# SPDX-License-Identifier: Apache-2.0
"""Whether all that type checkers are told of `gi` (plugin_gimp/typings) is there in the real GIMP."""

import ast
import importlib
from pathlib import Path

import gi

VERSIONS = {"Gtk": "3.0", "Gdk": "3.0", "GimpUi": "3.0"}
OURS = {"Gimp": {"Named"}, "Babl": set(), "GObject": set()}
"""Classes of a stub that only say what several have in common."""


def run(facts, args):
    folder = Path(args["typings"]) / "gi" / "repository"
    facts["looked_at"], facts["missing"] = 0, []
    for stub in sorted(folder.glob("*.pyi")):
        if stub.stem != "__init__":
            if stub.stem in VERSIONS:
                gi.require_version(stub.stem, VERSIONS[stub.stem])
            module = importlib.import_module(f"gi.repository.{stub.stem}")
            skipped = OURS.get(stub.stem, set())
            _look(facts, module, ast.parse(stub.read_text()).body, stub.stem, skipped)


def _look(facts, thing, body, name, skipped=()):
    for node in body:
        for one in _names(node):
            if one in skipped or one.startswith("__"):
                continue
            facts["looked_at"] += 1
            if not _has(thing, one):
                facts["missing"].append(f"{name}.{one}")
            elif isinstance(node, ast.ClassDef):
                _look(facts, getattr(thing, one), node.body, f"{name}.{one}")


def _names(node):
    if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return [node.name]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _has(thing, name):
    """Fields of records and what only objects have are not seen on a class."""
    if hasattr(thing, name):
        return True
    info = getattr(thing, "__info__", None)
    fields = [field.get_name() for field in info.get_fields()] if info is not None else []
    return name in fields
