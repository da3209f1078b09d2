# SPDX-License-Identifier: Apache-2.0
"""Files that earlier versions wrote are read, and say what they said then; `tests/stored` says who wrote them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from fakes.around import END, START, Around
from fakes.tied import plain, turns

from protocol import session
from protocol.edits import EDITS, Drag, DragGan, DragPath, Edit, EditModel, Move
from protocol.ora_recipes import read_recipes
from protocol.plugin.binding import find, mask_of, unpack
from protocol.plugin.document.kept_values import KeptValues
from protocol.plugin.film import film_in
from protocol.plugin.history import History
from protocol.plugin.host import HostLayer
from protocol.plugin.svg_read import read_svg
from protocol.store import Store

STORED = Path(__file__).parents[1] / "stored" / "0.1.0"
DRAG, MOVE, GAN = (
    "5e41620c832c4bd1abe343846f61311f",
    "a0b3a24f73d91b632d3854a2d79c2c0b",
    "beb22f32ad658572410c1bed769b5ece",
)
SCENES = "647c802613d1d2c717bcb378d717177648e32c81da8d09328259a069badd827d"
HEADS = "079ff78fa06d6a8d5a951e97d7b05f8a1a95c30bc5a2c95e352fdbcd931b6590"
PICTURE = "24b024a7004ff9f8d4d37115fc4a810d3d3273725b51abe0f98c175104c5fca9"
WAY = DragPath(points=((30.0, 40.0), (36.0, 30.0), (40.0, 34.0)))
MADE: dict[str, tuple[Edit, str, str]] = {
    DRAG: (
        Drag(
            drags=(WAY, DragPath(points=((80.0, 80.0),))),
            prompt="a hill at dusk",
            seed=7,
            preset="quick",
        ),
        SCENES,
        "drag: a hill at dusk [Pullbrush] (5e4162)",
    ),
    MOVE: (
        Move(dx=12.0, dy=-4.0, scale=0.8, preset="quick"),
        SCENES,
        "move [Pullbrush] (a0b3a2)",
    ),
    GAN: (
        DragGan(
            drags=(
                DragPath(points=((40.0, 50.0), (44.0, 50.0))),
                DragPath(points=((20.0, 70.0),)),
            ),
            seed=3,
        ),
        HEADS,
        "drag-gan [Pullbrush] (beb22f)",
    ),
}


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The files, where a program may touch them."""
    return Path(shutil.copytree(STORED, tmp_path / "stored"))


@pytest.mark.parametrize("recipe_id", MADE)
def test_a_recipe_of_each_edit(stored: Path, recipe_id: str) -> None:
    edit, model, layer = MADE[recipe_id]
    store = Store(stored / "recipes")
    bundle = store.get(recipe_id)
    assert bundle is not None
    recipe = bundle.recipe
    assert (recipe.id, recipe.layer_name) == (recipe_id, layer)
    assert recipe.to_edit() == edit
    assert set(recipe.params) <= set(EditModel.of(EDITS[recipe.edit]).fields)
    assert (recipe.model.sha256, recipe.engine, recipe.protocol) == (model, "0.1.0", "1.0")
    source = recipe.source
    assert (source.layer, source.layer_offset, source.sha256) == ("head", (0, 0), PICTURE)
    assert (source.document, source.crop) == ((96, 96), (0, 0, 96, 96))
    assert [one.id for one in store.find(recipe.short_id)] == [recipe_id]
    named = HostLayer(key="1", name=f"{layer} copy", offset=(0, 0))
    assert find(named, in_file={}, store=store) == bundle


def test_there_is_one_of_each_edit_of_that_version(stored: Path) -> None:
    store = Store(stored / "recipes")
    assert set(store.ids()) == set(MADE)


def test_a_recipe_that_was_kept_with_a_layer(stored: Path) -> None:
    bundle = unpack((stored / "layer-recipe.zip").read_bytes())
    assert bundle.recipe.id == MOVE
    mask = mask_of(bundle)
    assert mask is not None
    assert (mask.rect, bytes(mask.data)) == ((30, 40, 30, 30), b"\xff" * 900)


@pytest.mark.parametrize(("file", "recipe_id"), [("head-moved", MOVE), ("head-film", GAN)])
def test_an_openraster_file_with_a_recipe(stored: Path, file: str, recipe_id: str) -> None:
    recipes, problems = read_recipes(stored / f"{file}.ora")
    assert (list(recipes), problems) == ([recipe_id], [])
    assert recipes[recipe_id] == Store(stored / "recipes").get(recipe_id)


def test_a_film(stored: Path) -> None:
    bundle = Store(stored / "recipes").get(GAN)
    assert bundle is not None
    film = film_in(bundle, EditModel.of(EDITS[bundle.recipe.edit]))
    assert film is not None
    assert (film.frames, film.columns, film.chosen) == (5, 1156, 4)
    assert film.fits(bundle.recipe.params)
    assert film.sheet is not None
    assert (film.sheet.place, sorted(film.sheet.shown(4, 4))) == ((0, 0, 96, 96), [0, 1, 2, 3, 4])


def test_a_history(stored: Path) -> None:
    data = (stored / "history.zip").read_bytes()
    history, problems = History.from_bytes(data)
    assert problems == []
    assert [entry.id for entry in history.entries] == [DRAG, GAN, MOVE]
    assert [entry.made_ms - 1_790_000_000_000 for entry in history.entries] == [0, 1, 2]
    assert [entry.id for entry in history.entries if entry.favorite] == [MOVE]
    assert all(entry.thumbnail.startswith(b"\x89PNG") for entry in history.entries)
    assert [entry.id for entry in history.search("dusk")] == [DRAG]
    assert history.to_bytes() == data, "and is written as it was"


def test_a_result_that_was_not_applied(stored: Path, around: Around) -> None:
    around.desk.close()
    around.store = Store(stored / "recipes")
    around.desk = around.new_desk()
    around.desk.auto_run = False
    turns(around)
    assert [entry.id[:6] for entry in around.desk.results.history.entries] == ["2b4c30"]
    assert around.desk.edit_again()
    assert plain(around) == [[list(START), list(END)]]


def test_the_drags_of_a_layer(stored: Path) -> None:
    drawn = read_svg((stored / "drags.svg").read_text(encoding="utf-8"), 96, 96)
    assert [one.points for one in drawn] == [((30.0, 40.0), (36.0, 30.0)), ((80.0, 80.0),)]
    assert [one.number for one in drawn] == [1, 2]


def test_values_that_the_next_document_begins_with(stored: Path) -> None:
    for edit in map(EditModel.of, EDITS.values()):
        assert KeptValues(stored).beginning(edit) == {"preset": "faithful"}


@pytest.mark.skipif(os.name == "nt", reason="the file belongs to who checked it out")
def test_a_session_file(stored: Path) -> None:
    place = stored / "engine.json"
    place.chmod(0o600)
    found = session.read(place)
    assert found.endpoints == (
        "ipc:///run/pullbrush/engine.json.run/engine.sock",
        "tcp://127.0.0.1:39891",
    )
    assert (found.pid, found.launcher, found.started_ms) == (5331, 5328, 1796075573971)
    assert found.engine_id == "01M8Q74MP2W6BQTB62YKW6QWQ6"
    assert found.token == "0123456789abcdef" * 4
    assert found.log == "/run/pullbrush/engine.json.run/engine.log"
