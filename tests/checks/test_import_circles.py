# SPDX-License-Identifier: Apache-2.0
"""No module imports one that imports it, over others or not: nowhere in a file, and not for type checkers only."""

from __future__ import annotations

from pathlib import Path

from import_graph import circles, graph


def test_no_import_circle() -> None:
    found = graph()
    for package in ("protocol", "server", "plugin_krita.pullbrush", "plugin_gimp.pullbrush"):
        assert len([name for name in found if name.startswith(package)]) > 20
    assert "protocol.client" in found["plugin_krita.pullbrush.line"], (
        "the carried copy is the tree's"
    )
    assert circles(found) == []


def test_the_check_can_fail(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "a.py").write_text("def later():\n    from . import b\n")
    (tmp_path / "b.py").write_text("from .c import it\nfrom . import d\n")
    (tmp_path / "c.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from one.a import later\n"
    )
    (tmp_path / "d.py").write_text("import one.e\n")
    (tmp_path / "e.py").write_text("import one.f\n")
    (tmp_path / "f.py").write_text("from . import e\n")
    assert circles(graph({"one": tmp_path})) == [["one.e", "one.f"], ["one.a", "one.b", "one.c"]]
