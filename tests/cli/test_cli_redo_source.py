# SPDX-License-Identifier: Apache-2.0
"""A result is made again from its own source, also where other layers have the source's name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Run

from protocol.recipe_parts import Source
from server.cli.editing.redo import find, host_for
from server.cli.editing.redo_source import source_of
from server.cli.problem import Problem
from server.engine.api import Picture
from server.files import (
    Document,
    FileLayer,
    Group,
    Node,
    OraLayer,
    read_document,
    read_picture,
    write_ora,
)

EDIT = ("--drag", "66,62:66,40", "--method", "warp", "-q")
RESULT = "drag [Pullbrush] (abc123)"
RESULTS = frozenset({RESULT})
MADE_FROM = Source(sha256="", crop=(0, 0, 8, 8), document=(8, 8), layer="paper")


def layer(name: str, value: int = 0) -> FileLayer:
    picture = Picture(
        pixels=np.full((8, 8, 4), value, np.uint8), rect=(0, 0, 8, 8), document=(8, 8)
    )
    return FileLayer(name=name, load=lambda: picture, element=value)


def document(*nodes: Node) -> Document:
    return Document(name="a.ora", size=(8, 8), nodes=nodes)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_of_three_layers_of_one_name_it_is_the_one_it_was_made_of(
    pullbrush: Run, scene: Path, which: int
) -> None:
    """Whatever the artist does with the result's place afterwards, the pixels tell."""
    lake = read_picture(scene)
    papers = [replace(lake, pixels=np.roll(lake.pixels, 5 * n, axis=1)) for n in range(3)]
    place, first, again = (scene.with_name(f"{n}.ora") for n in ("a", "first", "again"))
    names = [("lake" if n == which else f"paper {n}") for n in range(3)]
    layers = [OraLayer(name=n, picture=p) for n, p in zip(names, papers, strict=True)]
    write_ora(place, size=lake.document, layers=layers, merged=lake)
    done = pullbrush("edit", "drag", place, "--layer", "lake", *EDIT, "-o", first)
    assert done.returncode == 0, done.stderr
    made = read_document(first)
    entries = {name: load() for name, load in made.entries.items()}
    result = next(one for one in made.layers if "[Pullbrush]" in one.name)
    layers = [OraLayer(name=result.name, picture=result.load())]
    layers += [OraLayer(name="lake", picture=one) for one in papers]
    write_ora(first, size=lake.document, layers=layers, merged=lake, entries=entries)
    found = find(first)
    host = host_for(first, found, None)
    assert (host.picture.pixels == papers[which].pixels).all()
    done = pullbrush("redo", first, "-o", again, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    redone = read_document(again)
    at = next(n for n, one in enumerate(redone.layers) if "[Pullbrush]" in one.name)
    assert at == which, "right above its source"
    assert (redone.layers[at].load().pixels == result.load().pixels).all()


def test_where_pixels_do_not_tell_it_is_the_nearest_below_in_its_group() -> None:
    one, two, three = (layer("paper", n) for n in range(3))
    group = Group(name="Sketches", children=(one, layer(RESULT), two, three))
    assert source_of(document(layer("paper"), group), MADE_FROM, results=RESULTS) is two


def test_where_nothing_tells_it_is_asked() -> None:
    nodes = (layer("paper"), layer("paper"), layer(RESULT), layer("ink"))
    with pytest.raises(Problem, match=r"2 layers called “paper”.*Rename the others"):
        source_of(document(*nodes), MADE_FROM, results=RESULTS)


def test_only_the_source_is_shown_again(tmp_path: Path, scene: Path, pullbrush: Run) -> None:
    lake = read_picture(scene)
    place, first = tmp_path / "a.ora", tmp_path / "first.ora"
    layers = [OraLayer(name="lake", picture=lake)]
    write_ora(place, size=lake.document, layers=layers, merged=lake)
    assert pullbrush("edit", "drag", place, *EDIT, "-o", first).returncode == 0
    made = read_document(first)
    entries = {name: load() for name, load in made.entries.items()}
    layers = [
        OraLayer(name=made.layers[0].name, picture=made.layers[0].load()),
        OraLayer(name="lake", picture=lake, visible=False),
        OraLayer(
            name="lake", picture=replace(lake, pixels=lake.pixels[::-1].copy()), visible=False
        ),
    ]
    write_ora(first, size=lake.document, layers=layers, merged=lake, entries=entries)
    host = host_for(first, find(first), None)
    assert [one.visible for one in host.document.layers] == [True, False]
