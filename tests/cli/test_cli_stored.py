# SPDX-License-Identifier: Apache-2.0
"""Results of earlier versions are made again from their files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Run

from protocol.ora_recipes import read_recipes
from server.files import read_document

STORED = Path(__file__).parents[1] / "stored" / "0.1.0"


@pytest.mark.parametrize("name", ["head-moved", pytest.param("head-film", marks=pytest.mark.slow)])
def test_a_result_of_before_is_made_again(pullbrush: Run, tmp_path: Path, name: str) -> None:
    before, out = STORED / f"{name}.ora", tmp_path / "again.ora"
    done = pullbrush("redo", before, "-q", "--json", "-o", out)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    ((old,), _), ((new,), problems) = (
        (list(found.values()), told) for found, told in map(read_recipes, (before, out))
    )
    assert problems == []
    assert (new.recipe.edit, new.recipe.params) == (old.recipe.edit, old.recipe.params)
    assert new.recipe.source == old.recipe.source
    was, now = (read_document(place).layers[0].load().pixels for place in (before, out))
    assert was.shape == now.shape
    assert np.abs(was.astype(float) - now.astype(float)).mean() < 0.01 * was.max()
