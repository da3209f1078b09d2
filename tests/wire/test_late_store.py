# SPDX-License-Identifier: Apache-2.0
"""The recipe store of a main thread that must not wait: as durable as the other, in the same order."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from patience import PATIENCE_S

from protocol.late_store import LateStore
from protocol.recipe import Bundle, Recipe
from protocol.recipe_parts import Source, Weights
from protocol.store import Store


def bundle(seed: int) -> Bundle:
    """A recipe of its own."""
    source = Source(
        sha256="", crop=(0, 0, 8, 8), document=(8, 8), layer="Paper", layer_offset=(0, 0)
    )
    return Bundle(
        recipe=Recipe(
            edit="drag", params={"seed": seed}, seed=seed, model=Weights(name="none", sha256=""),
            source=source, engine="", protocol="1.0", attachments={},
        ),
        files={},
    )  # fmt: skip


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A disk that waits for a sign before each file."""
    sign, put = threading.Event(), Store.put

    def waits(self: Store, one: Bundle) -> Path:
        sign.wait(PATIENCE_S)
        return put(self, one)

    monkeypatch.setattr(Store, "put", waits)
    return sign


def test_put_does_not_wait_and_what_waits_is_found(tmp_path: Path, slow: threading.Event) -> None:
    store, one = LateStore(tmp_path), bundle(1)
    file = store.put(one)
    assert not file.exists(), "it has waited until it was written"
    assert store.get(one.recipe.id) == one
    assert [found.id for found in store.find(one.recipe.short_id)] == [one.recipe.id]
    assert not store.close(patience=0.05), "it is not written yet"
    slow.set()
    assert store.close()
    assert file.exists()
    assert Store(tmp_path).get(one.recipe.id) == one
    assert [found.id for found in store.find(one.recipe.short_id)] == [one.recipe.id]


def test_they_are_written_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, threads, put = [], set(), Store.put

    def noted(self: Store, one: Bundle) -> Path:
        written.append(one.recipe.seed)
        threads.add(threading.get_ident())
        return put(self, one)

    monkeypatch.setattr(Store, "put", noted)
    store = LateStore(tmp_path)
    for seed in range(30):
        store.put(bundle(seed))
    assert store.close()
    assert written == list(range(30))
    assert threading.get_ident() not in threads
    assert len(store.ids()) == 30
    store.put(bundle(30))  # the thread ended with its work; another one comes
    assert store.close()
    assert written[-1] == 30


def test_a_disk_that_refuses_is_told_and_costs_only_that_recipe(tmp_path: Path) -> None:
    folder = tmp_path / "recipes"
    folder.write_text("in the way")
    store = LateStore(folder)
    store.put(bundle(1))
    assert store.close()
    assert len(store.problems()) == 1
    assert store.problems() == []
    folder.unlink()
    store.put(bundle(2))
    assert store.close()
    assert store.problems() == []
    assert len(store.ids()) == 1


def test_nothing_to_write_is_closed_at_once(tmp_path: Path) -> None:
    assert LateStore(tmp_path).close(patience=0)
    assert Store(tmp_path).problems() == []
