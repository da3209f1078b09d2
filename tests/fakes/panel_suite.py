# SPDX-License-Identifier: Apache-2.0
"""What every panel must do, whatever toolkit draws it: run against Krita's, against GIMP's, and against none.

A `Hand` presses and reads what a panel shows by plain names; documents are of bytes, the engine does what a case says.
Standard library only, since it also runs in a paint program's own Python.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from protocol.messages.engine import EngineReport
from protocol.messages.opening import Device
from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.history import History
from protocol.plugin.launch import EngineState
from protocol.plugin.panel import Row

from .connection import Asked, ScriptedConnection
from .films import film_done, frame
from .noted import NotedHost

WAY = ((60.0, 60.0), (120.0, 80.0))


class Hand(Protocol):
    """A panel in front of a document of 400 × 300, which computes only when told to.

    Frames of the strip are (number, accessible name, chosen or not).

    Buttons: run stop apply drop again go_on clear more star forget redo dice lock stop_all start. Texts: words plan
    error hint about works_on device queue title steps command. Seen or not: all these, covered, history, page.
    """

    desk: DocumentController
    host: NotedHost
    net: ScriptedConnection
    wire: Any
    seat: Any

    def wait(self) -> None: ...
    def draw(self, *ways: tuple[tuple[float, float], ...]) -> None: ...
    def press(self, name: str) -> None: ...
    def shown(self, name: str) -> bool: ...
    def enabled(self, name: str) -> bool: ...
    def text(self, name: str) -> str: ...
    def tip(self, name: str) -> str: ...
    def choose(self, kind: str) -> None: ...
    def rows(self) -> list[str]: ...
    def type_in(self, row: str, text: str) -> None: ...
    def problem(self, row: str) -> str: ...
    def results(self) -> list[str]: ...
    def find(self, words: str, history: History) -> list[str]: ...
    def picked(self, spec: Row) -> list[tuple[str, str]]: ...
    def turn(self, document: int) -> None: ...
    def frames(self) -> list[tuple[int, str, bool]]: ...
    def choose_frame(self, number: int) -> None: ...


def can_press(hand: Hand, *names: str) -> tuple[bool, ...]:
    """Which of these buttons can be pressed now; a panel may hide the others or show them grey."""
    return tuple(hand.shown(name) and hand.enabled(name) for name in names)


def asked(hand: Hand) -> Asked:
    """Draw a drag and press Run; returns the job."""
    hand.draw(WAY)
    hand.wait()
    hand.press("run")
    hand.wait()
    job = hand.net.last("edit")
    hand.net.accept(job)
    return job


def computed(hand: Hand) -> None:
    """A drag whose result is there."""
    hand.net.done(asked(hand))
    hand.wait()


def applied(hand: Hand) -> None:
    """A drag whose result is a layer."""
    computed(hand)
    hand.press("apply")
    hand.wait()
    assert len(hand.host.state.sheets) == 2


def case_before_the_first_drag_it_says_what_to_do(hand: Hand) -> None:
    assert not hand.enabled("run")
    assert not hand.enabled("apply")
    assert hand.text("words") == hand.desk.strings.text("grey.no_drags")
    assert hand.text("works_on") == "Works on: Paper"
    assert not hand.shown("history")
    assert not hand.shown("page")


def case_progress_and_the_buttons_that_go_with_it(hand: Hand) -> None:
    job = asked(hand)
    assert hand.text("plan").startswith("changes 68 × 28 px")
    assert can_press(hand, "stop", "run") == (True, False)
    hand.net.progress(job, 3, 20)
    hand.wait()
    assert hand.text("words") == "Editing: 3 of 20 · 1 s left"
    hand.press("stop")
    assert job.cancels == [False]
    hand.net.cancelled(job)
    hand.wait()
    assert can_press(hand, "stop", "run") == (False, True)


def case_apply_adds_a_layer_that_the_strip_shows_keeps_and_forgets(hand: Hand) -> None:
    applied(hand)
    assert hand.results() == [hand.desk.results.history.entries[0].id]
    assert hand.shown("again")
    hand.press("star")
    hand.wait()
    assert hand.desk.results.history.entries[0].favorite
    hand.desk.start_over()
    hand.press("redo")
    hand.wait()
    assert hand.net.last("edit").params["drags"] == [[list(point) for point in WAY]]
    hand.press("forget")
    hand.wait()
    assert not hand.shown("history")


def case_discard_forgets_the_result(hand: Hand) -> None:
    computed(hand)
    assert can_press(hand, "drop") == (True,)
    hand.press("drop")
    hand.wait()
    assert can_press(hand, "drop") == (False,)
    assert hand.desk.session.outcome is None
    assert len(hand.host.state.sheets) == 1


def case_what_went_wrong_is_said_until_something_else_is_done(hand: Hand) -> None:
    text = "The device ran out of memory. Choose a smaller area or a smaller model."
    hand.net.fail(asked(hand), message=text)
    hand.wait()
    assert hand.shown("error")
    assert hand.text("error") == text
    hand.press("dice")
    hand.wait()
    assert not hand.shown("error")


def case_edit_again_brings_drags_and_seed_back(hand: Hand) -> None:
    applied(hand)
    hand.press("clear")
    hand.wait()
    assert hand.desk.drags.now.plain() == []
    hand.desk.set("seed", 77)
    hand.wait()
    hand.press("again")
    hand.wait()
    assert hand.desk.drags.now.plain() == [[list(point) for point in WAY]]
    assert hand.desk.panel.value("seed") != 77
    assert hand.desk.seed_locked
    hand.press("lock")
    assert not hand.desk.seed_locked


def case_rows_come_from_the_edit_and_the_rest_on_demand(hand: Hand) -> None:
    assert hand.rows() == ["prompt", "seed", "preset", "model"]
    hand.press("more")
    hand.wait()
    assert {"strength", "grow", "feather", "placement"} < set(hand.rows())
    hand.type_in("strength", "1,5")
    hand.wait()
    assert hand.desk.panel.value("strength") == 1.5
    hand.draw(WAY)
    hand.wait()
    hand.type_in("strength", "many")
    hand.wait()
    assert hand.problem("strength").startswith("⚠")
    assert not hand.enabled("run")


def case_move_wants_a_selection(hand: Hand) -> None:
    hand.choose("move")
    hand.wait()
    assert hand.rows()[:3] == ["dx", "dy", "scale"]
    assert hand.text("about").startswith("Select an object")
    assert hand.text("hint") == hand.desk.strings.text("hint.select_object")
    hand.type_in("dx", "12 px")
    hand.host.select((50, 50, 40, 40))
    hand.wait()
    assert hand.enabled("run")


def case_without_an_engine_a_page_says_what_to_do(hand: Hand) -> None:
    hand.wire.state = EngineState(kind="absent", sentence="It ended.", command="/opt/p serve")
    hand.wait()
    assert hand.shown("page")
    assert hand.text("title") == "The engine is not running"
    assert "pullbrush install" in hand.text("steps")
    assert hand.text("command") == "/opt/p serve"
    hand.press("start")
    assert hand.wire.tries == 1
    hand.wire.state = EngineState(kind="starting")
    hand.wait()
    assert (hand.shown("command"), hand.shown("start")) == (False, False)
    hand.wire.state = EngineState(kind="ready")
    hand.wait()
    assert not hand.shown("page")


def case_device_and_queue_are_told(hand: Hand) -> None:
    gib = 1 << 30
    device = Device(name="cpu", label="Processor", bytes=8 * gib, free=3 * gib)
    report = EngineReport(
        version="1", uptime_ms=1, workers=(), queued=2, running=1, devices=(device,)
    )
    hand.seat.take(report)
    hand.wait()
    assert hand.text("device") == "Processor: 3.0 GB of 8.0 GB free"
    assert "1 running, 2 waiting" in hand.text("queue")


def case_ones_own_jobs_are_not_computed_besides(hand: Hand) -> None:
    """A picture is read and the edit waits for it: that is what the panel's own line tells."""
    hand.choose("drag-gan")
    job = asked(hand)
    assert hand.desk.session.status.open_jobs == 2
    two = EngineReport(version="1", uptime_ms=1, workers=(), queued=1, running=1)
    hand.seat.take(two)
    hand.wait()
    assert not hand.shown("queue")
    hand.seat.take(replace(two, queued=2))
    hand.wait()
    assert "1 running, 1 waiting" in hand.text("queue")
    hand.net.done(job)
    hand.wait()


def case_what_another_document_computes_can_be_stopped(hand: Hand) -> None:
    job = asked(hand)
    hand.turn(1)
    hand.wait()
    assert hand.shown("stop_all")
    hand.press("stop_all")
    assert job.cancels == [False]


def case_a_result_that_hides_its_layer_is_what_to_go_on_with(hand: Hand) -> None:
    hand.net.done(asked(hand), placement="instead", opaque=True)
    hand.wait()
    hand.press("apply")
    hand.wait()
    result = hand.host.active()
    hand.press("clear")
    hand.host.activate("paper")
    hand.wait()
    assert hand.shown("covered")
    hand.press("go_on")
    hand.wait()
    assert not hand.shown("covered")
    assert hand.host.sheet(result).name in hand.text("works_on")


def pulled(hand: Hand, *frames: int) -> Asked:
    """Live frames of a pull, the newest of these last."""
    hand.choose("drag-gan")
    hand.wait()
    job = asked(hand)
    for number in frames:
        frame(hand.net, job, number)
        hand.wait()
    return job


def case_stop_says_that_it_keeps_the_frame_that_is_seen(hand: Hand) -> None:
    text = hand.desk.strings.text
    job = pulled(hand)
    assert (hand.text("stop"), hand.tip("stop")) == (text("action.cancel"), text("tip.cancel"))
    frame(hand.net, job, 3)
    hand.wait()
    assert hand.text("stop") == text("action.keep_frame") == "Keep this"
    assert "Discard" in hand.tip("stop")
    hand.press("stop")
    hand.wait()
    assert (job.updates, job.cancels) == ([{"frame": 3}], [])
    assert hand.host.preview_is_shown  # it is what is kept
    assert hand.text("stop") == text("action.cancel")  # which it would do now
    hand.net.progress(job, step=3, steps=200, rev=1)
    film_done(hand.net, job, frames=4)
    hand.wait()
    assert can_press(hand, "drop") == (True,)
    hand.press("drop")
    hand.wait()
    assert hand.desk.session.outcome is None


def case_a_strip_shows_frames_and_a_press_chooses_one(hand: Hand) -> None:
    job = pulled(hand, 0, 4, 8, 12)
    assert hand.frames() == []
    film_done(hand.net, job, frames=13)
    hand.wait()
    assert hand.frames() == [
        (0, "Frame 0", False), (4, "Frame 4", False), (8, "Frame 8", False), (12, "Frame 12", True),
    ]  # fmt: skip
    hand.choose_frame(8)
    hand.wait()
    assert hand.desk.panel.value("frame") == 8
    chosen = hand.net.last("edit")
    assert chosen is not job
    assert (chosen.params["frame"], chosen.images[-1].name) == (8, "film")
    assert [number for number, _, on in hand.frames() if on] == [8]
    film_done(hand.net, chosen, frames=13)
    hand.wait()
    hand.type_in("frame", "6")  # one that was never seen
    hand.wait()
    assert [number for number, _, on in hand.frames() if on] == []
    film_done(hand.net, hand.net.last("edit"), frames=13)
    hand.wait()
    assert [number for number, _, _ in hand.frames()] == [0, 4, 6, 8, 12]
    assert [number for number, _, on in hand.frames() if on] == [6]


def case_edit_again_shows_the_frames_too(hand: Hand) -> None:
    film_done(hand.net, pulled(hand, 0, 5, 9), frames=10)
    hand.wait()
    hand.press("apply")
    hand.wait()
    hand.desk.start_over()
    hand.wait()
    assert hand.frames() == []
    hand.press("again")
    hand.wait()
    assert [number for number, _, _ in hand.frames()] == [0, 5, 9]
    hand.choose_frame(5)
    hand.wait()
    assert hand.net.last("edit").params["frame"] == 5


def case_a_target_moved_afterwards_is_gone_on_to_from_the_chosen_frame(hand: Hand) -> None:
    film_done(hand.net, pulled(hand, 0, 5, 9), frames=10)
    hand.wait()
    hand.choose_frame(5)
    hand.wait()
    film_done(hand.net, hand.net.last("edit"), frames=10)
    hand.wait()
    hand.draw((WAY[0], (110.0, 72.0)))
    hand.wait()
    assert hand.frames() == []
    hand.press("run")
    hand.wait()
    job = hand.net.last("edit")
    assert [image.name for image in job.images] == ["source", "begun"]
    assert job.images[-1].shape[0] == 6
    for number in (5, 6, 8):
        frame(hand.net, job, number)
        hand.wait()
    film_done(hand.net, job, frames=9, value=4)
    hand.wait()
    assert [number for number, _, _ in hand.frames()] == [0, 5, 6, 8]


def case_results_are_found_by_their_words(hand: Hand) -> None:
    applied(hand)
    (first,) = hand.desk.results.history.entries
    many = []
    for words in ("red car", "blue boat", "red boat", "moon"):
        recipe = replace(
            first.bundle.recipe, params={**first.bundle.recipe.params, "prompt": words}
        )
        many.append(replace(first, bundle=replace(first.bundle, recipe=recipe)))
    history = History(entries=tuple(many))
    assert hand.find("", history) == [many[i].id for i in (3, 2, 1, 0)]
    assert hand.find("red", history) == [many[2].id, many[0].id]


def case_what_is_chosen_but_gone_stays_in_its_list(hand: Hand) -> None:
    def spec(widget: str, value: str, **more: Any) -> Row:
        return Row(
            name=widget, widget=widget, label="A", help="", unit="", level="basic", value=value,
            problem="", **more,
        )  # fmt: skip

    paper = ("paper", "Paper")
    assert hand.picked(spec("layers", "")) == [("", "None"), paper]
    wide = hand.picked(spec("layers", "7", selection=True))
    gone = ("7", "A layer that is not there any more")
    assert wide == [("", "None"), ("selection", "Selection"), paper, gone]
    assert hand.picked(spec("suggest", "gone"))[-1] == ("gone", "gone")


CASES: dict[str, Callable[[Hand], None]] = {
    name.removeprefix("case_"): case for name, case in globals().items() if name.startswith("case_")
}
