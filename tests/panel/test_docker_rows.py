# SPDX-License-Identifier: Apache-2.0
"""The panel's rows: made from the edits' descriptions, and what can be typed into them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from desktop import Desktop
from pullbrush.qt import QtCore, QtGui, QtWidgets
from pullbrush.widgets_values import NumberRow, SeedRow
from steps import computed, draw, shown

from protocol.edits import schema
from protocol.events import Arrived
from protocol.messages import Caps, Model, ModelCatalogue

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
    node = json.loads(json.dumps(schema()))  # texts are shared
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
        "between": {"description": "When.", "type": "array", "default": [0, 1],
                    hints: {"kind": "range", "label": "Between", "step": 0.05}},
        "spot": {"description": "Where to.", "type": "object", "default": {},
                 hints: {"kind": "transform", "label": "Spot", "turns": False}},
        "lora": {"description": "Style.", "type": "string", "default": "",
                 hints: {"kind": "text", "label": "Style", "suggest": "loras"}},
        "edge": {"description": "How sharp.", "type": "number", "minimum": 0, "maximum": 1, "default": 0.5,
                 hints: {"kind": "number", "label": "Edge", "minimum": 0, "maximum": 1, "step": 0.1,
                         "when": {"field": "sharp", "values": [True]}}},
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
    assert list(panel.rows) == [
        "amount", "sharp", "tints", "from_layer", "where", "between", "spot", "lora", "edge", "conditions",
    ]  # fmt: skip
    panel.rows["amount"].slider.setValue(8)
    panel.rows["edge"].slider.setValue(9)
    panel.rows["sharp"].check.setChecked(False)
    assert "edge" not in panel.rows
    between = panel.rows["between"]
    between.line.typed.emit("0.25 – 0.5")
    assert between.line.text() == "0.25 – 0.5"
    panel.rows["spot"].rows["scale"].line.typed.emit("150 %")
    panel.rows["lora"].line.typed.emit("ink")
    panel.rows["tints"].plus.click()
    box = panel.rows["from_layer"].box
    box.activated.emit(box.findData("paper"))
    where = panel.rows["where"].box
    assert [where.itemText(i) for i in range(where.count())] == ["None", "Selection", "Paper"]
    panel.rows["conditions"].plus.click()
    panel.rows["conditions"].plus.click()
    assert not panel.rows["conditions"].plus.isEnabled()  # two at most
    panel.rows["conditions"].frames[1].parts["weight"].line.typed.emit("0,3")
    desktop.desk.run()
    desktop.beat()
    params = desktop.net.last().params
    assert params["amount"] == pytest.approx(0.8)
    assert params["sharp"] is False
    assert params["tints"] == ["#ff0000", "#a0c4ff"]
    assert params["from_layer"] == "paper"
    assert (params["between"], params["lora"], params["edge"]) == ([0.25, 0.5], "ink", 0.5)
    assert params["spot"] == {"dx": 0, "dy": 0, "scale": 1.5}
    assert [one["weight"] for one in params["conditions"]] == [0.5, 0.3]


def test_a_range_is_pulled_by_either_end_and_by_keys(desktop: Desktop) -> None:
    learn(desktop, new_edit())
    panel = desktop.panel
    panel.edits.activated.emit(panel.edits.findData("sparkle"))
    between = panel.rows["between"]
    slider, value = between.slider, lambda: desktop.desk.panel.value("between")
    slider.resize(210, 26)
    press(slider, 155)
    assert (slider.handle, value()) == (1, (0.0, 0.75))
    press(slider, 35)
    assert (slider.handle, value()) == (0, (0.15, 0.75))
    assert slider.value() == 3  # what a screen reader says
    slider.setValue(20)  # no handle passes the other
    assert value() == (0.75, 0.75)
    slider.keyPressEvent(key(QtCore.Qt.Key.Key_Right))
    assert value() == (0.75, 0.75)
    slider.keyPressEvent(key(QtCore.Qt.Key.Key_Space))
    slider.keyPressEvent(key(QtCore.Qt.Key.Key_Right))
    assert value() == (0.75, 0.8)
    between.line.stepped.emit(-1)
    assert value() == (0.75, 0.75)
    between.line.typed.emit("much")
    assert "a start and an end" in between.problem.text()
    assert between.line.text() == "much"
    assert "space bar" in slider.accessibleDescription()
    assert slider.accessibleName() == "between"
    slider.grab()  # it can be drawn


def press(widget: QtWidgets.QWidget, x: float) -> None:
    left = QtCore.Qt.MouseButton.LeftButton
    widget.mousePressEvent(
        QtGui.QMouseEvent(
            QtCore.QEvent.Type.MouseButtonPress, QtCore.QPointF(x, 13), left, left,
            QtCore.Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip


def key(code: Any) -> QtGui.QKeyEvent:
    return QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, code, QtCore.Qt.KeyboardModifier.NoModifier)


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
