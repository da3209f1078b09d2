# SPDX-License-Identifier: Apache-2.0
"""Descriptions of edits that read back without the dataclass, and texts for all they say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from every_field import ALL, FULL, JUNK, Everything
from hypothesis import given
from hypothesis import strategies as st

from protocol.edits import (
    EDITS,
    Choice,
    EditModel,
    Field,
    Number,
    ParamError,
    Text,
    Transform,
    When,
    from_params,
    messages,
    read_schema,
    schema,
    schema_bytes,
    schema_hash,
    to_params,
)
from protocol.edits.schema import VERSION
from protocol.sentences import sentences


def test_the_schema_reads_back_to_the_same_models() -> None:
    models, texts = read_schema(json.loads(schema_bytes(ALL)))
    assert models == {kind: EditModel.of(edit) for kind, edit in ALL.items()}
    assert texts == {name: {**sentences()[name], **own} for name, own in messages().items()}


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
    with pytest.raises(ParamError, match="cannot read which edits"):
        read_schema(document)


def test_a_later_schema_is_refused_with_a_sentence() -> None:
    node = schema()
    node = {**node, "x-pullbrush": {**node["x-pullbrush"], "version": VERSION + 1}}
    with pytest.raises(ParamError, match="Update the older"):
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
    wanted |= {part.label for part in Transform(label="x", help="").columns.values()}
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


def as_before_previews(edits: dict[str, Any]) -> dict[str, Any]:
    """The schema of an engine that did not say yet what was guessed then."""
    node = json.loads(schema_bytes(edits))
    for edit in node["$defs"].values():
        for name in ("preview", "inverted_by"):
            edit["x-pullbrush"].pop(name)
        for role in edit["x-pullbrush"]["roles"]:
            role.pop("inverted")
        for field in edit["properties"].values():
            for name in ("part", "chooses_frame", "without_model"):
                field["x-pullbrush"].pop(name, None)
    return node


def test_what_an_older_engine_does_not_say_of_an_edit_is_what_is_known_of_it() -> None:
    models, _ = read_schema(as_before_previews({**EDITS, "everything": Everything}))
    for kind, edit in EDITS.items():
        own, read = EditModel.of(edit), models[kind]
        assert (read.fields, read.preview, read.inverted_by) == (
            own.fields,
            own.preview,
            own.inverted_by,
        )
    assert (models["everything"].preview, models["everything"].inverted_by) == ("none", ())


def test_what_a_later_engine_says_besides_is_left_out() -> None:
    node = json.loads(schema_bytes())
    node["$defs"]["drag"]["x-pullbrush"]["preview"] = "hologram"
    node["$defs"]["drag"]["x-pullbrush"]["smell"] = ["rose"]
    node["$defs"]["drag"]["x-pullbrush"]["roles"][0]["smell"] = "rose"
    assert read_schema(node)[0]["drag"].preview == "hologram"


def test_no_field_is_special_by_its_name() -> None:
    move, gan = EditModel.of(EDITS["move"]), EditModel.of(EDITS["drag-gan"])
    assert move.part_fields == {"dx": "dx", "dy": "dy", "scale": "scale"}
    assert (move.words_field, move.model_field, move.seed_field) == ("prompt", "model", "seed")
    assert (move.frame_field, gan.frame_field, gan.words_field) == (None, "frame", None)
    everything = EditModel.of(Everything)
    assert (everything.transform_field, everything.drags_field) == ("place", "ways")
    assert (everything.seed_field, everything.part_fields) == ("noise", {})


def test_a_field_that_is_not_always_shown_needs_a_default() -> None:
    with pytest.raises(ValueError, match="needs a default"):
        Number(label="x", help="", minimum=0, maximum=1, when=When("y", (1,)))


def test_fields_are_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Field(label="x", help="")  # type: ignore[abstract]
