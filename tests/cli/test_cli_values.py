# SPDX-License-Identifier: Apache-2.0
"""From typed texts to parameters, for every kind of field; and options that follow the description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from protocol.edits import (
    EDITS,
    Choice,
    Drags,
    Edit,
    EditModel,
    ImageRole,
    Layer,
    Number,
    Palette,
    Records,
    Switch,
    Text,
    described,
    from_params,
    to_params,
)
from server.cli.editing.edit_command import Request, command
from server.cli.editing.options import field_options, params_from_texts
from server.cli.examples import edit_example
from server.cli.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Everything(Edit):
    """An edit that nobody has: a new one has to appear on the command line by itself."""

    KIND: ClassVar[str] = "everything"
    HELP: ClassVar[str] = "Try every kind of field."
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        ImageRole(role="source", label="role.source", help="The layer."),
        ImageRole(role="mask", label="role.mask", help="Where.", kind="mask", required=False),
    )

    pulls: Any = described(Drags(label="a", help="Where to."))
    amount: float = described(
        Number(label="b", help="How much.", minimum=0, maximum=1, default=0.5)
    )
    tiles: int = described(
        Number(label="c", help="How many.", minimum=1, maximum=9, integer=True, default=1, auto=-1)
    )
    bright: bool = described(Switch(label="d", help="Brighter.", default=False))
    colors: Any = described(Palette(label="e", help="Colors.", default=()))
    style: str = described(Choice(label="f", help="Which.", choices=("a", "b"), default="a"))
    title: str = described(Text(label="g", help="Words.", default="", level="internal"))
    extras: Any = described(
        Records(
            label="h",
            help="More.",
            columns={"weight": Number(label="w", help="W.", minimum=0, maximum=1, default=1)},
            default=(),
        )
    )


MODEL = EditModel.of(Everything)


def test_every_field_has_an_option() -> None:
    flags = {option.flag for option in field_options(MODEL)}
    assert flags >= {"--pull", "--amount", "--tiles", "--bright", "--colors", "--style", "--title"}
    for edit in EDITS.values():
        model = EditModel.of(edit)
        reached = {name for option in field_options(model) for name in option.fields}
        assert reached == set(model.fields)


def test_texts_become_values() -> None:
    texts = {
        "pull": ["1,2:3,4", "5,5"],
        "amount": ["0.25"],
        "tiles": ["auto"],
        "bright": ["yes"],
        "colors": ["#a0c4ff,#000000", "#ffffff"],
        "extras": ['[{"weight": 0.5}]'],
    }
    params = params_from_texts(MODEL, texts)
    assert params == {
        "pulls": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 5.0]]],
        "amount": 0.25,
        "tiles": -1,
        "bright": True,
        "colors": ["#a0c4ff", "#000000", "#ffffff"],
        "extras": [{"weight": 0.5}],
    }
    assert MODEL.parse(params)


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("amount", "much", "number"),
        ("tiles", "2.5", "whole number"),
        ("bright", "maybe", "yes or no"),
        ("pull", "1:2", "X0,Y0"),
        ("pull", "1,2,3:4,5", "X0,Y0"),
        ("extras", "[{", "JSON"),
        ("extras", '[{"weight": NaN}]', "JSON"),
        ("amount", "nan", "“nan” is not a number"),
        ("amount", "-inf", "“-inf” is larger than any number"),
        ("amount", "1e400", "“1e400” is larger than any number"),
        ("tiles", "1e400", "whole number"),
        ("pull", "30,30:nan,4", "“nan” is not a number"),
        ("pull", "30,30:4,1e400", "“1e400” is larger than any number"),
        ("speed", "3", "not a setting"),
    ],
)
def test_what_is_no_value_is_said(name: str, text: str, word: str) -> None:
    with pytest.raises(Problem) as caught:
        params_from_texts(MODEL, {name: [text]})
    assert word in caught.value.sentence
    assert caught.value.code == 2


coordinate = st.floats(-1e6, 1e6).map(lambda v: round(v, 3))
point = st.tuples(coordinate, coordinate)


@given(st.lists(st.lists(point, min_size=1, max_size=5), min_size=1, max_size=4))
def test_drags_survive_being_typed(drags: list[list[tuple[float, float]]]) -> None:
    texts = [":".join(f"{x!r},{y!r}" for x, y in path) for path in drags]
    params = params_from_texts(MODEL, {"pull": texts})
    assert params["pulls"] == [[list(p) for p in path] for path in drags]


@given(name=st.sampled_from([*sorted(MODEL.fields), "pull"]), text=st.text(max_size=40))
def test_any_text_is_a_value_or_a_sentence(name: str, text: str) -> None:
    try:
        params_from_texts(MODEL, {name: [text]})
    except Problem as problem:
        assert problem.sentence.strip().endswith(".")
        assert "\n" not in problem.sentence or "\n" in text


def test_a_command_reads_its_options() -> None:
    asked: list[Request] = []
    app = typer.Typer()
    app.command("everything")(command(MODEL, asked.append, writes=True))
    app.command("other")(lambda: None)
    arguments = ["everything", "in.png", "--pull", "1,2:-3,4", "--amount", "0.75", "-o", "out.ora"]
    result = CliRunner().invoke(
        app, [*arguments, "--mask", "m.png", "--title", "hidden, but there"]
    )
    assert result.exit_code == 0, result.output
    [request] = asked
    assert request.params == {
        "pulls": [[[1.0, 2.0], [-3.0, 4.0]]],
        "amount": 0.75,
        "title": "hidden, but there",
    }
    assert request.pictures == {"mask": "m.png"}
    assert (str(request.source), str(request.out)) == ("in.png", "out.ora")
    text = CliRunner().invoke(app, ["everything", "--help"]).output
    assert "--amount" in text
    assert "--title" not in text


def test_plain_parameters_of_real_edits_can_be_typed_again() -> None:
    """Whatever an edit holds can be given to `redo --set` as text."""
    move = from_params("move", {"dx": 3.5, "dy": -2, "seed": 9, "preset": "quick"})
    texts = {"by": ["3.5,-2"], "seed": ["9"], "preset": ["quick"]}
    model = EditModel.of(EDITS["move"])
    assert from_params("move", params_from_texts(model, texts)) == move
    assert to_params(move)["dy"] == -2


@dataclass(frozen=True, kw_only=True)
class Turned(Edit):
    """Its parts are declared the other way round, and one of its pictures is named by a parameter."""

    KIND: ClassVar[str] = "turned"
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        ImageRole(role="source", label="role.source", help="The layer."),
        ImageRole(role="reference", label="role.reference", help="Like this."),
    )

    size: float = described(
        Number(label="s", help="Size.", minimum=0, maximum=4, default=1, part="scale")
    )
    down: float = described(
        Number(label="y", help="Down.", minimum=-9, maximum=9, default=0, part="dy")
    )
    right: float = described(
        Number(label="x", help="Right.", minimum=-9, maximum=9, default=0, part="dx")
    )
    like: str = described(Layer(label="l", help="A layer.", role="reference"))


def test_by_is_right_and_down_in_whatever_order_they_are_declared() -> None:
    model = EditModel.of(Turned)
    assert params_from_texts(model, {"by": ["4,-1"]}) == {"right": 4.0, "down": -1.0}
    assert [option.name for option in field_options(model)][:2] == ["size", "by"]


def test_the_example_names_only_options_that_there_are() -> None:
    example = edit_example(EditModel.of(Turned), "edit")
    assert "--reference" not in example
    assert "--like" in example
