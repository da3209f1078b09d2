# SPDX-License-Identifier: Apache-2.0
"""Recipes: what is kept, what is refused, and that damage is noticed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.edits import Drag, DragPath, Move
from protocol.ora_recipes import add_recipes, read_recipes
from protocol.recipe import FORMAT, Bundle, Recipe, RecipeError, Source, Weights
from protocol.recipe_parts import is_file_name, is_id
from protocol.source_hash import source_hash, widen
from protocol.store import Store

SOURCE = Source(
    sha256="0" * 64, crop=(8, 8, 256, 256), document=(512, 400), layer="Sky", layer_offset=(-3, 2)
)
MODEL = Weights(name="scenes", sha256="a" * 64)
HOSTILE_NAMES = [
    "../x",
    "/etc/passwd",
    "..",
    ".hidden",
    "a/b",
    "a\\b",
    "con.png",
    "nul",
    "x\0y",
    "A.png",
    "",
    "a." + "b" * 9,
]


def bundle(seed: int = 7, mask: bytes = b"mask bytes") -> Bundle:
    edit = Drag(drags=(DragPath(points=((1, 2), (3.5, 4))),), prompt="ein Mond über 山", seed=seed)
    return Recipe.of(
        edit,
        files={"mask.png": ("mask", mask, (0, 0, 10, 10))},
        seed=seed,
        model=MODEL,
        source=SOURCE,
        engine="0.1.0",
        loras=(Weights(name="snow", weight=1),),
    )


def test_a_recipe_survives_json_and_gives_the_same_edit() -> None:
    recipe = bundle().recipe
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert again.id == recipe.id
    assert again.to_edit() == Drag(
        drags=(DragPath(points=((1, 2), (3.5, 4))),), prompt="ein Mond über 山", seed=7
    )


def test_the_id_depends_on_everything_and_on_nothing_else() -> None:
    one = bundle()
    assert bundle().recipe.id == one.recipe.id
    ids = {one.recipe.id, bundle(seed=8).recipe.id, bundle(mask=b"other").recipe.id}
    for change in ({"engine": "0.2.0"}, {"loras": ()}, {"model": Weights(name="sd15")}):
        ids.add(dataclasses.replace(one.recipe, **change).id)
    ids.add(
        dataclasses.replace(one.recipe, source=dataclasses.replace(SOURCE, layer_offset=(0, 0))).id
    )
    assert len(ids) == 7


def test_a_newer_recipe_is_refused_with_a_sentence() -> None:
    node = json.loads(bundle().recipe.to_json())
    node["format"] = FORMAT + 1
    node["mood"] = "happy"
    with pytest.raises(RecipeError, match=r"newer Pullbrush. Update Pullbrush"):
        Recipe.from_json(json.dumps(node).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 8},
        {"seed": 1.5},
        {"edit": "../drag"},
        {"edit": 5},
        {"params": []},
        {"extra": 1},
        {"format": 0},
        {"engine": ["x"]},
        {"source": {}},
        {"source": None},
        {"model": {"name": ""}},
        {"loras": [{"name": "x", "weight": "heavy"}]},
        {"attachments": {"../mask.png": {"role": "mask", "sha256": "0" * 64, "nbytes": 1}}},
        {"attachments": {"mask.png": {"role": "mask", "sha256": "0" * 64, "nbytes": -1}}},
        {"attachments": ["mask.png"]},
    ],
)
def test_a_changed_recipe_is_refused(change: dict[str, object]) -> None:
    node = {**json.loads(bundle().recipe.to_json()), **change}
    with pytest.raises(RecipeError):
        Recipe.from_json(json.dumps(node).encode())


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    with pytest.raises(RecipeError):
        Recipe.from_json(data)


@given(st.data())
def test_no_damaged_recipe_is_read(data: st.DataObject) -> None:
    good = bytearray(bundle().recipe.to_json())
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= data.draw(st.integers(1, 255))
    try:
        recipe = Recipe.from_json(bytes(good))
    except RecipeError:
        return
    assert recipe == bundle().recipe  # only blanks between the words may change


def test_deep_json_is_refused() -> None:
    with pytest.raises(RecipeError):
        Recipe.from_json(b"[" * 500_000)


def test_attachments_are_checked() -> None:
    one = bundle()
    for files in ({}, {"mask.png": b"other bytes"}, {**one.files, "more.png": b""}):
        with pytest.raises(RecipeError):
            Bundle(recipe=one.recipe, files=files)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_no_names(name: str) -> None:
    assert not is_file_name(name)
    assert not is_id(name)
    with pytest.raises(ValueError, match="may not be called"):
        Recipe.of(
            Move(dx=1),
            files={name: ("mask", b"", None)},
            seed=0,
            model=MODEL,
            source=SOURCE,
            engine="1",
        )


def test_an_edit_only_a_newer_engine_knows_is_kept_but_not_run() -> None:
    recipe = Recipe(
        edit="teleport", params={"far": 3}, seed=1, model=MODEL, source=SOURCE, engine="9"
    )
    assert Recipe.from_json(recipe.to_json()) == recipe
    with pytest.raises(RecipeError, match="Update Pullbrush"):
        recipe.to_edit()


# ---------------------------------------------------------------- store


def test_the_store_gives_back_what_was_put(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "recipes")
    one = bundle()
    assert store.get(one.recipe.id) is None
    file = store.put(one)
    store.put(one)
    assert store.get(one.recipe.id) == one
    assert store.find(one.recipe.short_id) == [one.recipe]
    assert store.find("ffffff") == []
    assert store.ids() == [one.recipe.id]
    assert [entry.name for entry in store.folder.iterdir()] == [file.name]
    assert file.stat().st_mode & 0o077 == 0
    store.remove(one.recipe.id)
    assert store.ids() == []


@pytest.mark.parametrize(
    "name", [*HOSTILE_NAMES, "../" + "a" * 29, "a" * 31, "A" * 32, "a" * 32 + "\n"]
)
def test_the_store_reads_and_removes_nothing_outside(tmp_path: Path, name: str) -> None:
    outside = tmp_path / f"{'a' * 29}.zip"
    outside.write_bytes(b"precious")
    store = Store(tmp_path / "recipes")
    store.put(bundle())
    assert store.get(name) is None
    store.remove(name)
    assert outside.read_bytes() == b"precious"
    assert len(store.ids()) == 1


def test_a_full_store_forgets_the_oldest(tmp_path: Path) -> None:
    store = Store(tmp_path, size_max=5000)
    bundles = [bundle(seed=i, mask=os.urandom(1000)) for i in range(8)]
    for i, one in enumerate(bundles):
        os.utime(store.put(one), ns=(i * 10**9, i * 10**9))
    kept = store.ids()
    assert kept[0] == bundles[-1].recipe.id
    assert 1 < len(kept) < 8
    assert kept == [one.recipe.id for one in reversed(bundles)][: len(kept)]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 5000


def test_one_recipe_larger_than_the_store_is_still_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, size_max=10)
    one = bundle()
    store.put(one)
    assert store.get(one.recipe.id) == one


def test_using_a_recipe_keeps_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, new = bundle(seed=1), bundle(seed=2)
    for i, one in enumerate((old, new)):
        os.utime(store.put(one), ns=(i * 10**9, i * 10**9))
    store.get(old.recipe.id)
    assert store.ids() == [old.recipe.id, new.recipe.id]


def test_a_damaged_stored_recipe_is_told_and_not_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    one = bundle()
    file = store.put(one)
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(RecipeError, match="cannot be read"):
        store.get(one.recipe.id)
    assert store.find(one.recipe.short_id) == []


def test_a_recipe_filed_under_another_id_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    file = store.put(bundle())
    other = "f" * 32
    with zipfile.ZipFile(tmp_path / f"{other}.zip", "w") as archive, zipfile.ZipFile(file) as old:
        archive.writestr(f"{other}.json", old.read(f"{file.stem}.json"))
    with pytest.raises(RecipeError, match="damaged"):
        store.get(other)


# ---------------------------------------------------------------- OpenRaster


@pytest.fixture
def ora(tmp_path: Path) -> Path:
    path = tmp_path / "picture.ora"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", b"image/openraster", zipfile.ZIP_STORED)
        archive.writestr("stack.xml", b"<image/>")
        archive.writestr("data/layer0.png", os.urandom(5000))
    return path


def test_recipes_travel_in_openraster(ora: Path) -> None:
    before = ora.read_bytes()
    one, two = bundle(seed=1), bundle(seed=2)
    assert add_recipes(ora, [one, two]) == [one.recipe.id, two.recipe.id]
    found, problems = read_recipes(ora)
    assert found == {one.recipe.id: one, two.recipe.id: two}
    assert problems == []
    with zipfile.ZipFile(ora) as archive:
        first, _second, third, *rest = archive.infolist()
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert first.header_offset == 0
        assert {entry.filename for entry in rest} == {
            f"pullbrush/{b.recipe.id}{end}" for b in (one, two) for end in (".json", "/mask.png")
        }
        assert archive.testzip() is None
    assert ora.read_bytes()[: third.header_offset] == before[: third.header_offset]
    assert [entry.name for entry in ora.parent.iterdir()] == [ora.name]


def test_adding_again_changes_nothing(ora: Path) -> None:
    add_recipes(ora, [bundle()])
    before = ora.read_bytes()
    assert add_recipes(ora, [bundle()]) == []
    assert ora.read_bytes() == before


def test_the_same_recipe_is_the_same_bytes(ora: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.ora"
    copy.write_bytes(ora.read_bytes())
    add_recipes(ora, [bundle()])
    add_recipes(copy, [bundle()])
    assert copy.read_bytes() == ora.read_bytes()


def test_a_damaged_recipe_is_told_and_replaced(ora: Path) -> None:
    one = bundle()
    with zipfile.ZipFile(ora, "a") as archive:
        archive.writestr(f"pullbrush/{one.recipe.id}.json", one.recipe.to_json())
        archive.writestr(f"pullbrush/{one.recipe.id}/mask.png", b"not the mask")
    found, problems = read_recipes(ora)
    assert found == {}
    assert len(problems) == 1
    add_recipes(ora, [one])
    assert read_recipes(ora) == ({one.recipe.id: one}, [])
    with zipfile.ZipFile(ora) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert len(archive.namelist()) == 5
        assert archive.testzip() is None


@pytest.mark.parametrize("name", ["no.zip", "zip.ora", "cut.ora"])
def test_what_is_no_openraster_is_refused_and_left_alone(
    ora: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    if name == "no.zip":
        path.write_bytes(b"no zip at all")
    elif name == "cut.ora":
        path.write_bytes(ora.read_bytes()[:-40])
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("stack.xml", b"<image/>")
    before = path.read_bytes()
    for call in (read_recipes, lambda p: add_recipes(p, [bundle()])):
        with pytest.raises(RecipeError, match="not an OpenRaster file"):
            call(path)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_file_whole(ora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ora.read_bytes()

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("protocol.ora_recipes.write_bundle", full)
    with pytest.raises(OSError, match="No space"):
        add_recipes(ora, [bundle()])
    assert ora.read_bytes() == before
    assert [entry.name for entry in ora.parent.iterdir()] == [ora.name]


def test_a_bomb_is_not_unpacked(ora: Path) -> None:
    recipe_id = "b" * 32
    with zipfile.ZipFile(ora, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"pullbrush/{recipe_id}.json", b" " * (64 << 20))
    found, problems = read_recipes(ora)
    assert found == {}
    assert "larger than" in problems[0]


def test_recipes_that_fill_the_memory_together_are_left_out(
    ora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protocol.ora_recipes.TOTAL_MAX", 50_000)
    add_recipes(ora, [bundle(seed=seed, mask=bytes(20_000)) for seed in range(5)])
    found, problems = read_recipes(ora)
    assert len(found) == 2
    assert "too large to be read with the others" in problems[0]
    assert "larger than 0 MB together; the rest is left out" in problems[1]


# ---------------------------------------------------------------- source hash


def test_colors_nobody_can_see_do_not_count() -> None:
    shown = struct.pack("<8H", 1, 2, 3, 65535, 0, 0, 0, 0)
    other = struct.pack("<8H", 1, 2, 3, 65535, 9, 8, 7, 0)
    assert source_hash(shown, 2, 1) == source_hash(other, 2, 1)
    assert source_hash(shown, 2, 1) != source_hash(shown, 1, 2)
    assert source_hash(shown, 2, 1) != source_hash(
        struct.pack("<8H", 1, 2, 3, 65534, 0, 0, 0, 0), 2, 1
    )


@given(st.integers(1, 5), st.integers(1, 5), st.data())
def test_the_digest_is_over_zeroed_rows(width: int, height: int, data: st.DataObject) -> None:
    pixel = st.tuples(*[st.integers(0, 65535)] * 3, st.sampled_from([0, 1, 65535]))
    pixels = data.draw(st.lists(pixel, min_size=width * height, max_size=width * height))
    raw = b"".join(struct.pack("<4H", *p) for p in pixels)
    seen = b"".join(struct.pack("<4H", *(p if p[3] else (0, 0, 0, 0))) for p in pixels)
    head = f"pullbrush source {width}x{height} rgba16\n".encode()
    assert source_hash(raw, width, height) == hashlib.sha256(head + seen).hexdigest()


def test_the_wrong_number_of_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="2 × 1 RGBA u16 pixels are 16 bytes, not 8"):
        source_hash(bytes(8), 2, 1)


def test_widening_keeps_the_ends() -> None:
    assert struct.unpack("<3H", widen(bytes([0, 128, 255]))) == (0, 32896, 65535)
