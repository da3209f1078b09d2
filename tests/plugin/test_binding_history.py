# SPDX-License-Identifier: Apache-2.0
"""Which recipe belongs to which layer, the history, masks and PNGs as bytes."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from protocol.edits import Drag, DragPath
from protocol.plugin.binding import bundles_for, find, mask_file, mask_of, pack, unpack
from protocol.plugin.history import Entry, History
from protocol.plugin.host import HostLayer, Pixels
from protocol.plugin.masks import bounds, cut, selection_of
from protocol.plugin.png import read_png, write_png
from protocol.recipe import Bundle, Recipe, RecipeError, Source, Weights
from protocol.store import Store

MASK = Pixels(rect=(3, 4, 5, 2), data=bytes(range(10)), channels=1, order="gray", alpha="none")


def bundle(seed: int = 1, prompt: str = "") -> Bundle:
    edit = Drag(drags=(DragPath(points=((1, 2), (3, 4))),), seed=seed, prompt=prompt)
    return Recipe.of(
        edit,
        files={"mask.png": mask_file(MASK)},
        seed=seed,
        model=Weights(name="scenes"),
        source=Source(sha256="", crop=(0, 0, 8, 8), document=(32, 24)),
        engine="1",
    )


# ---------------------------------------------------------------- binding


def test_a_recipe_goes_into_a_layer_and_out_again() -> None:
    one = bundle()
    assert unpack(pack(one)) == one
    assert pack(one) == pack(bundle())
    mask = mask_of(unpack(pack(one)))
    assert mask == MASK


@pytest.mark.parametrize("stored", [b"", b"junk", b"PK\x05\x06" + bytes(18)])
def test_damaged_data_on_a_layer_is_refused(stored: bytes) -> None:
    with pytest.raises(RecipeError):
        unpack(stored)


@given(st.data())
def test_no_damaged_recipe_is_taken_for_whole(data: st.DataObject) -> None:
    good = bytearray(pack(bundle()))
    good[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack(bytes(good))
    except RecipeError:
        return
    assert found == bundle()  # only what a zip says about dates and the like may change


def test_the_recipe_is_found_wherever_it_survived(tmp_path: Path) -> None:
    stored, in_file, kept = bundle(1), bundle(2), bundle(3)
    store = Store(tmp_path)
    store.put(kept)
    files = {in_file.recipe.id: in_file}

    def look(
        name: str, recipe: bytes | None = None, with_store: Store | None = store
    ) -> Bundle | None:
        return find(HostLayer(key="k", name=name, recipe=recipe), in_file=files, store=with_store)

    assert look("renamed by the artist", pack(stored)) == stored
    assert look(in_file.recipe.layer_name) == in_file
    assert look(kept.recipe.layer_name + " copy") == kept
    assert look(kept.recipe.layer_name, with_store=None) is None
    assert look("Paper") is None
    assert look("[Pullbrush] drag (ffffff)") is None
    assert look(kept.recipe.layer_name, b"damaged") == kept
    with pytest.raises(RecipeError):
        look("Paper", b"damaged")


def test_saving_openraster_collects_every_recipe_once(tmp_path: Path) -> None:
    one, two = bundle(1), bundle(2)
    store = Store(tmp_path)
    store.put(two)
    layers = [
        HostLayer(key="a", name="Paper"),
        HostLayer(key="b", name="x", recipe=pack(one)),
        HostLayer(key="c", name="y", recipe=pack(one)),
        HostLayer(key="d", name="z", recipe=b"damaged"),
        HostLayer(key="e", name=two.recipe.layer_name),
    ]
    assert bundles_for(layers, in_file={}, store=store) == [one, two]


def test_a_recipe_without_a_mask_has_none() -> None:
    one = bundle()
    edit, source = one.recipe.to_edit(), one.recipe.source
    bare = Recipe.of(edit, files={}, seed=1, model=one.recipe.model, source=source, engine="1")
    assert mask_of(bare) is None


def test_a_mask_that_is_no_picture_or_of_another_size_is_refused() -> None:
    one = bundle()
    for data in (b"no png", write_png(bytes(4), 2, 2, 1)):
        odd = Recipe.of(
            one.recipe.to_edit(), files={"mask.png": ("mask", data, (3, 4, 5, 2))},
            seed=1, model=one.recipe.model, source=one.recipe.source, engine="1",
        )  # fmt: skip
        with pytest.raises(RecipeError, match=r"selection or the frames .* damaged"):
            mask_of(odd)


# ---------------------------------------------------------------- history


def entry(seed: int, **more: object) -> Entry:
    return Entry(
        bundle=bundle(seed, f"sun number {seed}"), thumbnail=os.urandom(500), made_ms=seed, **more
    )  # type: ignore[arg-type]


def test_the_history_survives_saving() -> None:
    history = History()
    for seed in range(3):
        history = history.add(entry(seed))
    history = history.favor(history.entries[0].id)
    again, problems = History.from_bytes(history.to_bytes())
    assert again == history
    assert problems == []
    assert again.entries[0].favorite
    assert again.to_bytes() == history.to_bytes()


def test_the_same_recipe_is_there_once_and_stays_a_favorite() -> None:
    one = entry(1)
    history = History().add(one).add(entry(2)).favor(one.id).add(entry(1))
    assert [e.made_ms for e in history.entries] == [2, 1]
    assert history.entries[-1].favorite
    assert len(history.clear().entries) == 1
    assert history.remove(one.id).get(one.id) is None


def test_search_finds_words_seeds_and_ids() -> None:
    history = History().add(entry(1)).add(entry(22))
    assert [e.made_ms for e in history.search("SUN number")] == [22, 1]
    assert [e.made_ms for e in history.search("sun 22")] == [22]
    assert [e.made_ms for e in history.search(history.entries[0].id[:6])] == [1]
    assert history.search("moon") == ()


def test_a_full_history_forgets_the_oldest_but_no_favorite() -> None:
    history = History(bytes_max=9000).add(entry(0))
    history = history.favor(history.entries[0].id)
    for seed in range(1, 9):
        history = history.add(entry(seed))
    kept = [e.made_ms for e in history.entries]
    assert kept[0] == 0
    assert kept[-1] == 8
    assert sum(e.nbytes for e in history.entries) <= 9000
    assert len(kept) > 2


def test_a_damaged_history_keeps_what_is_whole() -> None:
    history = History().add(entry(1)).add(entry(2))
    data = history.to_bytes()
    broken = bytearray(data)
    broken[data.index(b"/mask.png") + 20] ^= 255  # within the first recipe's mask
    found, problems = History.from_bytes(bytes(broken))
    assert [e.made_ms for e in found.entries] == [2]
    assert len(problems) == 1
    for junk in (b"", b"junk", data[:100]):
        found, problems = History.from_bytes(junk)
        assert found.entries == ()
        assert problems == [
            "The list of results saved with this document cannot be read. "
            "A new one was begun; the layers are as they were."
        ]


# ---------------------------------------------------------------- PNG and masks


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_our_png_is_everybodys_png(channels: int, mode: str) -> None:
    data = os.urandom(7 * 5 * channels)
    png = write_png(data, 7, 5, channels)
    with PillowImage.open(io.BytesIO(png)) as picture:
        assert (picture.mode, picture.size) == (mode, (7, 5))
        assert picture.tobytes() == data
    assert read_png(png) == (data, 7, 5, channels)


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (4, "RGBA")])
def test_everybodys_png_is_read(channels: int, mode: str) -> None:
    data = bytes(
        (x * 3 + y * y + c) % 256 for y in range(40) for x in range(50) for c in range(channels)
    )
    stream = io.BytesIO()
    PillowImage.frombytes(mode, (50, 40), data).save(stream, "PNG", optimize=True)
    assert read_png(stream.getvalue()) == (data, 50, 40, channels)


@given(st.data())
def test_no_damaged_png_breaks_the_reader(data: st.DataObject) -> None:
    good = bytearray(write_png(bytes(range(60)), 5, 4, 3))
    good[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert read_png(bytes(good))[1:] == (5, 4, 3)
    except ValueError:
        pass


def test_a_png_bomb_is_refused() -> None:
    png = bytearray(write_png(bytes(12), 2, 2, 3))
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    png[16:29] = head
    png[29:33] = struct.pack(">I", zlib.crc32(b"IHDR" + head))
    with pytest.raises(ValueError, match="too large"):
        read_png(bytes(png))
    with pytest.raises(ValueError, match="needs 12 bytes, not 11"):
        write_png(bytes(11), 2, 2, 3)


RECT = st.tuples(st.integers(-6, 12), st.integers(-6, 12), st.integers(1, 12), st.integers(1, 12))


@given(RECT)
def test_cutting_a_mask_is_looking_it_up(rect: tuple[int, int, int, int]) -> None:
    out = cut(MASK, rect)
    x0, y0, width, height = rect
    assert out.rect == rect
    for y in range(height):
        for x in range(width):
            inside = 3 <= x0 + x < 8 and 4 <= y0 + y < 6
            want = (y0 + y - 4) * 5 + x0 + x - 3 if inside else 0
            assert bytes(out.data)[y * width + x] == want


def test_the_box_around_what_is_selected() -> None:
    assert bounds(MASK) == (3, 4, 5, 2)
    assert bounds(cut(MASK, (0, 0, 20, 20))) == (3, 4, 5, 2)
    assert bounds(cut(MASK, (3, 4, 1, 1))) is None
    assert selection_of(cut(MASK, (3, 4, 1, 1)), None) is None
    found = selection_of(MASK, (4, 4, 1, 1))
    assert found is not None
    assert found.mask is not None
    assert bytes(found.mask.data) == b"\x01"
    with pytest.raises(ValueError, match="one byte a pixel"):
        cut(Pixels(rect=(0, 0, 1, 1), data=bytes(4)), (0, 0, 1, 1))
