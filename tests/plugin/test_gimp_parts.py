# SPDX-License-Identifier: Apache-2.0
"""Parts of the GIMP plug-in that need no GIMP: procedures from edits, formats by name, edits without a panel."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fakes import illustrate
from fakes.carried import carry_gimp
from fakes.connection import ScriptedConnection
from fakes.host import open_host
from hypothesis import given
from hypothesis import strategies as st

from protocol.edits import EDITS, EditModel, ParamError, from_params
from protocol.plugin.document.recipe_restore import Again
from protocol.plugin.engine import Engine
from protocol.plugin.history import History
from protocol.plugin.host import HostError, Pixels
from protocol.plugin.launch import EngineState
from protocol.plugin.notes import HISTORY
from protocol.plugin.session.progress import SessionError
from protocol.plugin.strings import Strings
from protocol.plugin.ways_text import read_ways, write_ways

carry_gimp()

from plugin_gimp.pullbrush import carrying_out  # noqa: E402
from plugin_gimp.pullbrush.arguments import arguments_of, params_of, values_of  # noqa: E402
from plugin_gimp.pullbrush.carrying_out import Wish, Worker  # noqa: E402
from plugin_gimp.pullbrush.entries import entries  # noqa: E402
from plugin_gimp.pullbrush.formats import Format, LayerFacts, refusal  # noqa: E402

DRAGS = [[[10.0, 10.0], [16.0, 12.0]]]


# ---- procedures


def test_every_edit_is_a_procedure_with_all_its_parameters() -> None:
    found = entries(Strings())
    for kind, edit in EDITS.items():
        entry = found[f"pullbrush-{kind.replace('_', '-')}"]
        names = {argument.name for argument in entry.arguments}
        assert {name.replace("_", "-") for name in edit.described_fields()} <= names
        assert entry.edit == kind
        assert entry.label.endswith("…")
    assert {"pullbrush-panel", "pullbrush-edit-again", "pullbrush-repeat-last"} <= found.keys()


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "ja", "zh"])
def test_the_menu_speaks_every_language(language: str) -> None:
    for entry in entries(Strings(language)).values():
        assert not entry.label.startswith(("menu.", "edit.", "action.")), entry.label
        assert entry.help


@pytest.mark.parametrize("kind", sorted(EDITS))
def test_the_defaults_of_the_arguments_are_those_of_the_edit(kind: str) -> None:
    model = EditModel.of(EDITS[kind])
    values = {one.name: one.default for one in arguments_of(model, Strings())}
    params = params_of(model, values, DRAGS)
    if kind == "move":
        params["dx"] = 5.0
    edit = from_params(kind, params)
    for name, spec in model.fields.items():
        if not spec.required and name not in ("dx", "dy"):
            assert getattr(edit, name) == spec.default, name


def test_last_values_mean_the_parameters_they_were_made_of() -> None:
    model = EditModel.of(EDITS["drag"])
    params = {"drags": DRAGS, "seed": 2**62, "strength": 1.5, "grow": 7, "prompt": "a lake"}
    plain = model.plain(model.parse(params))
    values = values_of(model, plain)
    assert values["drags"] == "10.0,10.0:16.0,12.0"
    assert values["grow"] == 7
    back = params_of(model, values)
    assert model.plain(model.parse(back)) == plain


def test_drags_come_as_text_as_numbers_or_from_the_path() -> None:
    model = EditModel.of(EDITS["drag"])

    def drags(**values: Any) -> object:
        return params_of(model, values, DRAGS)["drags"]

    assert drags() == DRAGS
    assert drags(points=[1.0, 2.0, 3.0, 4.0]) == [[[1.0, 2.0], [3.0, 4.0]]]
    assert drags(drags="1,2:3,4 5,6;7,8:9,10:11,12", points=[0.0] * 4) == [
        [(1, 2), (3, 4)],
        [(5, 6)],
        [(7, 8), (9, 10), (11, 12)],
    ]
    with pytest.raises(ParamError, match="four numbers, but 3 were given"):
        drags(points=[1.0, 2.0, 3.0])
    with pytest.raises(ParamError, match="not as “over”"):
        drags(drags="over there")


def test_one_stroke_says_how_far_an_object_moves() -> None:
    model = EditModel.of(EDITS["move"])
    way = [[[10.0, 10.0], [50.0, 0.0], [16.0, 12.5]]]
    still = {"dx": 0.0, "dy": 0.0}
    assert params_of(model, still, way) == {"dx": 6.0, "dy": 2.5}
    assert params_of(model, {"dx": 3.0, "dy": 0.0}, way) == {"dx": 3.0, "dy": 0.0}
    assert params_of(model, still, way * 2) == still, "two strokes say nothing"
    assert params_of(model, still, [[[1.0, 2.0]]]) == still, "nor does a point"


LAYERS: dict[str | int, str] = {"Ink": "7", 31: "7", "7": "7", "Wash": "8", 32: "8", "8": "8"}


def test_a_list_of_records_is_one_json_text_with_layers_by_name_or_number() -> None:
    model = illustrate.model()
    (argument,) = [one for one in arguments_of(model, Strings()) if one.name == "conditions"]
    assert (argument.sort, argument.default) == ("text", "")
    assert 'A JSON list such as [{"layer": "Ink"}].' in argument.help
    assert "layer (needed, a layer's name or number): Which layer." in argument.help
    assert 'kind ("scribble" or "palette"): What is seen in it.' in argument.help
    assert "weight (0 to 200 %): How much." in argument.help
    assert "range ([start, end], 0 to 1): In which part of the steps." in argument.help
    assert argument.help.endswith("At most 3.")

    def read(text: str) -> Any:
        return params_of(model, {"conditions": text}, layers=LAYERS)["conditions"]

    assert read("") == []
    assert read('[{"layer": "Ink", "weight": 80}, {"layer": 32}]') == [
        {"layer": "7", "weight": 80}, {"layer": "8"},
    ]  # fmt: skip
    for text in ("[{", '"Ink"', "{}"):
        with pytest.raises(ParamError, match="must be a JSON list"):
            read(text)
    with pytest.raises(ParamError, match="entry 2: There is no layer “Mist”") as caught:
        read('[{"layer": "Ink"}, {"layer": "Mist"}]')
    assert caught.value.path == "conditions.1"


def test_last_values_hold_the_records_too() -> None:
    model = illustrate.model()
    plain = model.plain(model.parse(illustrate.conditions("7", "8")))
    values = values_of(model, plain)
    back = params_of(model, values, layers=LAYERS)
    assert model.plain(model.parse(back)) == plain


coordinate = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=5), max_size=6))
def test_ways_as_text_come_back_to_the_last_digit(ways: list[list[tuple[float, float]]]) -> None:
    assert read_ways(write_ways(ways), "drags") == ways


# ---- formats


@pytest.mark.parametrize(
    ("name", "exchange", "depth", "channels", "linear"),
    [
        ("R'G'B'A u8", "R'G'B'A u8", "u1", 4, False),
        ("RGB u16", "RGB u16", "u2", 3, True),
        ("R~G~B~A half", "R~G~B~A half", "f2", 4, False),
        ("Y'A float", "Y'A float", "f4", 2, False),
        ("Y u32", "Y float", "f4", 1, True),
        ("RGBA double-space-0.9,1.0_2.2,2.2", "RGBA float", "f4", 4, True),
    ],
)
def test_formats_are_read_off_their_names(
    name: str, exchange: str, depth: str, channels: int, linear: bool
) -> None:
    found = Format.of(name)
    assert found is not None
    assert (found.exchange, found.depth, found.channels) == (exchange, depth, channels)
    rect = (0, 0, 2, 1)
    size = {"u1": 1, "u2": 2, "f2": 2, "f4": 4}[depth]
    pixels = found.pixels(rect, bytes(2 * channels * size), None)
    assert pixels.linear is linear
    assert (pixels.alpha == "straight") is (channels in (2, 4))
    assert found.pixels(rect, bytes(2 * channels * size), b"icc").linear is False
    assert found.bytes_of(pixels) == bytes(pixels.data)


def test_a_result_of_another_kind_is_refused() -> None:
    deep = Format.of("R'G'B'A u16")
    assert deep is not None
    with pytest.raises(ValueError, match="4 channels of u1"):
        deep.bytes_of(Pixels(rect=(0, 0, 1, 1), data=b"1234"))


@pytest.mark.parametrize("name", ["\x01\x02", "CMYKA u8", "babl-N u8", "R'G'B'A u99"])
def test_what_is_no_color_has_no_format(name: str) -> None:
    assert Format.of(name) is None


def test_a_refusal_says_what_to_do() -> None:
    plain = Format.of("R'G'B'A u8")
    canvas = (40, 30)
    assert refusal(LayerFacts(name="Paper", format=plain), canvas) == ""
    said = refusal(LayerFacts(name="Paper", format=None), canvas)
    assert "“Paper”" in said
    assert "Image ▸ Mode ▸ RGB" in said
    for what in ({"floating": True}, {"filtered_group": True}, {"rect": (40, 0, 9, 9)}):
        assert refusal(LayerFacts(name="Paper", format=plain, **what), canvas).endswith(".")
    hidden = LayerFacts(name="Paper", format=plain, visible=False)
    assert refusal(hidden, canvas) == "", "as a layer below others"
    assert "Show it first" in refusal(hidden, canvas, may_hide=False)


@pytest.mark.parametrize(
    ("rect", "inside"),
    [
        ((0, 0, 1, 1), True),
        ((-9, -9, 10, 10), True),
        ((-9, 0, 9, 9), False),
        ((0, 30, 9, 9), False),
    ],
)
def test_a_layer_lies_within_the_canvas_or_beside_it(rect: Any, inside: bool) -> None:
    assert LayerFacts(name="Paper", format=None, rect=rect).lies_in((40, 30)) is inside


# ---- edits without a panel


class Drawer:
    """Notes of a document that is in no program."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def read_note(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def write_note(self, key: str, about: str, data: bytes) -> None:
        self.kept[key] = data

    def source_of(self, layer: str) -> str:
        return ""

    def layers(self) -> list[tuple[str, str]]:
        return []


class Net(ScriptedConnection):
    """An engine that does a job as soon as somebody waits for it."""

    def sleep(self, seconds: float) -> None:
        for job in self.jobs:
            if job.task == "edit" and not job.updates:
                job.updates.append({})
                self.done(job)


def line_of(net: ScriptedConnection, kind: Any = "ready") -> Any:
    state = EngineState(kind=kind, sentence="" if kind == "ready" else "No engine is running.")
    return SimpleNamespace(engine=Engine(net), state=state, pump=lambda: None)


def worker_of(line: Any, said: list[Any] | None = None) -> Worker:
    say = (lambda text, share: said.append((text, share))) if said is not None else lambda *_: None
    return Worker(line, None, Strings(), say)


def test_a_wish_becomes_a_layer_and_an_entry_of_the_history() -> None:
    host, notes = open_host(), Drawer()
    wish = Wish(taken=Again(kind="drag", params={"drags": DRAGS, "seed": 5}), source="paper")
    keys, outcome = worker_of(line_of(Net())).carry_out(wish, host, notes)
    assert host.names == ["Paper", outcome.recipe.layer_name]
    assert host.sheet(keys[0]).recipe is not None
    history, problems = History.from_bytes(notes.kept[HISTORY])
    assert problems == []
    assert [entry.id for entry in history.entries] == [outcome.recipe.id]


def test_a_result_takes_the_place_of_the_older_one() -> None:
    host, worker = open_host(), worker_of(line_of(Net()))
    wish = Wish(taken=Again(kind="drag", params={"drags": DRAGS}), source="paper")
    (older,), _ = worker.carry_out(wish, host, Drawer())
    again = Wish(taken=Again(kind="drag", params={"drags": DRAGS}), source="paper", replaces=older)
    (newer,), _ = worker.carry_out(again, host, Drawer())
    assert not host.sheet(older).visible
    assert host.sheet(newer).visible


def test_without_an_engine_nothing_is_waited_for() -> None:
    net = ScriptedConnection(connected=False)
    with pytest.raises(
        SessionError, match="Start it with this command, then try again: pullbrush serve"
    ):
        worker_of(line_of(net, "absent")).wait_for_engine()


def test_an_engine_that_goes_is_waited_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "LOST_S", 0.05)
    host, net = open_host(), ScriptedConnection()
    line = line_of(net)
    said: list[Any] = []

    class Going(ScriptedConnection):
        def sleep(self, seconds: float) -> None:
            if self.jobs and self.connected:
                self.go()
                line.state = EngineState(kind="absent", sentence="No engine is running.")

    line.engine = Engine(Going())
    with pytest.raises(SessionError, match="pullbrush serve"):
        worker_of(line, said).carry_out(
            Wish(taken=Again(kind="drag", params={"drags": DRAGS}), source="paper"), host, Drawer()
        )
    assert host.names == ["Paper"]


def test_a_document_that_is_closed_ends_it() -> None:
    host = open_host()

    class Closing(ScriptedConnection):
        def sleep(self, seconds: float) -> None:
            if self.jobs:
                host.key = None

    with pytest.raises(HostError, match="closed"):
        worker_of(line_of(Closing())).carry_out(
            Wish(taken=Again(kind="drag", params={"drags": DRAGS}), source="paper"), host, Drawer()
        )
