# SPDX-License-Identifier: Apache-2.0
"""A result in a file that keeps names and order only, as OpenRaster does, still finds what it was made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.connection import ScriptedConnection
from fakes.noted import NotedHost

from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.drags import DragList
from protocol.plugin.engine import Engine
from protocol.plugin.host import NewLayer, Pixels, Placement
from protocol.plugin.lineage import made_of, picture_on, topmost
from protocol.store import Store

ONE, TWO = "[Pullbrush] drag (0a1b2c)", "[Pullbrush] drag (3d4e5f)"


def lay(host: NotedHost, name: str, above: str, placement: Placement = "over") -> str:
    """Add a layer and forget all that only the program's own files keep."""
    pixels = Pixels(rect=(4, 4, 4, 4), data=b"\xff" * 64)
    new = NewLayer(name=name, pixels=pixels, above=above, placement=placement)
    (key,) = host.write_layers([new], None, name)
    host.above.clear()
    host.notes.clear()
    return key


def hide(host: NotedHost, key: str) -> None:
    """Hide a layer."""
    sheets = tuple(
        replace(one, visible=False) if one.key == key else one for one in host.state.sheets
    )
    host.state = replace(host.state, sheets=sheets)


def test_a_result_lies_on_its_source() -> None:
    host = NotedHost.opened()
    one = lay(host, ONE, "paper")
    two = lay(host, TWO, one)
    assert made_of(host, host, one) == ("paper",)
    assert made_of(host, host, two) == (one,)
    assert picture_on(host, host, one) == ("paper", one)
    assert made_of(host, host, "paper") == (), "what is no result was made of nothing"


def test_an_older_result_that_was_replaced_is_no_source() -> None:
    host = NotedHost.opened()
    older = lay(host, ONE, "paper")
    newer = lay(host, TWO, older, "instead")
    assert not host.sheet(older).visible
    assert made_of(host, host, newer) == ("paper",)


def test_a_hidden_source_is_found_by_the_name_in_the_recipe_and_was_copied_whole() -> None:
    host = NotedHost.opened()
    sketch = lay(host, "Sketch", "paper")
    whole = lay(host, ONE, sketch, "instead")
    assert made_of(host, host, whole) == ("paper",), "all that can be seen from the layers"
    assert made_of(host, host, whole, "Sketch") == (sketch,)
    assert made_of(host, host, whole, "Gone") == ("paper",)
    hide(host, "paper")
    assert made_of(host, host, whole) == ()


@pytest.mark.parametrize("hidden", [False, True])
def test_below_a_whole_copy_nothing_is_seen(hidden: bool) -> None:
    host = NotedHost.opened()
    one = lay(host, ONE, "paper")
    if hidden:
        hide(host, "paper")
    assert picture_on(host, host, one) == ((one,) if hidden else ("paper", one))


def test_results_of_the_same_layer_pile_up() -> None:
    sources = {"a": "paper", "b": "a", "c": "", "d": "paper"}
    siblings = ["ground", "paper", "a", "b", "c", "d"]
    assert topmost("paper", siblings, lambda key: sources.get(key, "")) == "b"
    assert topmost("c", siblings, lambda key: sources.get(key, "")) == "c"


def test_edit_again_in_a_reopened_file_starts_from_the_painted_layer(tmp_path: Path) -> None:
    host, net, store = NotedHost.opened(), ScriptedConnection(), Store(tmp_path)
    desk = DocumentController(host, Engine(net), notes=host, store=store, kind="drag")
    desk.auto_run = False
    desk.look()
    desk.set_drags(DragList().add((10.0, 10.0), (16.0, 12.0)))
    desk.run()
    for _ in range(5):
        desk.tick()
    net.done(net.last("edit"))
    desk.apply()
    for _ in range(5):
        desk.tick()
    result = host.active()
    assert host.names[0] == "Paper"
    plain = tuple(replace(one, recipe=None) for one in host.state.sheets)
    host.state = replace(host.state, sheets=plain)  # as an .ora of the program's own exporter
    host.above.clear()
    host.notes.clear()

    again = DocumentController(host, Engine(net), notes=host, store=store, kind="drag")
    again.look()
    assert again.edit_again(), again.error
    assert again.source.key == "paper"
    again.run()
    for _ in range(5):
        again.tick()
    net.done(net.last("edit"))
    again.apply()
    for _ in range(5):
        again.tick()
    assert not host.sheet(result).visible, "the new result takes the older one's place"
    assert host.sheet("paper").visible
