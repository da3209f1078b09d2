# SPDX-License-Identifier: Apache-2.0
"""The panel for everybody: narrow, by pen, by keyboard, in six languages, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from desktop import Desktop
from pullbrush.docker import make_docker_widget
from pullbrush.qt import QtCore, QtGui, QtWidgets
from steps import applied, draw

from protocol.messages import Model
from protocol.plugin.launch import EngineState

LANGUAGES = ["en", "de", "fr", "es", "zh_CN", "ja"]


def everything(app: Any, folder: Path, language: str) -> Desktop:
    """A panel with all that can be on it at once."""
    desktop = Desktop(app, folder, language)
    desktop.desk.show_more(True)
    applied(desktop)
    desktop.desk.run()
    desktop.beat()
    desktop.net.fail(desktop.net.last(), "gpu.oom")
    desktop.wire.state = EngineState(
        kind="absent", sentence="No engine is running.", command="pullbrush serve"
    )
    desktop.pen.take(True)
    desktop.beat()
    return desktop


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_300_pixels_in_every_language(app: Any, tmp_path: Path, language: str) -> None:
    desktop = everything(app, tmp_path, language)
    desktop.frame.resize(300, 900)
    desktop.frame.show()
    desktop.beat()
    view = desktop.frame.scroller.viewport()
    assert desktop.panel.width() <= view.width() <= 300
    for part in desktop.frame.findChildren(QtWidgets.QWidget):
        if part.isVisible() and part.parent() is not None:
            right = part.mapTo(desktop.frame, QtCore.QPoint(part.width(), 0)).x()
            inside_list = desktop.panel.history.list.isAncestorOf(part)
            assert inside_list or right <= 300, (language, part)
    for part in desktop.frame.findChildren(QtWidgets.QPushButton):
        if part.isVisible():
            needs = part.fontMetrics().horizontalAdvance(part.text()) + 8
            assert part.width() >= needs, (language, part.text(), part.width(), needs)
    desktop.close()


def test_a_models_name_is_read_at_300_pixels_and_whole_in_its_tip(desktop: Desktop) -> None:
    heads = "Heads: cartoon heads that turn, wink and laugh at whoever looks at them"
    own = "a_checkpoint_with_a_very_long_name_v60B1_v51_hyper_inpainting"
    models = (("heads", heads), ("own", own), ("scenes", "scenes"))
    known = [Model(name=name, label=label, family="sd15") for name, label in models]
    desktop.wire.engine.models = {one.name: one for one in known}
    desktop.desk.show_more(True)
    desktop.desk.set("model", "heads")
    desktop.frame.resize(300, 900)
    desktop.frame.show()
    desktop.beat()
    box = desktop.panel.rows["model"].box
    assert [box.itemText(at) for at in range(box.count())] == ["Heads", own, "scenes"]
    assert box.itemData(0, QtCore.Qt.ItemDataRole.ToolTipRole) == heads
    assert box.toolTip().startswith(heads)
    assert box.fontMetrics().horizontalAdvance(box.currentText()) < box.width() - 24
    desktop.desk.set("model", "own")
    desktop.beat()
    assert box.toolTip().startswith(own)
    before = box.grab().toImage()  # ends in dots, so that its end is not simply cut off
    desktop.wire.engine.models = {"own": Model(name="own", label=own + "_2", family="sd15")}
    desktop.beat()
    assert box.grab().toImage() == before


def test_targets_are_large_enough_for_a_pen(app: Any, tmp_path: Path) -> None:
    desktop = everything(app, tmp_path, "en")
    desktop.frame.resize(300, 1400)
    desktop.frame.show()
    desktop.beat()
    kinds = (
        QtWidgets.QAbstractButton, QtWidgets.QComboBox, QtWidgets.QLineEdit, QtWidgets.QSlider,
    )  # fmt: skip
    checked = 0
    for part in desktop.frame.findChildren(QtWidgets.QWidget):
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
        part for part in desktop.frame.findChildren(QtWidgets.QWidget)
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


def test_run_and_apply_are_in_view_however_low_the_docker_is(app: Any, tmp_path: Path) -> None:
    desktop = everything(app, tmp_path, "en")
    desktop.frame.resize(300, desktop.frame.minimumSizeHint().height())
    desktop.frame.show()
    desktop.beat()
    for part in (desktop.panel.state.run, desktop.panel.state.apply):
        bottom = part.mapTo(desktop.frame, QtCore.QPoint(0, part.height())).y()
        assert 0 < bottom <= desktop.frame.height()
    assert desktop.frame.scroller.height() > 60
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
    other.panel.refresh()
    assert other.panel.state.plan.text() == desktop.panel.state.plan.text() != ""
    other.deleteLater()
