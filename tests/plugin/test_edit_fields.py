# SPDX-License-Identifier: Apache-2.0
"""Edits: strict reading with paths, and descriptions that read back without the dataclass."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any, ClassVar

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.edits import (
    EDITS,
    Choice,
    Described,
    Drag,
    DragPath,
    Drags,
    Edit,
    EditModel,
    Field,
    ImageRole,
    Layer,
    Mask,
    Move,
    Number,
    Palette,
    ParamError,
    Records,
    Seed,
    Switch,
    Text,
    described,
    from_params,
    messages,
    read_schema,
    schema,
    schema_bytes,
    schema_hash,
    to_params,
)
from protocol.edits.model import KINDS
from protocol.edits.schema import VERSION

DRAGS = [[[1, 2], [3, 4.5]], [[9, 9]], [[0, 0], [5, 5], [10, 0]]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Condition(Described):
    """One layer that steers the result."""

    layer: str = described(Layer(label="c.layer", help="Which layer.", role="condition"))
    weight: float = described(
        Number(label="c.weight", help="How much.", minimum=0, maximum=2, default=1)
    )
    colors: tuple[str, ...] = described(Palette(label="c.colors", help="Which colors.", default=()))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Everything(Edit):
    """An edit with a field of every kind, as a later engine may have one."""

    KIND: ClassVar[str] = "everything"
    HELP: ClassVar[str] = "Shows every kind of field."
    RETURNS: ClassVar[Any] = "variants"
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        ImageRole(role="source", label="role.source", help="The layer."),
        ImageRole(role="condition.0", label="role.c", help="A condition.", required=False),
    )

    count: int = described(
        Number(label="e.count", help="How many.", minimum=1, maximum=8, integer=True, default=2)
    )
    amount: float = described(
        Number(
            label="e.amount",
            help="How much.",
            minimum=0,
            maximum=1,
            step=0.1,
            auto=-1,
            default=-1,
            unit="px",
        )
    )
    look: str = described(
        Choice(label="e.look", help="Which look.", choices=("a", "b"), default="b")
    )
    on: bool = described(Switch(label="e.on", help="Whether.", default=True, level="advanced"))
    words: str = described(
        Text(label="e.words", help="Words.", longest=20, lines=4, suggest="styles", default="x")
    )
    noise: int = described(Seed(label="e.noise", help="Noise.", default=3, level="internal"))
    other: str = described(Layer(label="e.other", help="Other layer.", role="other", default=""))
    area: str = described(Mask(label="e.area", help="Where.", role="mask", default="selection"))
    ways: tuple[DragPath, ...] = described(Drags(label="e.ways", help="Ways.", most=5))
    colors: tuple[str, ...] = described(
        Palette(label="e.colors", help="Colors.", most=3, default=("#FF0000",))
    )
    conditions: tuple[Condition, ...] = described(
        Records(label="e.conditions", help="Conditions.", record=Condition, most=4, default=())
    )


ALL = {**EDITS, "everything": Everything}
FULL = {
    "count": 3,
    "amount": 0.5,
    "look": "a",
    "on": False,
    "words": "Grüße",
    "noise": 2**63 - 1,
    "other": "layer-7",
    "area": "",
    "ways": DRAGS,
    "colors": ["#00ff00", "#ABCDEF"],
    "conditions": [{"layer": "l1"}, {"layer": "l2", "weight": 0.25, "colors": ["#010203"]}],
}


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
        ({"count": "3"}, "count", "must be a number, not '3'"),
        ({"count": 10**400}, "count", "very large"),
        ({"amount": math.nan}, "amount", "finite"),
        ({"amount": math.inf}, "amount", "finite"),
        ({"amount": -0.5}, "amount", "-1 for automatic"),
        ({"look": "c"}, "look", "one of a, b, not 'c'"),
        ({"look": ["a"]}, "look", "one of a, b"),
        ({"on": 1}, "on", "true or false"),
        ({"words": "x" * 21}, "words", "21 characters long; 20"),
        ({"words": "a\0b"}, "words", "not text"),
        ({"words": "\ud800"}, "words", "not text"),
        ({"noise": -1}, "noise", "between 0 and"),
        ({"noise": 2**63}, "noise", "between 0 and"),
        ({"noise": 1.0}, "noise", "whole number"),
        ({"other": 5}, "other", "must name a layer"),
        ({"other": "a\nb"}, "other", "must name a layer"),
        ({"ways": []}, "ways", "draw at least one drag"),
        ({"ways": [[[1, 1]]]}, "ways", "draw at least one drag"),
        ({"ways": [[[1, 1], [1, 1]]]}, "ways.0", "goes nowhere"),
        ({"ways": [[[1, 1], [2]]]}, "ways.0.1", r"point \[x, y\]"),
        ({"ways": [[[1, 1], [2, "a"]]]}, "ways.0.1.1", "number of pixels"),
        ({"ways": [[[1, 1], [2, math.nan]]]}, "ways.0.1.1", "between"),
        ({"ways": [[[1, 1], [2, 1e9]]]}, "ways.0.1.1", "between"),
        ({"ways": [[]]}, "ways.0", "1 to 64 points, not 0"),
        ({"ways": "abc"}, "ways", "list of drags"),
        ({"ways": [[[i, 0], [i, 1]] for i in range(6)]}, "ways", "6 drags and pins; 5"),
        (
            {"ways": [[[1, 1], [2, 2]], [[1, 1]]]},
            "ways.1",
            r"starts where another one starts, at \(1, 1\)",
        ),
        ({"colors": ["red"]}, "colors.0", "a color like"),
        ({"colors": ["#000000"] * 4}, "colors", "4 colors; 0 to 3"),
        ({"conditions": [{}]}, "conditions.0.layer", "is needed"),
        ({"conditions": [{"layer": ""}]}, "conditions.0.layer", "needs a layer"),
        ({"conditions": [{"layer": "a", "weight": 3}]}, "conditions.0.weight", "between 0 and 2"),
        ({"conditions": [{"layer": "a", "mood": 3}]}, "conditions.0.mood", "not known here"),
        ({"conditions": [5]}, "conditions.0", "set of named values"),
        ({"conditions": [{"layer": "a"}] * 5}, "conditions", "5 entries"),
        ({"sparkle": 1}, "sparkle", "not known here; known are"),
        ({3: 1}, "3", "not known here"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(change: dict[Any, Any], path: str, words: str) -> None:
    with pytest.raises(ParamError, match=words) as caught:
        from_params("everything", {**FULL, **change}, ALL)
    assert caught.value.path == path
    assert caught.value.code == "param.invalid"


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


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
    with pytest.raises(ParamError, match="'teleport' is not known here; known are drag, move"):
        from_params("teleport", {})


def test_a_move_that_moves_nothing_is_refused() -> None:
    with pytest.raises(ParamError, match="change nothing yet"):
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


# ---------------------------------------------------------------- schema


def test_the_schema_reads_back_to_the_same_models() -> None:
    models, texts = read_schema(json.loads(schema_bytes(ALL)))
    assert models == {kind: EditModel.of(edit) for kind, edit in ALL.items()}
    assert texts == messages()


def test_a_panel_without_the_dataclass_checks_and_fills_in_alike() -> None:
    models, _ = read_schema(json.loads(schema_bytes(ALL)))
    model = models["everything"]
    edit = from_params("everything", FULL, ALL)
    assert model.plain(model.parse(FULL)) == to_params(edit)
    assert model.returns == "variants"
    assert [role.role for role in model.roles] == ["source", "condition.0"]
    with pytest.raises(ParamError, match="between 1 and 8") as caught:
        model.parse({**FULL, "count": 9})
    assert caught.value.path == "count"


def test_a_field_of_a_kind_from_the_future_costs_as_little_as_possible() -> None:
    node = json.loads(schema_bytes(ALL))
    fields = node["$defs"]["everything"]["properties"]
    fields["words"]["x-pullbrush"]["kind"] = "hologram"
    fields["count"]["x-pullbrush"]["sparkle"] = True
    node["$defs"]["drag"]["properties"]["drags"]["x-pullbrush"]["kind"] = "hologram"
    node["$defs"]["move"]["properties"]["dx"]["x-pullbrush"] = "odd"
    models, _ = read_schema(node)
    assert "words" not in models["everything"].fields
    assert models["everything"].fields["count"] == EditModel.of(Everything).fields["count"]
    assert models["everything"].beyond == ()
    assert models["drag"].beyond == ("drags",)
    assert "move" not in models


@pytest.mark.parametrize(
    "document", [None, [], {}, {"$defs": {}}, {"x-pullbrush": {"version": VERSION}}]
)
def test_what_is_no_schema_is_refused(document: object) -> None:
    with pytest.raises(ParamError, match="does not describe"):
        read_schema(document)


def test_a_later_schema_is_refused_with_a_sentence() -> None:
    node = schema()
    node = {**node, "x-pullbrush": {**node["x-pullbrush"], "version": VERSION + 1}}
    with pytest.raises(ParamError, match="update the plug-in"):
        read_schema(node)


@given(JUNK, st.sampled_from(["count", "look", "ways", "colors", "conditions", "words"]), st.data())
def test_no_schema_breaks_a_plug_in(junk: Any, name: str, data: st.DataObject) -> None:
    node = json.loads(schema_bytes(ALL))
    target = node["$defs"]["everything"]["properties"][name]
    key = data.draw(st.sampled_from([*target, *target["x-pullbrush"]]))
    (target["x-pullbrush"] if key in target["x-pullbrush"] else target)[key] = junk
    try:
        models, _ = read_schema(node)
    except ParamError:
        return
    assert "drag" in models


def test_the_hash_follows_the_schema() -> None:
    assert schema_hash() == schema_hash()
    assert len(schema_hash()) == 64
    assert schema_hash(ALL) != schema_hash()


def test_the_json_schema_says_the_same_as_the_fields() -> None:
    drag = schema()["$defs"]["drag"]
    assert drag["required"] == ["drags"]
    assert drag["additionalProperties"] is False
    assert drag["properties"]["strength"]["maximum"] == 3
    assert drag["properties"]["feather"]["anyOf"][1] == {"const": -1.0}
    assert drag["properties"]["preset"]["enum"] == ["quick", "balanced", "faithful"]
    for edit in ALL.values():
        for name, spec in edit.described_fields().items():
            node = EditModel.of(edit).to_schema()["properties"][name]  # type: ignore[index]
            assert ("default" in node) != spec.required
            assert node["description"] == spec.help


def test_everything_an_artist_reads_has_an_english_text() -> None:
    english = messages()["en"]
    wanted = {f"edit.{kind}" for kind in EDITS}
    for edit in EDITS.values():
        assert edit.HELP.endswith(".")
        wanted |= {role.label for role in edit.ROLES}
        for spec in edit.described_fields().values():
            assert spec.help.endswith(".")
            wanted.add(spec.label)
            if isinstance(spec, Choice):
                wanted |= {f"{spec.label}.{word}" for word in spec.choices}
    assert set(english) == wanted


def test_every_other_language_has_every_text_and_every_help() -> None:
    english = messages()["en"]
    helped = {f"edit.{kind}" for kind in EDITS} | {
        role.label for e in EDITS.values() for role in e.ROLES
    }
    helped |= {spec.label for e in EDITS.values() for spec in e.described_fields().values()}
    wanted = set(english) | {f"{label}.help" for label in helped}
    assert len(messages()) >= 2
    for language, texts in messages().items():
        if language != "en":
            assert set(texts) == wanted, language


@pytest.mark.parametrize(
    "make",
    [
        lambda: Number(label="x", help="", minimum=2, maximum=1),
        lambda: Number(label="x", help="", minimum=0, maximum=1, step=0),
        lambda: Number(label="x", help="", minimum=0, maximum=1, default=2),
        lambda: Choice(label="x", help="", choices=()),
        lambda: Choice(label="x", help="", choices=("a",), default="b"),
        lambda: Text(label="x", help="", level="secret"),  # type: ignore[arg-type]
    ],
)
def test_a_field_that_contradicts_itself_is_refused(make: Any) -> None:
    with pytest.raises((ValueError, ParamError)):
        make()


def test_fields_are_abstract() -> None:
    with pytest.raises(NotImplementedError):
        Field(label="x", help="").parse(1, "x")
