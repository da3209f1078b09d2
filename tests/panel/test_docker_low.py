# SPDX-License-Identifier: Apache-2.0
"""A docker on a low screen: no sentence is cut, the tools stay in view, and what has no room scrolls."""

from __future__ import annotations

import pytest
from desktop import Desktop
from pullbrush.qt import QtCore, QtWidgets
from pullbrush.widgets_base import LINE_PX
from steps import computed, draw, painted

from protocol.plugin.job_queue import QueueRow
from protocol.plugin.view import QueueView

LOW = 420
"""What a screen of 768 pixels leaves to the docker."""


def low(desktop: Desktop, height: int = LOW) -> None:
    desktop.frame.resize(240, height)
    desktop.frame.show()
    desktop.beat()


def still(desktop: Desktop) -> None:
    """From now on the panel shows only what the test has it show."""
    desktop.controller.blockSignals(True)
    desktop.panel._soon.stop()


def uncut(desktop: Desktop, part: QtWidgets.QWidget) -> None:
    """All lines of a text have room."""
    for words in [part, *part.findChildren(QtWidgets.QLabel)]:
        if isinstance(words, QtWidgets.QLabel) and words.isVisible() and words.text():
            assert words.height() >= words.heightForWidth(words.width()), words.text()


def tools_in_view(desktop: Desktop) -> None:
    frame, bar = desktop.frame, desktop.panel.canvas_bar
    for part in (bar.on, *bar.tools.values(), bar.back, bar.clear):
        assert part.isVisible()
        top = part.mapTo(frame, QtCore.QPoint(0, 0))
        middle = part.mapTo(frame, part.rect().center())
        at = frame.childAt(middle)
        assert top.y() >= 0
        assert at is part, (part.text(), at)


@pytest.mark.parametrize("height", [320, LOW, 600])
def test_a_stale_result_is_told_whole_and_the_tools_stay(desktop: Desktop, height: int) -> None:
    low(desktop, height)
    painted(desktop)
    desktop.beat()
    state = desktop.panel.state
    assert state.stale.isVisible()
    uncut(desktop, state)
    tools_in_view(desktop)
    assert desktop.frame.scroller.height() >= LINE_PX
    for part in (state.recompute, state.anyway, state.run, state.apply):
        assert desktop.frame.childAt(part.mapTo(desktop.frame, part.rect().center())) is part


def test_no_button_is_cut_while_it_computes(desktop: Desktop) -> None:
    """What scrolls gives way: Krita's own dockers leave little to this one on a screen of 1024 x 768."""
    frame, state = desktop.frame, desktop.panel.state
    docker = QtWidgets.QWidget()  # which does not ask a layout how low it can be
    frame.setParent(docker)
    docker.resize(240, LOW)
    docker.show()
    low(desktop)
    draw(desktop)
    state.run.click()
    desktop.beat()
    desktop.net.progress(desktop.net.last())
    desktop.beat()
    assert state.bar.isVisible()
    least = desktop.panel.top.height() + frame._below.height() - state.told.height() + 2 * LINE_PX
    low(desktop, least)
    desktop.beat()
    assert frame.height() == least
    for part in (state.run, state.stop, state.apply, state.drop):
        corner = part.mapTo(frame, QtCore.QPoint(part.width() - 1, part.height() - 1))
        assert frame.rect().contains(corner), (part.text(), corner, frame.rect())
    tools_in_view(desktop)
    frame.setParent(None)


def test_with_a_result_the_tools_stay_and_the_plan_is_two_lines(desktop: Desktop) -> None:
    low(desktop)
    computed(desktop)
    tools_in_view(desktop)
    still(desktop)
    plan = desktop.panel.state.plan
    long = "changes 68 × 28 px " * 12
    plan.setText(long)
    desktop.app.processEvents()
    assert plan.height() <= 2 * plan.fontMetrics().lineSpacing() + 2
    assert plan.text() == plan.toolTip() == long
    tools_in_view(desktop)
    desktop.frame.resize(240, 900)
    desktop.app.processEvents()
    assert plan.height() > 3 * plan.fontMetrics().lineSpacing()


def test_a_row_of_the_queue_grows_with_its_words(desktop: Desktop) -> None:
    low(desktop, 700)
    draw(desktop)
    queue = desktop.panel.queue
    still(desktop)

    def show(*words: str) -> None:
        rows = [
            QueueRow(id=str(at), document="one.kra", edit="Drag", words=text, running=not at)
            for at, text in enumerate(words)
        ]
        queue.show_view(
            QueueView(
                title="Queue",
                rows=tuple(rows),
                can_cancel_waiting=True,
                can_cancel_all=True,
                shown=True,
            )
        )
        desktop.app.processEvents()
        desktop.app.processEvents()
        uncut(desktop, queue)

    show("waits", "waits")
    before = queue.rows[0].height()
    show("Editing: 3 of 20, with all its words, which take a second line · 1 min left", "waits")
    assert queue.rows[0].height() > before
    show("Editing: 3 of 20, " * 8, "waits for two edits of another document " * 3)
