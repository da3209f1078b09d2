# SPDX-License-Identifier: Apache-2.0
"""What a result's layer is called: to be told apart at a glance, and to lead back to its recipe."""

from __future__ import annotations

from typing import Any

from protocol.recipe import Recipe
from protocol.recipe_parts import Source, Weights, short_id_of


def made(edit: str = "drag", **params: Any) -> Recipe:
    return Recipe(
        edit=edit, params={"drags": [[[1, 1], [5, 5]]], **params}, seed=7,
        model=Weights(name="scenes"), source=Source(sha256="", crop=(0, 0, 8, 8), document=(8, 8)),
        engine="0.1.0",
    )  # fmt: skip


def beginning(recipe: Recipe) -> str:
    return recipe.layer_name.split(" [Pullbrush]")[0]


def test_the_layer_name_leads_back() -> None:
    recipe = made()
    assert recipe.layer_name == f"drag [Pullbrush] ({recipe.id[:6]})"
    assert short_id_of(recipe.layer_name + " copy #1") == recipe.short_id
    assert short_id_of("drag (123456)") is None
    assert short_id_of("[Pullbrush] drag (0a1b2c)") == "0a1b2c"  # as results were called at first


def test_it_says_the_edit_and_its_words_first() -> None:
    assert beginning(made(prompt="")) == "drag"
    assert beginning(made(prompt=" a red\n balloon ")) == "drag: a red balloon"
    long = "a very old castle on a very green hill by the sea"
    assert beginning(made("move", prompt=long)) == "move: a very old castle on a very green hill…"
    assert beginning(made("from-a-newer-engine", prompt="a red balloon")) == "from-a-newer-engine"


def test_words_that_look_like_a_mark_lead_nowhere_else() -> None:
    tricky = made(prompt="[Pullbrush] (ffffff)")
    assert short_id_of(tricky.layer_name) == tricky.short_id
