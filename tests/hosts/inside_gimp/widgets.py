# SPDX-License-Identifier: Apache-2.0
"""The panel's widgets, pressed and typed into. Every function named `case_…` is a case.

Run by the Python and the GTK that come with GIMP: `widgets.py OUT`.
"""

import dataclasses
import json
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

from widgets_bench import WAY, Bench  # first: it makes the plug-in importable

# isort: split
import widgets_picture
import widgets_records
from fakes.panel_suite import CASES
from panel_hand import GtkHand
from pullbrush.gtk import Gdk, Gtk
from pullbrush.ui_picks import make_row
from pullbrush.ui_signs import SIGNS, sign
from pullbrush.word import Word
from widgets_records import Deeds

from protocol.edits import Transform
from protocol.plugin.diagnosing import diagnostics
from protocol.plugin.guard import problems
from protocol.plugin.launch import EngineState
from protocol.plugin.panel import Row


def case_without_a_path_it_says_what_to_do(bench):
    state = bench.panel.state
    assert not state.run.is_sensitive()
    assert "Paths tool" in state.words.get_text()
    assert "Paths tool" in state.run.get_tooltip_text()
    assert bench.panel.hint.widget.get_visible()
    assert bench.panel.counts.get_text() == "Arrows: 0, pins: 0"
    assert bench.program.above == [bench.app.window]


def case_a_path_is_counted_and_computed_once_it_rests(bench):
    bench.draw(WAY, ((10.0, 10.0),))
    bench.wait(0.2)
    assert bench.panel.counts.get_text() == "Arrows: 1, pins: 1"
    bench.until(lambda: "edit" in bench.net.tasks(), "computed by itself")
    job = bench.net.last()
    bench.net.accept(job)
    bench.net.progress(job, 2, 5)
    bench.until(lambda: "2 of 5" in bench.panel.state.words.get_text(), "shown how far")
    assert bench.panel.state.stop.is_sensitive()
    assert not bench.panel.state.run.is_sensitive()
    assert abs(bench.panel.state.bar.get_fraction() - 0.4) < 0.01
    bench.net.preview(job)
    bench.until(lambda: bench.shown is not None, "previewed")
    bench.until(lambda: bench.host.lies_on == "paper", "drawn")
    assert len(bench.host.names) == 1


def case_apply_adds_one_layer_takes_the_preview_away_and_is_kept_in_the_history(bench):
    bench.computed()
    assert bench.shown is not None
    assert bench.panel.state.drop.is_sensitive()
    bench.panel.state.apply.clicked()
    bench.until(lambda: len(bench.host.names) == 2, "applied")
    bench.until(lambda: bench.shown is None, "without preview")
    bench.until(lambda: bench.panel.history.widget.get_visible(), "listed")
    assert len(bench.panel.history.strip.get_children()) == 1
    bench.until(lambda: bench.panel.again.get_visible(), "offered again")
    bench.panel.history.star.widget.clicked()
    bench.until(lambda: bench.desk.results.history.entries[0].favorite, "a favorite")
    bench.panel.history.out.widget.clicked()
    bench.until(lambda: not bench.panel.history.widget.get_visible(), "forgotten")


def case_discard_and_close_leave_no_preview(bench):
    bench.computed()
    bench.panel.state.drop.clicked()
    bench.until(lambda: bench.shown is None, "discarded")
    bench.computed()
    assert bench.shown is not None
    bench.close()
    assert bench.shown is None
    assert bench.wire.ends == 1
    assert len(bench.host.names) == 1


def case_an_engine_that_goes_takes_the_preview_along_and_says_so(bench):
    bench.computed()
    bench.wire.state = EngineState(kind="absent", sentence="It ended.", command="/opt/p serve")
    bench.net.go()
    bench.until(lambda: bench.shown is None, "without preview")
    page = bench.panel.engine_page
    bench.until(lambda: page.widget.get_visible(), "told")
    assert "install gimp" in page.steps.get_text()
    assert page.command.get_text() == "/opt/p serve"
    page.start.clicked()
    assert bench.wire.tries == 1


def case_what_failed_is_said_until_something_else_is_done(bench):
    bench.asked()
    bench.net.fail(bench.net.last())
    bench.until(lambda: "ran out of memory" in bench.panel.state.error.words.get_text(), "said")
    bench.panel.deeds.seed_drawn()
    bench.until(lambda: not bench.panel.state.error.widget.get_visible(), "taken back")


def case_edit_again_brings_path_and_parameters_back(bench):
    bench.computed()
    bench.panel.state.apply.clicked()
    bench.until(lambda: len(bench.host.names) == 2, "applied")
    bench.host.ways = ()
    bench.until(lambda: not bench.desk.drags.now.strokes, "cleared")
    bench.desk.set("seed", 77)
    bench.until(lambda: bench.panel.again.get_visible(), "offered")
    bench.panel.again.clicked()
    bench.until(lambda: bench.host.ways == (WAY,), "drawn again")
    assert bench.desk.panel.value("seed") != 77
    assert bench.desk.seed_locked


def case_another_picture_can_be_chosen_and_the_first_goes_on(bench):
    bench.asked()
    bench.panel.documents.widget.set_active(1)
    bench.wait(0.2)
    assert bench.app.seat.host is bench.program.hosts[2]
    assert bench.panel.queue.widget.get_visible()
    assert "picture 1.xcf" in bench.panel.queue._words[0].get_text()
    bench.program.hosts[2].key = None  # closed
    bench.program.images.pop()
    bench.until(lambda: bench.app.seat.open is not None or bench.panel.empty.get_visible(), "seen")


def case_cancel_takes_the_preview_away(bench):
    bench.asked()
    job = bench.net.last()
    bench.net.preview(job)
    bench.until(lambda: bench.shown is not None, "previewed")
    bench.panel.state.stop.clicked()
    assert (job.cancels, bench.shown) == ([False], None)
    bench.net.preview(job)
    bench.net.cancelled(job)
    bench.until(lambda: not bench.desk.status.busy, "stopped")
    bench.wait(0.2)
    assert bench.shown is None


def case_everything_can_be_stopped_at_once(bench):
    bench.asked()
    job = bench.net.last()
    bench.panel.documents.widget.set_active(1)
    bench.until(lambda: bench.panel.queue.stop_all.get_visible(), "offered")
    bench.panel.queue.stop_all.clicked()
    assert job.cancels == [False]


def case_a_result_is_found_by_its_words(bench):
    from dataclasses import replace

    from protocol.plugin.history import History

    bench.computed()
    bench.panel.state.apply.clicked()
    bench.until(lambda: bench.desk.results.history.entries, "kept")
    (first,) = bench.desk.results.history.entries
    many = []
    for words in ("red car", "blue boat", "red boat", "moon"):
        recipe = first.bundle.recipe
        other = replace(recipe, params={**recipe.params, "prompt": words})
        many.append(replace(first, bundle=replace(first.bundle, recipe=other)))
    strip = bench.panel.history
    strip.show_history(History(entries=tuple(many)))
    assert (len(strip.strip.get_children()), strip.find.get_visible()) == (4, True)
    strip.find.set_text("red")
    strip.show_history(History(entries=tuple(many)))
    assert [strip.model.chosen, len(strip.strip.get_children())] == [many[2].id, 2]


def case_a_second_call_turns_the_panel_that_is_open(bench):
    word, other = Word(bench.program), Word(bench.program)
    assert not other.pass_on(bench.program.images[1], kind="move", again=False)
    word.listen(bench.app)
    assert other.pass_on(bench.program.images[1], kind="move", again=False)
    bench.until(lambda: bench.app.seat.host is bench.program.hosts.get(2), "turned")
    assert bench.desk.kind == "move"
    word.end()
    assert not other.pass_on(bench.program.images[1], kind="move", again=False)


def case_move_takes_a_path_of_one_stroke(bench):
    bench.panel.edits.widget.set_active_id("=move")
    bench.until(lambda: bench.desk.kind == "move", "chosen")
    assert "Select" in bench.panel.hint.words.get_text()
    bench.host.select((50, 50, 40, 40))
    bench.until(lambda: "path" in bench.panel.hint.words.get_text(), "told how")
    bench.host.ways = (((60.0, 60.0), (85.0, 52.0)),)
    bench.until(lambda: bench.desk.panel.value("dx") == 25.0, "shifted")
    assert "dx" in bench.panel.rows
    entry = bench.panel.rows["dx"].line.widget
    bench.until(lambda: entry.get_text().startswith("25"), "shown")


def spec(widget, value, **more):
    return Row(
        name=widget, widget=widget, label=widget.title(), help="Help.", unit=more.pop("unit", ""),
        level="basic", value=value, problem=more.pop("problem", ""), **more,
    )  # fmt: skip


def case_every_kind_of_row_shows_its_value_and_tells_what_is_done(_bench):
    deeds = Deeds()
    number = make_row(spec("slider", 2.0, minimum=0.0, maximum=10.0, step=0.5, auto=-1.0), deeds)
    assert (number.line.widget.get_text(), number.slider.get_value()) == ("2", 4)
    number.slider.set_value(8)
    number.auto.set_active(True)
    choice = make_row(spec("combo", "a", choices=(("a", "First"), ("b", "Second"))), deeds)
    choice.pick.widget.set_active(1)
    switch = make_row(spec("check", False), deeds)
    switch.check.set_active(True)
    line = make_row(spec("line", "x"), deeds)
    line.line.widget.set_text("y")
    line.line.widget.activate()
    model = make_row(spec("suggest", "gone", suggest="models"), deeds)
    assert model.pick.widget.get_active_text() == "gone"
    model.pick.widget.set_active(1)
    layer = make_row(spec("layers", "", selection=True), deeds)
    assert [one for _, one in layer.pick._entries] == ["None", "Selection", "Sky", "Sea"]
    layer.pick.widget.set_active(2)
    colors = make_row(spec("colors", ("#ff0000",), most=2), deeds)
    colors.plus.widget.clicked()
    colors.out.widget.clicked()
    between = make_row(spec("range", (0.25, 0.5), minimum=0.0, maximum=1.0, step=0.05), deeds)
    between.slider.set_size_request(210, -1)
    assert between.line.widget.get_text() == "0.25 – 0.5"
    between.line.widget.set_text("0..0.6")
    between.line.widget.activate()
    for key in (Gdk.KEY_Right, Gdk.KEY_space, Gdk.KEY_Up):
        assert between._key(between.slider, SimpleNamespace(keyval=key))
    assert between.slider.get_accessible().get_name() == "Range: 0.25 – 0.5"
    assert "space bar" in between.slider.get_tooltip_text()
    columns = Transform(label="place", help="").columns
    named = tuple(
        dataclasses.replace(
            spec("slider", 0.0, minimum=one.minimum, maximum=one.maximum, step=one.step), name=name
        )
        for name, one in columns.items()
    )
    place = make_row(spec("transform", None, columns=named, fields=columns), deeds)
    place.rows["dx"].line.widget.set_text("40")
    place.rows["dx"].line.widget.activate()
    seed = make_row(spec("seed", 5, whole=True, minimum=0, maximum=99, step=1), deeds)
    seed.dice.widget.clicked()
    seed.lock.widget.clicked()
    assert deeds.told == [
        ("slider", 4.0), ("slider", -1.0), ("combo", "b"), ("check", True), ("line", "y"),
        ("suggest", "big"), ("layers", "7"), ("colors", ["#ff0000", "#a0c4ff"]), ("colors", []),
        ("range", "0..0.6"), ("range", [0.3, 0.5]), ("range", [0.25, 0.55]),
        ("transform", {"dx": 40.0, "dy": 0.0, "scale": 0.0, "rotation": 0.0}),
        ("seed", "drawn"), ("lock", True),
    ]  # fmt: skip
    unknown = make_row(spec("hologram", None), deeds)
    assert unknown.title.get_text() == "Hologram"


def case_words_are_taken_over_a_moment_after_the_last_key(bench):
    row = bench.panel.rows["prompt"]
    row.box.get_buffer().set_text("a red balloon")
    assert bench.desk.panel.value("prompt") == ""
    bench.until(lambda: bench.desk.panel.value("prompt") == "a red balloon", "taken over")


def case_a_value_that_is_not_possible_is_said_below_its_row(bench):
    bench.panel.deeds.typed("strength", "many")
    bench.panel.deeds.do(lambda desk: desk.show_more(True))
    bench.until(lambda: "strength" in bench.panel.rows, "shown")
    assert bench.panel.rows["strength"].problem.get_text().startswith("⚠")
    assert not bench.panel.state.run.is_sensitive()


def case_signs_are_drawn_and_differ(_bench):
    drawn = {name: sign(name, 16, (1, 2, 3)) for name in SIGNS}
    assert all(len(data) == 1024 and any(data[3::4]) for data in drawn.values())
    assert len(set(drawn.values())) == len(SIGNS)


def case_diagnostics_hold_no_words_of_the_artists(bench):
    bench.panel.deeds.typed("prompt", "my secret")
    text = diagnostics(bench.app.seat)
    assert "GIMP 3" in text
    assert "400 × 300" in text
    assert "secret" not in text


def case_everything_that_can_be_pressed_is_large_enough_for_a_pen_and_has_a_name(bench):
    bench.computed()
    bench.panel.state.apply.clicked()
    bench.until(lambda: bench.panel.history.widget.get_visible(), "listed")
    bench.wait(0.3)
    small = [one for one in _pressable(bench.app.window) if one.get_allocated_height() < 24]
    assert small == []
    named = [one.get_accessible().get_name() for one in _pressable(bench.app.window)]
    assert all(named), named


def _pressable(widget):
    if isinstance(widget, (Gtk.Button, Gtk.Entry, Gtk.ComboBox)) and widget.get_mapped():
        yield widget
    elif isinstance(widget, Gtk.Container):
        for child in widget.get_children():
            yield from _pressable(child)


def main(out):
    assert Gdk.Screen.get_default() is not None
    told = {}
    named = {**globals(), **vars(widgets_picture), **vars(widgets_records)}
    tests = {name: test for name, test in named.items() if name.startswith("case_")}
    for name, case in CASES.items():
        tests[f"panel suite: {name}"] = lambda bench, case=case: case(GtkHand(bench))
    for name, test in tests.items():
        problems.clear()
        bench = Bench()
        try:
            test(bench)
            assert not list(problems), problems[0]
            told[name] = ""
        except BaseException:
            told[name] = traceback.format_exc() + "".join(problems)
        bench.close()
    Path(out).write_text(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
