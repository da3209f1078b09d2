# SPDX-License-Identifier: Apache-2.0
"""The panel without a toolkit: rows from the schema, typed values, grey reasons, texts, drags, undo."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.edits import (
    Drag,
    DragPath,
    EditModel,
    Move,
    Number,
    Palette,
    ParamError,
    Seed,
    Switch,
    Text,
    read_schema,
    schema_bytes,
    to_params,
)
from protocol.errors import CODES
from protocol.plugin.drags import DragList, Grip
from protocol.plugin.panel import WIDGETS, PanelModel
from protocol.plugin.strings import Strings, own_texts
from protocol.plugin.typing_in import typed
from protocol.plugin.undo import STEPS_KEPT, Undo

DRAGS = [[[1, 2], [3, 4]]]


@pytest.fixture
def panel() -> PanelModel:
    """The drag edit as it arrives from an engine."""
    models, _ = read_schema(json.loads(schema_bytes()))
    return PanelModel(edit=models["drag"])


def test_rows_follow_the_edit_and_the_level(panel: PanelModel) -> None:
    names = [row.name for row in panel.rows]
    assert names == ["drags", "prompt", "seed", "preset", "model"]
    assert [row.widget for row in panel.rows] == ["drags", "box", "seed", "combo", "suggest"]
    more = {row.name for row in panel.show("advanced").rows}
    assert more == {*names, "strength", "grow", "feather", "placement"}
    everything = {row.name for row in panel.show("internal").rows}
    assert everything == {*more, "algorithm", "method", "reference_compat"}


def test_a_row_says_all_that_is_drawn(panel: PanelModel) -> None:
    feather = panel.row("feather")
    assert (feather.widget, feather.minimum, feather.maximum, feather.auto, feather.unit) == (
        "slider", 0, 512, -1, "px",
    )  # fmt: skip
    assert feather.value == -1
    assert panel.row("grow").whole
    assert panel.row("strength").step == 0.05
    assert panel.row("preset").choices[0] == ("quick", "Quick")
    assert panel.row("model").suggest == "models"
    assert panel.row("seed").maximum == 2**63 - 1
    assert panel.row("prompt").help.endswith(".")


def test_every_kind_of_field_has_a_widget() -> None:
    from protocol.edits.model import KINDS

    assert set(WIDGETS) == set(KINDS)


def test_values_are_set_checked_and_reset(panel: PanelModel) -> None:
    panel = panel.set("drags", DRAGS).set("strength", 1.5)
    assert panel.row("strength").value == 1.5
    assert panel.first_problem is None
    bad = panel.set("strength", 7)
    assert (
        bad.row("strength").problem == "“Strength” must be between 0 and 3, not 7. Type it again."
    )
    assert bad.row("strength").value == 7  # stays as it was typed
    with pytest.raises(ParamError, match="between 0 and 3") as caught:
        bad.params()
    assert caught.value.path == "strength"
    assert bad.reset("strength").first_problem is None
    assert bad.set("strength", 2).first_problem is None
    with pytest.raises(KeyError):
        panel.set("sparkle", 1)


def test_params_are_those_of_the_edit(panel: PanelModel) -> None:
    params = panel.set("drags", DRAGS).set("prompt", "sun").params()
    assert params == to_params(Drag(drags=(DragPath(points=((1, 2), (3, 4))),), prompt="sun"))


def test_a_recipes_parameters_fill_the_panel(panel: PanelModel) -> None:
    edit = Drag(drags=(DragPath(points=((1, 2), (3, 4))),), seed=9, strength=0.5)
    filled = panel.set_all({**to_params(edit), "of_a_later_version": 1})
    assert filled.params() == to_params(edit)


def test_what_is_missing_is_said_before_it_is_pressed(panel: PanelModel) -> None:
    ready = panel.set("drags", DRAGS)
    assert ready.grey(engine=True, roles={"source"}) == ""
    assert panel.grey(engine=True, roles={"source"}) == (
        "Nothing is pulled yet. Draw at least one arrow, from where to where."
    )
    assert "press “Start the engine”" in ready.grey(engine=False, roles={"source"})
    assert ready.set("seed", -1).grey(engine=True, roles={"source"}).startswith("“Seed” must be")
    move = PanelModel(edit=EditModel.of(Move))
    assert move.grey(engine=True, roles={"source"}) == "Select the object first."


def test_an_edit_this_plug_in_cannot_draw_says_so() -> None:
    node = json.loads(schema_bytes())
    node["$defs"]["drag"]["properties"]["drags"]["x-pullbrush"]["kind"] = "hologram"
    models, _ = read_schema(node)
    reason = PanelModel(edit=models["drag"]).grey(engine=True, roles={"source"})
    assert reason == "This edit needs a newer plug-in. Update it: drags."


def test_the_panel_speaks_german() -> None:
    panel = PanelModel(edit=EditModel.of(Drag), strings=Strings("de_AT.UTF-8"))
    assert panel.label == "Ziehen"
    assert panel.row("preset").label == "Aufwand"
    assert panel.row("preset").choices[1] == ("balanced", "Ausgewogen")
    assert panel.help == "Pfeile zeichnen, von wo nach wo, und das Bild folgt."


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0), (" 12,5 px ", 12.5), (".5", 0.5), ("-3", -3.0), ("+4.", 4.0), ("50 %", 0.5),
        ("auto", -1), ("automatisch", -1), ("abc", "abc"), ("", ""), ("1e400", "1e400"), ("--1", "--1"),
    ],
)  # fmt: skip
def test_numbers_as_they_are_typed(text: str, value: object) -> None:
    field = Number(label="x", help="", minimum=0, maximum=100, unit="px", auto=-1, default=-1)
    assert typed(field, text) == value


def test_percents_and_other_kinds_as_they_are_typed() -> None:
    percent = Number(label="x", help="", minimum=0, maximum=100, unit="%", default=0)
    assert typed(percent, "50 %") == 50
    assert typed(Seed(label="x", help="", default=0), " 12 345 ") == 12345
    assert typed(Seed(label="x", help="", default=0), "12.5") == "12.5"
    assert typed(Switch(label="x", help="", default=False), "Ja") is True
    assert typed(Switch(label="x", help="", default=False), "off") is False
    assert typed(Switch(label="x", help="", default=False), "perhaps") == "perhaps"
    assert typed(Palette(label="x", help="", default=()), "#ff0000, #00ff00") == [
        "#ff0000",
        "#00ff00",
    ]
    assert typed(Text(label="x", help="", default=""), " as it is ") == " as it is "


def test_typing_nonsense_shows_the_problem(panel: PanelModel) -> None:
    row = panel.type_in("strength", "much").row("strength")
    assert (row.value, row.problem) == (
        "much",
        "“Strength” must be a number, not “much”. Type it again.",
    )
    assert panel.type_in("strength", "150%").row("strength").value == 1.5


@given(st.text(max_size=30))
def test_no_text_breaks_a_panel(text: str) -> None:
    panel = PanelModel(edit=EditModel.of(Drag), level="internal")
    for name in panel.edit.fields:
        changed = panel.type_in(name, text)
        assert changed.row(name).problem or changed.value(name) is not None


# ---------------------------------------------------------------- texts


def test_all_languages_have_the_same_keys_and_placeholders() -> None:
    texts = own_texts()
    assert set(texts) >= {"en", "de"}
    errors = {f"error.{code}" for code in CODES}  # their English texts are in `protocol.errors`
    for language, known in texts.items():
        assert set(known) == set(texts["en"]) | (errors if language != "en" else set()), language
        for key, text in known.items():
            if key in errors:
                continue
            assert sorted(_holes(text)) == sorted(_holes(texts["en"][key])), f"{language} {key}"


def _holes(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("de", "de"),
        ("de_CH", "de"),
        ("DE-at.UTF-8", "de"),
        ("en_GB", "en"),
        ("xx", "en"),
        ("", "en"),
        ("C", "en"),
    ],
)
def test_the_nearest_language_is_found(wanted: str, found: str) -> None:
    assert Strings(wanted).language == found


def test_missing_texts_fall_back() -> None:
    strings = Strings("de", {"de": {"edit.new": "Neu"}, "en": {"edit.other": "Other {n}"}})
    assert strings.text("edit.new") == "Neu"
    assert strings.text("edit.other", n=3) == "Other 3"
    assert strings.text("edit.none", "Fallback") == "Fallback"
    assert strings.text("edit.none") == "edit.none"
    assert strings.help("edit.drag", "x").startswith("Pfeile")
    assert Strings("zz-Hant", {"zz_Hant": {"edit.drag": "拖"}}).text("edit.drag") == "拖"


def test_errors_are_translated_and_keep_what_the_engine_said() -> None:
    german = Strings("de")
    assert german.error("gpu.oom", CODES["gpu.oom"]).startswith(
        "Dem Gerät ist der Speicher ausgegangen."
    )
    assert german.error("gpu.oom", CODES["gpu.oom"])[-1] == "."
    assert german.error("param.invalid", "dx is 9").endswith("(dx is 9)")
    assert german.error("host", "Die Ebene ist gesperrt.") == "Die Ebene ist gesperrt."
    assert Strings().error("param.invalid", "dx is 9") == "dx is 9"
    assert Strings().error("gpu.oom", "") == CODES["gpu.oom"]


def test_a_text_from_outside_is_no_program() -> None:
    strings = Strings("en", {"en": {"evil": "{a.__class__} {b!r} {0} {a}"}})
    assert strings.text("evil", a=1) == "{a.__class__} {b!r} {0} 1"


# ---------------------------------------------------------------- drags


def test_drags_are_added_moved_and_removed() -> None:
    drags = DragList().add((1, 1)).move(1, -1, (5, 5)).add_pin((9, 9)).add((0, 3), (4, 3))
    assert drags.plain() == [[[1, 1], [5, 5]], [[9, 9]], [[0, 3], [4, 3]]]
    assert [stroke.number for stroke in drags.strokes] == [1, 2, 3]
    fewer = drags.delete(2)
    assert fewer.plain() == [[[1, 1], [5, 5]], [[0, 3], [4, 3]]]
    assert fewer.move(3, 0, (1, 4))[3].points == ((1, 4), (4, 3))
    assert drags.plain() == [
        [[1, 1], [5, 5]],
        [[9, 9]],
        [[0, 3], [4, 3]],
    ]  # nothing changes in place
    assert drags.shift(1, 1, -1)[1].points == ((2, 0), (6, 4))
    with pytest.raises(KeyError):
        drags.delete(7)


def test_an_unfinished_drag_is_not_given_to_the_engine() -> None:
    drags = DragList().add((3, 3))
    assert drags.paths == ()
    assert drags.strokes[0].part(1) == "target"
    assert Drag(drags=drags.move(1, 1, (4, 3)).paths).drags[0].end == (4, 3)


def test_way_points_go_where_they_lie() -> None:
    drags = DragList().add((0, 0), (10, 0)).add_way_point(1, (5, 2))
    assert drags[1].points == ((0, 0), (5, 2), (10, 0))
    drags = drags.add_way_point(1, (8, 2)).add_way_point(1, (2, 2))
    assert drags[1].points == ((0, 0), (2, 2), (5, 2), (8, 2), (10, 0))
    assert drags.chosen == Grip(number=1, at=1, part="way")
    assert drags.delete_point(1, 2)[1].points == ((0, 0), (2, 2), (8, 2), (10, 0))
    assert drags.delete_point(1, -1).strokes == ()
    with pytest.raises(ParamError, match="pin has no way"):
        DragList().add_pin((1, 1)).add_way_point(1, (2, 2))


def test_arrow_keys_nudge_what_is_chosen() -> None:
    drags = DragList().add((1, 1), (5, 5))
    assert drags.nudge(0.5, 0)[1].points == ((1, 1), (5.5, 5))
    assert drags.choose(Grip(number=1, at=0, part="handle")).nudge(-1, 0)[1].points == (
        (0, 1),
        (5, 5),
    )
    assert drags.choose(None).nudge(9, 9) == drags.choose(None)
    assert drags.delete(1).nudge(1, 1).strokes == ()


def test_the_pen_finds_the_nearest_point_the_later_on_top() -> None:
    drags = DragList().add((0, 0), (10, 10)).add((0, 0), (4, 4)).add_pin((20, 20))
    assert drags.grip_at((9, 9), 3) == Grip(number=1, at=1, part="target")
    assert drags.grip_at((0, 1), 3) == Grip(number=2, at=0, part="handle")
    assert drags.grip_at((20, 21), 3) == Grip(number=3, at=0, part="pin")
    assert drags.grip_at((50, 50), 3) is None


def test_there_is_an_end_to_everything() -> None:
    drags = DragList(most=2).add_pin((1, 1)).add_pin((2, 2))
    with pytest.raises(ParamError, match="can be 2 arrows and pins"):
        drags.add((3, 3))
    with pytest.raises(ParamError, match="more than 65536 px"):
        drags.move(1, 0, (1e9, 0))
    with pytest.raises(ParamError, match="more than 65536 px"):
        drags.move(1, 0, (float("nan"), 0))


def test_hosts_paths_become_drags() -> None:
    drags = DragList.of([[(1, 1), (2, 2), (3, 1)], [(5, 5)], [], DragPath(points=((7, 7), (8, 8)))])
    assert drags.plain() == [[[1, 1], [2, 2], [3, 1]], [[5, 5]], [[7, 7], [8, 8]]]


WHATS = ["add", "pin", "move", "way", "delete", "point", "nudge"]
STEP = st.tuples(st.sampled_from(WHATS), st.integers(0, 20), st.integers(0, 20))


@given(st.lists(STEP, max_size=25))
def test_any_order_of_steps_keeps_the_list_whole_and_undoes(
    steps: list[tuple[str, int, int]],
) -> None:
    undo = Undo(now=DragList(most=8))
    for what, x, y in steps:
        drags = undo.now
        number = drags.strokes[x % len(drags.strokes)].number if drags.strokes else 0
        try:
            undo = undo.do(_step(drags, what, number, x, y))
        except ParamError:
            continue
        numbers = [stroke.number for stroke in undo.now.strokes]
        assert len(set(numbers)) == len(numbers) <= 8
        assert len(undo.now.paths) <= len(numbers)
        if undo.now.chosen is not None:
            assert undo.now.chosen.at < len(undo.now[undo.now.chosen.number].points)
    last = undo.now
    count = len(undo.past)
    for _ in range(count):
        undo = undo.undo()
    assert undo.now == DragList(most=8)
    for _ in range(count):
        undo = undo.redo()
    assert undo.now == last


def _step(drags: DragList, what: str, number: int, x: int, y: int) -> DragList:
    if what == "add" or not number:
        return drags.add((x, y))
    if what == "pin":
        return drags.add_pin((x, y))
    actions: dict[str, Any] = {
        "move": lambda: drags.move(number, -1, (x, y)),
        "way": lambda: drags.add_way_point(number, (x, y)),
        "delete": lambda: drags.delete(number),
        "point": lambda: drags.delete_point(number, x % len(drags[number].points)),
        "nudge": lambda: drags.nudge(x - 10, y - 10),
    }
    return actions[what]()


def test_pulling_is_one_step_and_the_past_has_an_end() -> None:
    undo = Undo(now=0).do(1).adjust(2).adjust(3)
    assert undo.undo().now == 0
    assert undo.do(3) is undo
    assert undo.undo().undo() == undo.undo()
    assert undo.redo() is undo
    for value in range(1000):
        undo = undo.do(value)
    assert len(undo.past) == STEPS_KEPT
