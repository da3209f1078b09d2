# SPDX-License-Identifier: Apache-2.0
"""The panel: drawn from the edits' descriptions, usable by pen and keyboard in 300 pixels, true to the desk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from desktop import Desktop
from pullbrush import guard
from pullbrush.docker import make_docker_widget
from pullbrush.qt import QtCore, QtGui, QtWidgets
from pullbrush.widgets_values import NumberRow, SeedRow

from protocol.edits import schema
from protocol.events import Arrived
from protocol.messages import Caps, Model, ModelCatalogue
from protocol.messages.engine import EngineReport
from protocol.messages.opening import Device
from protocol.plugin.drags import DragList
from protocol.plugin.launch import EngineState

START, END = (60.0, 60.0), (120.0, 80.0)


@pytest.fixture(autouse=True)
def nothing_went_wrong() -> Any:
    guard.problems.clear()
    yield
    assert list(guard.problems) == []


def shown(widget: QtWidgets.QWidget, panel: QtWidgets.QWidget) -> bool:
    return widget.isVisibleTo(panel)


def draw(desktop: Desktop) -> None:
    desktop.desk.set_drags(DragList().add(START, END))
    desktop.beat()


def computed(desktop: Desktop) -> None:
    draw(desktop)
    desktop.panel.state.run.click()
    desktop.beat()
    desktop.net.done(desktop.net.last())
    desktop.beat()


# ---------------------------------------------------------------- from the description


def test_rows_are_those_of_the_edit(desktop: Desktop) -> None:
    panel = desktop.panel
    assert list(panel.rows) == ["prompt", "seed", "preset", "model"]
    panel.more.setChecked(True)
    assert {"strength", "grow", "feather", "placement"} < set(panel.rows)
    panel.edits.setCurrentIndex(panel.edits.findData("move"))
    panel.edits.activated.emit(panel.edits.currentIndex())
    assert list(panel.rows)[:3] == ["dx", "dy", "scale"]
    assert isinstance(panel.rows["scale"], NumberRow)
    assert panel.about.text().startswith("Select an object")


def new_edit() -> dict[str, Any]:
    """An edit that this plug-in has never heard of, with every kind of field there is."""
    node = schema()
    move = json.loads(json.dumps(node["$defs"]["move"]))
    move["x-pullbrush"] |= {"kind": "sparkle", "label": "edit.sparkle"}
    hints = "x-pullbrush"
    number = {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5, "description": "How much.",
              hints: {"kind": "number", "label": "Glitter", "minimum": 0, "maximum": 1, "step": 0.1}}  # fmt: skip
    move["properties"] = {
        "amount": number,
        "sharp": {"description": "Edges.", "type": "boolean", "default": True,
                  hints: {"kind": "switch", "label": "Sharp"}},
        "tints": {"description": "Colors.", "type": "array", "default": ["#ff0000"],
                  hints: {"kind": "palette", "label": "Tints", "most": 3}},
        "from_layer": {"description": "Which.", "type": "string", "default": "",
                       hints: {"kind": "layer", "label": "From", "role": "reference"}},
        "where": {"description": "Where.", "type": "string", "default": "",
                  hints: {"kind": "mask", "label": "Where", "role": "mask"}},
        "conditions": {"description": "What counts.", "type": "array", "default": [], "items": {
            "type": "object", "properties": {"weight": number}, "required": []},
            hints: {"kind": "records", "label": "Conditions", "most": 2}},
    }  # fmt: skip
    move["required"] = []
    node["$defs"]["sparkle"] = move
    node[hints]["messages"]["en"]["edit.sparkle"] = "Sparkle"
    return node


def learn(desktop: Desktop, node: dict[str, Any]) -> None:
    desktop.net.come_back(caps=Caps(schema="a" * 64))
    desktop.beat()
    desktop.net.inbox.append(Arrived(blob="a" * 64, data=json.dumps(node).encode()))
    desktop.beat()


def test_an_edit_that_arrives_later_is_drawn_and_runs(desktop: Desktop) -> None:
    learn(desktop, new_edit())
    panel = desktop.panel
    at = panel.edits.findData("sparkle")
    assert panel.edits.itemText(at) == "Sparkle"
    desktop.host.select((50, 50, 100, 100))
    panel.edits.activated.emit(at)
    desktop.beat()
    assert list(panel.rows) == ["amount", "sharp", "tints", "from_layer", "where", "conditions"]
    panel.rows["amount"].slider.setValue(8)
    panel.rows["sharp"].check.setChecked(False)
    panel.rows["tints"].plus.click()
    box = panel.rows["from_layer"].box
    box.activated.emit(box.findData("paper"))
    where = panel.rows["where"].box
    assert [where.itemText(i) for i in range(where.count())] == ["None", "Selection", "Paper"]
    panel.rows["conditions"].plus.click()
    panel.rows["conditions"].plus.click()
    assert not panel.rows["conditions"].plus.isEnabled()  # two at most
    panel.rows["conditions"].parts[1][0].line.typed.emit("0,3")
    desktop.desk.run()
    desktop.beat()
    params = desktop.net.last().params
    assert params["amount"] == pytest.approx(0.8)
    assert params["sharp"] is False
    assert params["tints"] == ["#ff0000", "#a0c4ff"]
    assert params["from_layer"] == "paper"
    assert [one["weight"] for one in params["conditions"]] == [0.5, 0.3]


def test_models_are_those_that_can_do_the_edit(desktop: Desktop) -> None:
    models = (
        Model(name="scenes", label="Scenes", family="sd15", ops=("drag", "move")),
        Model(name="gan", label="Faces", family="gan", ops=("drag-gan",)),
    )
    desktop.net.inbox.append(ModelCatalogue(models=models))
    desktop.beat()
    box = desktop.panel.rows["model"].box
    assert [box.itemText(i) for i in range(box.count())] == ["Scenes"]


# ---------------------------------------------------------------- values


def test_a_slider_takes_typed_numbers_steps_and_auto(desktop: Desktop) -> None:
    panel = desktop.panel
    panel.more.setChecked(True)
    strength = panel.rows["strength"]
    strength.slider.setValue(strength.scale.stop(1.5))
    assert desktop.desk.panel.value("strength") == pytest.approx(1.5)
    assert strength.line.text() == "1.5"
    strength.line.setText("50 %")
    strength.line.editingFinished.emit()
    assert desktop.desk.panel.value("strength") == 0.5
    assert strength.slider.value() == strength.scale.stop(0.5)
    strength.line.stepped.emit(2)
    assert desktop.desk.panel.value("strength") == pytest.approx(0.6)
    feather = panel.rows["feather"]
    assert feather.auto.isChecked()
    assert not feather.slider.isEnabled()
    feather.auto.setChecked(False)
    assert desktop.desk.panel.value("feather") >= 0
    feather.line.setText("auto")
    feather.line.editingFinished.emit()
    assert feather.auto.isChecked()


def test_nonsense_stays_visible_with_its_problem(desktop: Desktop) -> None:
    panel = desktop.panel
    draw(desktop)
    panel.more.setChecked(True)
    row = panel.rows["strength"]
    row.line.setText("a lot")
    row.line.editingFinished.emit()
    assert row.line.text() == "a lot"
    assert "must be a number" in row.problem.text()
    assert shown(row.problem, panel)
    assert not panel.state.run.isEnabled()
    assert "must be a number" in panel.state.run.toolTip()


def test_numbers_without_end_have_no_slider_but_a_line(desktop: Desktop) -> None:
    desktop.desk.choose_edit("move")
    desktop.panel.refresh()
    dx = desktop.panel.rows["dx"]
    assert not shown(dx.slider, desktop.panel)
    dx.line.setText("-12,5 px")
    dx.line.editingFinished.emit()
    assert desktop.desk.panel.value("dx") == -12.5
    assert dx.line.text() == "-12.5 px"


def test_the_prompt_is_taken_over_and_not_typed_over(desktop: Desktop) -> None:
    box = desktop.panel.rows["prompt"].box
    box.setPlainText("a red sun")
    desktop.panel.refresh()  # something else changed while typing
    assert box.toPlainText() == "a red sun"
    box._timer.timeout.emit()
    assert desktop.desk.panel.value("prompt") == "a red sun"


def test_the_seed_can_be_drawn_anew_and_locked(desktop: Desktop) -> None:
    row = desktop.panel.rows["seed"]
    assert isinstance(row, SeedRow)
    row.dice.click()
    seed = desktop.desk.panel.value("seed")
    assert row.line.text() == str(seed) != "0"
    row.lock.click()
    assert desktop.desk.seed_locked
    computed(desktop)
    desktop.panel.state.run.click()
    desktop.beat()
    assert desktop.net.last().params["seed"] == seed


# ---------------------------------------------------------------- how things stand


def test_before_the_first_drag_it_says_what_to_do(desktop: Desktop) -> None:
    state = desktop.panel.state
    assert state.words.text() == "Draw an arrow on the picture first."
    assert not state.run.isEnabled()
    assert not state.apply.isEnabled()
    desktop.panel.canvas_bar.on.click()
    assert desktop.pen.is_on
    assert shown(desktop.panel.canvas_bar.hint, desktop.panel)


def test_progress_time_left_and_the_buttons_that_go_with_it(desktop: Desktop) -> None:
    state, panel = desktop.panel.state, desktop.panel
    draw(desktop)
    assert state.plan.text().startswith("changes 68 × 28 px")
    state.run.click()
    desktop.beat()
    assert shown(state.stop, panel)
    assert not shown(state.run, panel)
    desktop.net.progress(desktop.net.last(), 3, 20)
    desktop.beat()
    assert state.words.text() == "Editing: 3 of 20 · 1 s left"
    assert (state.bar.value(), state.bar.maximum()) == (3, 20)
    state.stop.click()
    assert desktop.net.last().cancels == [False]
    desktop.net.cancelled(desktop.net.last())
    desktop.beat()
    assert shown(state.run, panel)
    assert not shown(state.bar, panel)


def test_apply_adds_the_layer_and_the_strip_shows_it(desktop: Desktop) -> None:
    computed(desktop)
    panel = desktop.panel
    assert shown(panel.state.drop, panel)
    assert not shown(panel.history, panel)
    panel.state.apply.click()
    desktop.beat()
    assert len(desktop.host.state.sheets) == 2
    assert panel.history.list.count() == 1
    assert shown(panel.again, panel)  # the result is active now
    panel.history.star.click()
    assert desktop.desk.history.entries[0].favorite
    desktop.desk.start_over()
    panel.history.again.click()
    desktop.beat()
    assert desktop.net.last().params["drags"] == [[list(START), list(END)]]
    panel.history.out.click()
    assert not shown(panel.history, panel)


def test_edit_again_from_the_panel(desktop: Desktop) -> None:
    computed(desktop)
    desktop.panel.state.apply.click()
    desktop.beat()
    desktop.desk.start_over()
    desktop.beat()
    desktop.panel.again.click()
    desktop.beat()
    assert desktop.desk.drags.now.plain() == [[list(START), list(END)]]
    assert desktop.panel.rows["seed"].lock.isChecked()


def test_what_went_wrong_is_said_with_what_to_do(desktop: Desktop) -> None:
    draw(desktop)
    desktop.desk.run()
    desktop.beat()
    text = "The device ran out of memory. Choose a smaller area or a smaller model."
    desktop.net.fail(desktop.net.last(), message=text)
    desktop.beat()
    error = desktop.panel.state.error
    assert error.words.text() == text
    assert shown(error, desktop.panel)
    assert shown(desktop.panel.state.run, desktop.panel)
    desktop.panel.state.run.click()
    assert not shown(error, desktop.panel)


def test_no_engine_has_a_page_that_says_what_to_do(desktop: Desktop) -> None:
    page = desktop.panel.engine_page
    assert not shown(page, desktop.panel)
    desktop.wire.state = EngineState(
        kind="absent", sentence="No engine is running.", command="pullbrush serve"
    )
    desktop.beat()
    assert shown(page, desktop.panel)
    assert page.command.text() == "pullbrush serve"
    assert "pip install pullbrush" in page.steps.text()
    page.start.click()
    assert desktop.wire.tries == 1
    page.copy.click()
    assert QtWidgets.QApplication.clipboard().text() == "pullbrush serve"
    desktop.wire.state = EngineState(kind="starting")
    desktop.beat()
    assert page.title.text() == "Starting the engine …"
    assert not shown(page.command, desktop.panel)
    desktop.wire.state = EngineState(kind="ready")
    desktop.beat()
    assert not shown(page, desktop.panel)


def test_device_and_memory_are_shown(desktop: Desktop) -> None:
    gib = 1 << 30
    device = Device(name="cpu", label="Processor", bytes=8 * gib, free=3 * gib)
    report = EngineReport(
        version="1", uptime_ms=1, workers=(), queued=2, running=1, devices=(device,)
    )
    desktop.controller.take(report)
    desktop.beat()
    assert desktop.panel.device.text() == "Processor: 3.0 GB of 8.0 GB free"
    assert "1 running, 2 waiting" in desktop.panel.queue.title.text()


def test_other_documents_under_way_can_be_stopped_from_here(desktop: Desktop) -> None:
    draw(desktop)
    desktop.desk.run()
    desktop.beat()
    job = desktop.net.last()
    desktop.window.active = "two.kra"
    desktop.controller.poll()
    desktop.beat()
    queue = desktop.panel.queue
    assert shown(queue, desktop.panel)
    assert queue._rows[0][1].text().startswith("one.kra: ")
    queue._rows[0][2].click()
    assert job.cancels == [False]


def test_without_a_document_it_says_so(desktop: Desktop) -> None:
    desktop.window.active = None
    desktop.controller.poll()
    desktop.beat()
    assert shown(desktop.panel.empty, desktop.panel)
    assert not shown(desktop.panel.body, desktop.panel)


def test_diagnostics_and_openraster_are_in_the_menu(desktop: Desktop) -> None:
    actions = {action.text(): action for action in desktop.panel._menu.menu.actions()}
    actions["Copy diagnostics"].trigger()
    text = QtWidgets.QApplication.clipboard().text()
    assert "Pullbrush in a test" in text
    assert "document: 400 × 300" in text
    saved = []
    desktop.controller.save_ora = lambda: saved.append(1)  # it asks for a place in a dialog
    actions["Save as OpenRaster with recipes …"].trigger()
    assert saved == [1]


def test_arrows_on_a_vector_layer_are_kept_in_step(desktop: Desktop) -> None:
    draw(desktop)
    menu = desktop.panel._menu
    menu.sync()
    assert desktop.host.svg is None  # only when wished
    menu.on_layer.trigger()
    assert 'id="pullbrush-1"' in desktop.host.svg
    desktop.host.svg = desktop.host.svg.replace("120.00 80.00", "130.00 90.00")
    menu.sync()
    assert desktop.desk.drags.now.plain() == [[list(START), [130.0, 90.0]]]
    desktop.pen.is_pulling = True
    desktop.desk.set_drags(DragList())
    menu.sync()
    assert 'id="pullbrush-1"' in desktop.host.svg  # not while the pen is on the canvas
    desktop.pen.is_pulling = False
    menu.sync()
    assert 'id="pullbrush-1"' not in desktop.host.svg


# ---------------------------------------------------------------- for everybody

LANGUAGES = ["en", "de", "fr", "es", "zh_CN", "ja"]


def everything(app: Any, folder: Path, language: str) -> Desktop:
    """A panel with all that can be on it at once."""
    desktop = Desktop(app, folder, language)
    desktop.desk.show_more(True)
    computed(desktop)
    desktop.panel.state.apply.click()
    desktop.beat()
    desktop.desk.run()
    desktop.beat()
    desktop.net.fail(desktop.net.last(), "gpu.oom")
    desktop.wire.state = EngineState(
        kind="absent", sentence="No engine is running.", command="pullbrush serve"
    )
    desktop.beat()
    return desktop


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_300_pixels_in_every_language(app: Any, tmp_path: Path, language: str) -> None:
    desktop = everything(app, tmp_path, language)
    desktop.frame.resize(300, 900)
    desktop.frame.show()
    desktop.beat()
    view = desktop.frame.viewport()
    assert desktop.panel.width() <= view.width() <= 300
    for part in desktop.panel.findChildren(QtWidgets.QWidget):
        if part.isVisible() and part.parent() is not None:
            right = part.mapTo(desktop.panel, QtCore.QPoint(part.width(), 0)).x()
            inside_list = desktop.panel.history.list.isAncestorOf(part)
            assert inside_list or right <= 300, (language, part)
    for part in desktop.panel.findChildren(QtWidgets.QPushButton):
        if part.isVisible():
            needs = part.fontMetrics().horizontalAdvance(part.text()) + 8
            assert part.width() >= needs, (language, part.text(), part.width(), needs)
    desktop.close()


def test_targets_are_large_enough_for_a_pen(app: Any, tmp_path: Path) -> None:
    desktop = everything(app, tmp_path, "en")
    desktop.frame.resize(300, 1400)
    desktop.frame.show()
    desktop.beat()
    kinds = (
        QtWidgets.QAbstractButton, QtWidgets.QComboBox, QtWidgets.QLineEdit, QtWidgets.QSlider,
    )  # fmt: skip
    checked = 0
    for part in desktop.panel.findChildren(QtWidgets.QWidget):
        if isinstance(part, kinds) and part.isVisible():
            checked += 1
            assert part.height() >= 24, (part, part.height())
            assert part.width() >= 24, (part, part.width())
    assert checked > 25
    desktop.close()


def test_the_keyboard_reaches_everything_and_everything_has_a_name(
    app: Any, tmp_path: Path
) -> None:
    desktop = everything(app, tmp_path, "en")
    desktop.frame.show()
    desktop.beat()
    kinds = (
        QtWidgets.QAbstractButton, QtWidgets.QComboBox, QtWidgets.QLineEdit, QtWidgets.QSlider,
        QtWidgets.QPlainTextEdit,
    )  # fmt: skip
    parts = [
        part for part in desktop.panel.findChildren(QtWidgets.QWidget)
        if isinstance(part, kinds) and part.isVisible() and part.isEnabled()
    ]  # fmt: skip
    chain, at = set(), desktop.panel.edits
    for _ in range(500):
        chain.add(id(at))
        at = at.nextInFocusChain()
        if at is None or at is desktop.panel.edits:
            break
    for part in parts:
        assert part.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus, part
        assert id(part) in chain
        named = getattr(part, "text", str)() or part.accessibleName()
        assert named or part.parent().accessibleName(), part
    desktop.close()


def test_signs_are_drawn_in_the_themes_color(desktop: Desktop, app: Any) -> None:
    def lightest(theme: str) -> int:
        palette = QtGui.QPalette(QtGui.QColor(theme))
        button = desktop.panel.canvas_bar.clear
        button.setEnabled(True)
        button.setPalette(palette)
        image = button.grab().toImage()
        values = [
            QtGui.QColor(image.pixel(x, y)).lightness()
            for x in range(image.width()) for y in range(image.height())
        ]  # fmt: skip
        return max(values) - min(values)

    assert lightest("#303030") > 80
    assert lightest("#efefef") > 80


def test_a_second_window_has_a_panel_of_its_own(desktop: Desktop) -> None:
    other = make_docker_widget(desktop.controller)
    draw(desktop)
    other.widget().refresh()
    assert other.widget().state.plan.text() == desktop.panel.state.plan.text() != ""
    other.deleteLater()
