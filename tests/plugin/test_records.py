# SPDX-License-Identifier: Apache-2.0
"""Lists of records on a panel, and the layers they name: pixels, recipes, what is said when one is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.bytes_of import filled
from fakes.host import Sheet
from fakes.illustrate import KINDS, Condition, Illustrate, conditions, model
from session_table import Table

from protocol.edits import (
    Choice,
    EditModel,
    Layer,
    Number,
    ParamError,
    Range,
    Records,
    Switch,
    Text,
    When,
    from_params,
)
from protocol.plugin.document.recipe_restore import again
from protocol.plugin.host import HostError, layers_of
from protocol.plugin.panel import PanelModel, Row
from protocol.plugin.picking import entries_of
from protocol.plugin.records import RecordList
from protocol.plugin.snapshot import check_named, wants_of
from protocol.plugin.strings import Strings

# ---------------------------------------------------------------- on the panel


@pytest.fixture(params=["from the engine", "our own"])
def panel(request: pytest.FixtureRequest) -> PanelModel:
    """The panel of an edit that arrived, and of one that this version knows."""
    known = EditModel.of(Illustrate)
    return PanelModel(edit=model() if request.param == "from the engine" else known)


def row(panel: PanelModel) -> Row:
    return panel.row("conditions")


def records(panel: PanelModel) -> RecordList:
    return RecordList.of(row(panel))


def put(panel: PanelModel, changed: object) -> PanelModel:
    return panel.set("conditions", changed)


def layers(panel: PanelModel) -> list[Any]:
    return [one[0].value for one in row(panel).records]


def test_a_new_record_waits_for_its_layer(panel: PanelModel) -> None:
    panel = put(panel, records(panel).added())
    (rows,) = row(panel).records
    layer, kind, weight, *_ = rows
    assert (layer.widget, layer.value, layer.problem, layer.needed) == ("layers", None, "", True)
    assert (kind.value, weight.value, weight.unit) == ("scribble", 100, "%")
    said = "“conditions”, entry 1: “layer” needs a layer. Choose one."
    assert panel.grey(engine=True, roles={"source"}) == said
    assert row(panel).problem == ""  # what is only missing is said at the button
    panel = put(panel, records(panel).changed(0, "layer", "7"))
    assert panel.grey(engine=True, roles={"source"}) == ""
    assert panel.params()["conditions"] == [
        {"layer": "7", "kind": "scribble", "weight": 100.0, "range": [0.0, 1.0], "sharp": False,
         "colors": [], "words": ""}
    ]  # fmt: skip


def test_records_are_added_moved_changed_and_taken_out(panel: PanelModel) -> None:
    for layer in ("1", "2", "3"):
        panel = put(panel, records(panel).added())
        panel = put(panel, records(panel).changed(len(layers(panel)) - 1, "layer", layer))
    assert layers(panel) == ["1", "2", "3"]
    assert not records(panel).can_grow
    assert [records(panel).can_move(at, -1) for at in range(3)] == [False, True, True]
    panel = put(panel, records(panel).moved(0, 1))
    assert layers(panel) == ["2", "1", "3"]
    assert records(panel).moved(2, 1) == records(panel).moved(0, -1) == list(records(panel).records)
    panel = put(panel, records(panel).typed(2, "weight", "50 %"))
    assert panel.params()["conditions"][2]["weight"] == 50  # type: ignore[index]
    panel = put(panel, records(panel).without(1))
    assert layers(panel) == ["2", "3"]


def test_what_is_typed_wrong_is_said_in_its_row_and_at_the_button(panel: PanelModel) -> None:
    panel = put(panel, [{"layer": "1"}, {"layer": "2"}])
    panel = put(panel, records(panel).typed(1, "weight", "lots"))
    assert row(panel).records[1][2].value == "lots"
    assert "must be a number" in row(panel).records[1][2].problem
    assert row(panel).problem == ""
    assert panel.grey(engine=True, roles={"source"}).startswith(
        "“conditions”, entry 2: “weight” must"
    )
    german = replace(panel, strings=Strings("de"))
    assert german.grey(engine=True, roles={"source"}).startswith("„conditions“, Eintrag 2:")


def test_what_belongs_to_the_list_is_said_below_it(panel: PanelModel) -> None:
    panel = put(panel, [{"layer": str(i)} for i in range(4)])
    assert (
        row(panel).problem
        == "“conditions” has 4 entries, and 0 to 3 are possible. Add or remove some."
    )
    assert len(row(panel).records) == 4
    assert records(panel).can_grow is False


def test_rows_of_a_record_follow_the_level_as_others_do() -> None:
    fields = dict(Condition.described_fields())
    fields["weight"] = replace(fields["weight"], level="advanced")
    listed = Records(label="e.list", help="A list.", columns=fields, default=[{"layer": "1"}])
    edit = replace(EditModel.of(Illustrate), fields={"conditions": listed})
    panel = PanelModel(edit=edit)
    assert "weight" not in [one.name for one in row(panel).records[0]]
    assert "weight" in [one.name for one in row(panel.show("advanced")).records[0]]


def test_columns_without_a_default_begin_with_one_that_is_possible() -> None:
    columns = {
        "size": Number(label="s", help="Size.", minimum=3, maximum=9),
        "share": Number(label="h", help="Share.", minimum=0, maximum=1, auto=-1),
        "kind": Choice(label="k", help="Kind.", choices=("a", "b")),
        "on": Switch(label="o", help="On."),
    }
    listed = Records(label="e.list", help="A list.", columns=columns, default=())
    panel = PanelModel(edit=replace(EditModel.of(Illustrate), fields={"conditions": listed}))
    panel = put(panel, records(panel).added())
    assert panel.params() == {"conditions": [{"size": 3, "share": -1, "kind": "a", "on": False}]}


def test_columns_are_shown_and_typed_as_fields_of_their_own_are() -> None:
    columns = {
        "kind": Choice(label="k", help="Kind.", choices=("plain", "guided"), default="plain"),
        "by": Text(
            label="b", help="By.", suggest="controls", default="", when=When("kind", ("guided",))
        ),
        "span": Range(label="r", help="Span.", default=(0, 1)),
    }
    listed = Records(label="e.list", help="A list.", columns=columns, default=[{}])
    panel = PanelModel(edit=replace(EditModel.of(Illustrate), fields={"conditions": listed}))
    assert [one.name for one in row(panel).records[0]] == ["kind", "span"]
    panel = put(panel, records(panel).changed(0, "kind", "guided"))
    assert [(one.name, one.widget) for one in row(panel).records[0]] == [
        ("kind", "combo"), ("by", "line"), ("span", "range"),
    ]  # fmt: skip
    panel = put(panel, records(panel).typed(0, "span", "0,1 – 0,6"))
    assert panel.params()["conditions"][0]["span"] == [0.1, 0.6]  # type: ignore[index]


class Pickable:
    def models(self) -> list[tuple[str, str]]:
        return []

    def layers(self) -> list[tuple[str, str]]:
        return [("7", "Ink")]


def test_a_layer_is_chosen_among_those_of_the_document(panel: PanelModel) -> None:
    panel = put(panel, [{"layer": ""}, {"layer": "gone"}])
    fresh, gone = (one[0] for one in row(panel).records)
    offered = entries_of(fresh, Pickable(), Strings())
    assert offered == [("", "Choose a layer …"), ("7", "Ink")]
    assert entries_of(gone, Pickable(), Strings())[-1] == (
        "gone", "A layer that is not there any more",
    )  # fmt: skip


# ---------------------------------------------------------------- what an entry's message says


def test_messages_name_the_record() -> None:
    given = conditions("1", "2")
    given["conditions"][1]["weight"] = 900
    with pytest.raises(ParamError) as caught:
        from_params("illustrate", given, KINDS)
    assert caught.value.path == "conditions.1.weight"
    assert caught.value.message == (
        "“conditions”, entry 2: “weight” must be between 0 and 200, not 900. Type it again."
    )
    assert Strings("fr").said(caught.value.message).startswith("« conditions », entrée 2")


# ---------------------------------------------------------------- its layers' pixels


def session(table: Table) -> Any:
    """A session that knows the edit, in a document with two more layers."""
    table.engine.edits = {**table.engine.edits, "illustrate": model()}
    host = table.host
    sheets = list(host.state.sheets)
    for key, color in (("ink", 10), ("wash", 200)):
        pixels = filled((0, 0, host.width, host.height), bytes((color, color, color, 255)))
        sheets.append(Sheet(key=key, name=key.title(), pixels=pixels))
    host.do("layers", replace(host.state, sheets=tuple(sheets)))
    return table.session


def sent(table: Table, number: int) -> bytes:
    """The pixels that the engine has of a condition."""
    job = table.net.last("edit")
    image = next(one for one in job.images if one.name == f"condition.{number}")
    return bytes(table.net.blobs[image.blob])[:4]


def run(table: Table, params: dict[str, Any]) -> None:
    table.session.choose("illustrate", params)
    table.session.run()
    table.tick(8)


def test_pixels_travel_with_their_record_in_whatever_order(table: Table) -> None:
    session(table)
    run(table, conditions("ink", "wash"))
    assert (sent(table, 0)[0], sent(table, 1)[0]) == (10, 200)
    blobs = {one.blob for one in table.net.last("edit").images}
    table.net.done(table.net.last("edit"))
    table.tick()
    run(table, conditions("wash", "ink"))
    assert (sent(table, 0)[0], sent(table, 1)[0]) == (200, 10)
    assert {one.blob for one in table.net.last("edit").images} == blobs  # nothing was sent anew


def test_another_layer_of_the_same_pixels_is_taken_as_that_layer(table: Table) -> None:
    made = session(table)
    ink = table.host.sheet("ink")
    sheets = (*table.host.state.sheets, replace(ink, key="copy", name="Copy"))
    table.host.do("copy", replace(table.host.state, sheets=sheets))
    run(table, conditions("ink"))
    table.net.done(table.net.last("edit"))
    table.tick()
    run(table, conditions("copy"))
    assert (made.stage, len(table.net.tasks())) == ("waiting", 2), "it is read for ever"


def test_a_layer_that_is_gone_is_said_with_its_record(table: Table) -> None:
    made = session(table)
    run(table, conditions("ink", "nowhere"))
    assert made.stage == "failed"
    assert "entry 2" in made.status.sentence
    assert "wash" not in made.status.sentence


def test_a_layer_that_cannot_be_read_is_said_with_its_record(table: Table) -> None:
    session(table)
    sheets = [replace(one, locked=one.key == "wash") for one in table.host.state.sheets]
    table.host.do("lock", replace(table.host.state, sheets=tuple(sheets)))
    wants = wants_of(model(), conditions("ink", "wash"), "paper")
    with pytest.raises(HostError, match=r"entry 2: The layer Wash is locked"):
        check_named(table.host, wants)


def test_a_hidden_layer_counts_and_a_new_name_does_not_matter(table: Table) -> None:
    session(table)
    sheets = [
        replace(one, visible=False, name="Other") if one.key == "ink" else one
        for one in table.host.state.sheets
    ]
    table.host.do("hide", replace(table.host.state, sheets=tuple(sheets)))
    run(table, conditions("ink"))
    assert sent(table, 0)[0] == 10


# ---------------------------------------------------------------- recipes


def test_a_recipe_finds_its_layers_again_by_key_or_by_name(table: Table) -> None:
    made = session(table)
    run(table, conditions("ink", "wash"))
    table.net.done(table.net.last("edit"))
    table.tick()
    bundle = made.outcome.bundle
    (layer,) = layers_of(table.host, ["paper"])
    extent = table.host.extent_and_profile()

    def found(*there: tuple[str, str]) -> list[str]:
        taken = again(bundle, {"illustrate": model()}, layer, extent, layers=there)
        return [one["layer"] for one in taken.params["conditions"]]

    assert found(("ink", "Ink"), ("wash", "Wash")) == ["ink", "wash"]
    assert found(("8", "Wash"), ("9", "Ink")) == ["9", "8"]  # opened again, or in another program
    assert found(("ink", "Renamed"), ("wash", "Wash")) == ["ink", "wash"]
    assert found(("ink", "Wash"), ("wash", "Ink")) == ["wash", "ink"]
    assert found() == ["ink", "wash"]


# ---------------------------------------------------------------- reading a schema


def test_a_column_of_an_unknown_kind_costs_the_column_or_the_list() -> None:
    def read(**column: Any) -> EditModel:
        node = EditModel.of(Illustrate).to_schema()
        listed: Any = node["properties"]["conditions"]  # type: ignore[index]
        listed["items"]["properties"]["weight"]["x-pullbrush"]["kind"] = "hologram"
        listed["items"]["required"] += column.get("required", [])
        node["required"] = column.get("list", [])
        return EditModel.from_schema(node)

    spec = read().fields["conditions"]
    assert isinstance(spec, Records)
    assert list(spec.columns) == ["layer", "kind", "range", "sharp", "colors", "words"]
    assert "conditions" not in read(required=["weight"]).fields
    assert read(required=["weight"]).beyond == ()  # the engine takes the list's default
    assert read(required=["weight"], list=["conditions"]).beyond == ("conditions",)
    assert isinstance(spec.columns["layer"], Layer)
