# SPDX-License-Identifier: Apache-2.0
"""The table of runners, and the store of inversions that they share: without torch's networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fakes import fields

from protocol.edits import Drag, DragGan, DragPath, Edit, Move
from server.engine.api import EngineError, Picture
from server.engine.edits.runners import RUNNERS, edits_with, runner_of
from server.engine.inversion_store import InversionStore, inverted_by
from server.engine.models.catalogue import Catalogue

ARROW = (DragPath(points=((30.0, 32.0), (40.0, 38.0))),)


@dataclass(frozen=True)
class Inversion:
    """So many bytes of something."""

    size: int

    def nbytes(self) -> int:
        return self.size


class Other(Inversion):
    """Another kind of inversion."""


@dataclass(frozen=True, kw_only=True)
class Newer(Edit):
    KIND = "newer"


def test_an_edit_that_is_not_in_the_table_is_refused_by_name() -> None:
    with pytest.raises(EngineError) as refused:
        runner_of(Newer())
    assert refused.value.code == "op.unsupported"
    assert "newer" in str(refused.value.message)


def test_every_edit_works_with_models_of_one_kind() -> None:
    denoised, known_by_heart = edits_with("diffusion"), edits_with("generator")
    assert {Drag.KIND, Move.KIND} <= set(denoised)
    assert DragGan.KIND in known_by_heart
    assert sorted([*denoised, *known_by_heart]) == sorted(edit.KIND for edit in RUNNERS)


def test_a_pull_of_nothing_is_refused_by_the_check_and_has_no_instant_preview(
    tmp_path: Path,
) -> None:
    fields.install(tmp_path)
    catalogue = Catalogue(bundled=tmp_path / "none", folder=lambda: tmp_path, named=dict)
    edit = DragGan(drags=ARROW, model="fields")
    pixels = np.zeros((64, 64, 4), np.uint8)
    nothing = {"source": Picture(pixels=pixels, rect=(0, 0, 64, 64), document=(64, 64))}
    with pytest.raises(EngineError) as refused:
        runner_of(edit).check(edit, nothing, catalogue)
    assert refused.value.code == "param.invalid"
    with pytest.raises(EngineError) as refused:
        runner_of(edit).preview(edit, nothing, catalogue)
    assert refused.value.code == "op.unsupported"


def test_inversions_of_all_models_share_one_budget_and_go_with_their_model() -> None:
    store = InversionStore(100)
    store.keep("a", Inversion(40), model="scenes")
    store.keep("b", Other(40), model="heads-gan")
    assert store.find("a", Inversion) is not None
    assert store.find("a", Other) is None, "it is of another kind"
    store.keep("c", Inversion(40), model="scenes")
    assert store.find("b", Other) is None, "what was used least recently makes room"
    assert store.nbytes() == 80
    store.keep("d", Other(10), model="heads-gan")
    store.forget("scenes")
    assert (len(store), store.nbytes()) == (1, 10)
    assert store.find("d", Other) is not None


def test_a_key_has_what_the_description_says_that_inversion_depends_on() -> None:
    move = Move(dx=3, dy=4, prompt="a sun")
    assert inverted_by(move) == inverted_by(Move(dx=30, dy=4, prompt="a sun", strength=2))
    assert inverted_by(move) != inverted_by(Move(dx=3, dy=4, prompt="a boat"))
    pull = DragGan(drags=ARROW)
    assert inverted_by(pull) == inverted_by(DragGan(drags=ARROW, iterations=3))
    assert inverted_by(pull) != inverted_by(DragGan(drags=ARROW, seed=2))
