# SPDX-License-Identifier: Apache-2.0
"""Edits: strict reading, with the path of what is wrong."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import msgpack
import pytest
from every_field import ALL, FULL, JUNK, Condition, Everything
from hypothesis import given
from hypothesis import strategies as st

from protocol.edits import (
    Choice,
    Drag,
    DragPath,
    Move,
    ParamError,
    When,
    from_params,
    hidden_fields,
    needs_model,
    to_params,
)
from protocol.edits.model import KINDS


def test_every_kind_of_field_is_covered() -> None:
    assert {type(spec).KIND for spec in Everything.described_fields().values()} == set(KINDS)


def test_params_go_there_and_back_through_json_and_msgpack() -> None:
    edit = from_params("everything", FULL, ALL)
    assert isinstance(edit, Everything)
    assert edit.conditions[1] == Condition(layer="l2", weight=0.25, colors=("#010203",))
    assert edit.ways[1].is_pin
    assert edit.colors == ("#00ff00", "#abcdef")
    plain = to_params(edit)
    for there, back in ((json.dumps, json.loads), (msgpack.packb, msgpack.unpackb)):
        assert from_params("everything", back(there(plain)), ALL) == edit


def test_a_field_that_is_not_shown_has_its_default_whatever_was_set() -> None:
    edit = from_params("everything", {**FULL, "look": "b", "edge": 17}, ALL)
    assert isinstance(edit, Everything)
    assert edit.edge == Everything(ways=edit.ways, look="b", edge=0.1).edge == 0.5
    assert Everything(ways=edit.ways, look="a", edge=0.1).edge == 0.1


def test_a_hidden_choice_does_not_say_that_no_model_is_needed() -> None:
    curve = Choice(label="curve", help="", choices=("flat", "lift"), default="flat")
    how = Choice(
        label="how", help="", choices=("plain", "guided"), default="guided",
        without_model=("plain",), when=When("curve", ("lift",)),
    )  # fmt: skip
    columns = {"curve": curve, "how": how}
    assert needs_model(columns, {"how": "plain"}), "it is hidden: its default holds"
    assert not needs_model(columns, {"curve": "lift", "how": "plain"})


def test_a_field_waits_for_values_that_are_the_same_plain_and_checked() -> None:
    with pytest.raises(ValueError, match="texts, numbers, yes or no"):
        When("between", ([0, 0.5],))


def test_fields_that_wait_for_each_other_and_for_none() -> None:
    def one(field: str, *values: object, default: str = "b") -> Choice:
        when = When(field, values) if field else None
        return Choice(label="x", help="", choices=("a", "b"), default=default, when=when)

    chain = {"first": one(""), "second": one("first", "a"), "third": one("second", "a")}
    assert hidden_fields(chain, {}) == {"second", "third"}
    assert hidden_fields(chain, {"second": "a"}) == {"second", "third"}
    assert hidden_fields(chain, {"first": "a", "second": "a"}) == frozenset()
    circle = {"first": one("second", "a"), "second": one("first", "a")}
    assert hidden_fields(circle, {"first": "a", "second": "a"}) == frozenset()
    assert hidden_fields({"lost": one("gone", 1)}, {}) == frozenset()


@given(
    points=st.lists(
        st.lists(st.tuples(*[st.floats(-1000, 1000)] * 2), min_size=2, max_size=5, unique=True),
        min_size=1,
        max_size=6,
        unique_by=lambda way: tuple(x + 0.0 for x in way[0]),
    ),
    seed=st.integers(0, 2**63 - 1),
    prompt=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=50),
    strength=st.floats(0, 3),
)
def test_what_can_be_written_can_be_read(
    points: Any, seed: int, prompt: str, strength: float
) -> None:
    drags = tuple(DragPath(points=tuple(way)) for way in points)
    edit = Drag(drags=drags, seed=seed, prompt=prompt, strength=strength)
    assert from_params("drag", json.loads(json.dumps(to_params(edit)))) == edit


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"count": 9}, "count", "between 1 and 8"),
        ({"count": 1.5}, "count", "whole number"),
        ({"count": True}, "count", "must be a number"),
        ({"count": "3"}, "count", "must be a number, not “3”"),
        ({"count": 10**400}, "count", "very large"),
        ({"amount": math.nan}, "amount", "must be a number, not nan"),
        ({"amount": math.inf}, "amount", "must be a number, not inf"),
        ({"amount": -0.5}, "amount", "between 0 and 1, or automatic, not -0.5"),
        ({"look": "c"}, "look", "one of a, b, not “c”"),
        ({"look": ["a"]}, "look", "one of a, b"),
        ({"on": 1}, "on", "on or off"),
        ({"words": "x" * 21}, "words", "21 characters, and 20 fit"),
        ({"words": "a\0b"}, "words", "not text"),
        ({"words": "\ud800"}, "words", "not text"),
        ({"noise": -1}, "noise", "between 0 and"),
        ({"noise": 2**63}, "noise", "between 0 and"),
        ({"noise": 1.0}, "noise", "whole number"),
        ({"other": 5}, "other", "must name a layer"),
        ({"other": "a\nb"}, "other", "must name a layer"),
        ({"ways": []}, "ways", "Draw at least one arrow"),
        ({"ways": [[[1, 1]]]}, "ways", "Draw at least one arrow"),
        ({"ways": [[[1, 1], [1, 1]]]}, "ways.0", "leads nowhere"),
        ({"ways": [[[1, 1], [2]]]}, "ways.0.1", r"two numbers, \[x, y\]"),
        ({"ways": [[[1, 1], [2, "a"]]]}, "ways.0.1.1", "given in pixels"),
        ({"ways": [[[1, 1], [2, math.nan]]]}, "ways.0.1.1", "at most 65536 px"),
        ({"ways": [[[1, 1], [2, 1e9]]]}, "ways.0.1.1", "at most 65536 px"),
        ({"ways": [[]]}, "ways.0", "1 to 64 points, not 0"),
        ({"ways": "abc"}, "ways", "list of ways"),
        ({"ways": [[[i, 0], [i, 1]] for i in range(6)]}, "ways", "6 arrows and pins, and 5"),
        (
            {"ways": [[[1, 1], [2, 2]], [[1, 1]]]},
            "ways.1",
            "begin at the same place, 1 px from the left and 1 px from the top",
        ),
        ({"between": [0.5]}, "between", "a start and an end"),
        ({"between": ["a", 1]}, "between", "a start and an end"),
        ({"between": [0, True]}, "between", "a start and an end"),
        ({"between": [0.5, 0.25]}, "between", "between 0 and 1, not 0.5 – 0.25"),
        ({"between": [0, 1.5]}, "between", "between 0 and 1, not 0 – 1.5"),
        ({"between": [0, 10**400]}, "between", "very large"),
        ({"between": [math.nan, 1]}, "between", "between 0 and 1"),
        ({"place": [1, 2]}, "place", "set of named values"),
        ({"place": {"dx": 1, "up": 2}}, "place.up", "is not a setting"),
        ({"place": {"scale": 9}}, "place.scale", "between 0.2 and 4"),
        ({"place": {"rotation": 181}}, "place.rotation", "between -180 and 180"),
        ({"edge": 2}, "edge", "between 0 and 1"),
        ({"colors": ["red"]}, "colors.0", "takes colors like"),
        ({"colors": ["#000000"] * 4}, "colors", "4 colors, and 0 to 3"),
        ({"conditions": [{}]}, "conditions.0.layer", "is needed"),
        ({"conditions": [{"layer": ""}]}, "conditions.0.layer", "needs a layer"),
        ({"conditions": [{"layer": "a", "weight": 3}]}, "conditions.0.weight", "between 0 and 2"),
        (
            {"conditions": [{"layer": "a", "mood": 3}]},
            "conditions.0.mood",
            "“mood” is not a setting",
        ),
        ({"conditions": [5]}, "conditions.0", "set of named values"),
        ({"conditions": [{"layer": "a"}] * 5}, "conditions", "5 entries"),
        ({"sparkle": 1}, "sparkle", "is not a setting here. Choose from: count"),
        ({3: 1}, "3", "“3” is not a setting"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(change: dict[Any, Any], path: str, words: str) -> None:
    with pytest.raises(ParamError, match=words) as caught:
        from_params("everything", {**FULL, **change}, ALL)
    assert caught.value.path == path
    assert caught.value.code == "param.invalid"


@given(junk=JUNK, name=st.sampled_from([*Everything.described_fields()]))
def test_junk_is_refused_or_read_but_never_breaks(junk: Any, name: str) -> None:
    for params in (junk, {**FULL, name: junk}):
        try:
            edit = from_params("everything", params, ALL)
        except ParamError as problem:
            said = str(problem)
        else:
            assert from_params("everything", to_params(edit), ALL) == edit
            said = ""
        assert len(said) < 1000


def test_an_unknown_edit_is_named() -> None:
    with pytest.raises(ParamError, match=r"no edit “teleport” here. Choose from: drag, move"):
        from_params("teleport", {})


def test_a_move_that_moves_nothing_is_refused() -> None:
    with pytest.raises(ParamError, match="Change “Right”, “Down” or “Size”"):
        Move()
    assert Move(scale=1.5).scale == 1.5
    with pytest.raises(ParamError, match=r"between 0\.2 and 4"):
        Move(dx=1, scale=5)


def test_edits_are_frozen_and_replacing_checks_again() -> None:
    edit = Move(dx=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        edit.dx = 4  # type: ignore[misc]
    assert dataclasses.replace(edit, dy=2).dy == 2.0
    with pytest.raises(ParamError):
        dataclasses.replace(edit, seed=-1)


def test_a_path_knows_its_ends_and_length() -> None:
    way = DragPath(points=((0, 0), (3, 4), (3, 10)))
    assert (way.start, way.end, way.length, way.is_pin) == ((0, 0), (3, 10), 11, False)
    assert DragPath(points=((1, 1),)).is_pin


def test_own_fields_come_before_shared_ones() -> None:
    names = list(Move.described_fields())
    assert names[:3] == ["dx", "dy", "scale"]
    assert names.index("strength") < names.index("prompt")
