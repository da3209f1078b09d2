# SPDX-License-Identifier: Apache-2.0
"""The panel's lower half: progress, buttons, errors, history, the engine's page, other documents."""

from __future__ import annotations

from desktop import Desktop
from pullbrush.qt import QtCore, QtWidgets
from steps import END, START, applied, computed, draw, run_in_both, shown, turn_to

from protocol.messages.engine import EngineReport
from protocol.messages.opening import Device
from protocol.plugin.drags import DragList
from protocol.plugin.launch import EngineState

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
    assert state.stop.isEnabled()
    assert not state.run.isEnabled()
    desktop.net.progress(desktop.net.last(), 3, 20)
    desktop.beat()
    assert state.words.text() == "Editing: 3 of 20 · 1 s left"
    assert (state.bar.value(), state.bar.maximum()) == (150, 1000)
    state.stop.click()
    assert desktop.net.last().cancels == [False]
    desktop.net.cancelled(desktop.net.last())
    desktop.beat()
    assert state.run.isEnabled()
    assert not state.stop.isEnabled()
    assert not shown(state.bar, panel)


def test_buttons_stay_in_their_places_whatever_goes_on(desktop: Desktop) -> None:
    desktop.frame.resize(300, 700)
    desktop.frame.show()
    desktop.beat()
    state = desktop.panel.state
    buttons = (state.run, state.stop, state.apply, state.drop)

    def places() -> list[QtCore.QRect]:
        assert all(button.isVisible() for button in buttons)
        desktop.app.processEvents()
        return [QtCore.QRect(b.mapTo(desktop.frame, QtCore.QPoint()), b.size()) for b in buttons]

    idle = places()
    draw(desktop)
    assert places() == idle
    state.run.click()
    desktop.beat()
    desktop.net.progress(desktop.net.last(), 3, 20)
    desktop.beat()
    assert places() == idle
    desktop.net.done(desktop.net.last())
    desktop.beat()
    assert places() == idle
    state.apply.click()
    desktop.beat()
    assert places() == idle
    desktop.desk.run()
    desktop.beat()
    desktop.net.fail(desktop.net.last(), "gpu.oom")
    desktop.beat()
    assert places() == idle


def test_apply_adds_the_layer_and_the_strip_shows_it(desktop: Desktop) -> None:
    computed(desktop)
    panel = desktop.panel
    assert panel.state.drop.isEnabled()
    assert not shown(panel.history, panel)
    panel.state.apply.click()
    desktop.beat()
    assert len(desktop.host.state.sheets) == 2
    assert panel.history.list.count() == 1
    desktop.net.done(desktop.net.last("prepare"), layers=0)
    desktop.beat()
    assert panel.state.words.text() == "Applied."
    desktop.desk.set("prompt", "something else")
    desktop.beat()
    desktop.net.done(desktop.net.last("warp"))
    desktop.beat()
    assert panel.state.words.text() == "Ready."
    assert shown(panel.again, panel)  # the result is active now
    panel.history.star.click()
    assert desktop.desk.results.history.entries[0].favorite
    desktop.desk.start_over()
    panel.history.again.click()
    desktop.beat()
    assert desktop.net.last().params["drags"] == [[list(START), list(END)]]
    panel.history.out.click()
    assert not shown(panel.history, panel)


def test_edit_again_from_the_panel(desktop: Desktop) -> None:
    applied(desktop)
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
    assert desktop.panel.state.run.isEnabled()
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
    assert "pullbrush install krita" in page.steps.text()
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
    desktop.controller.seat.take(report)
    desktop.beat()
    assert desktop.panel.device.text() == "Processor: 3.0 GB of 8.0 GB free"
    assert "1 running, 2 waiting" in desktop.panel.queue.title.text()


def test_other_documents_under_way_can_be_stopped_from_here(desktop: Desktop) -> None:
    draw(desktop)
    desktop.desk.run()
    desktop.beat()
    job = desktop.net.last()
    turn_to(desktop, "two.kra")
    queue = desktop.panel.queue
    assert shown(queue, desktop.panel)
    assert queue.rows[0].words.text().startswith("one.kra · Drag: ")
    queue.rows[0].stop.click()
    assert job.cancels == [False]


def test_what_waits_and_all_can_be_cancelled_apart(desktop: Desktop) -> None:
    first, second = run_in_both(desktop)
    queue = desktop.panel.queue
    assert [line.isVisibleTo(queue) for line in queue.rows] == [True, True]
    queue.stop_waiting.click()
    assert (first.cancels, second.cancels) == ([], [False])
    queue.stop_all.click()
    assert first.cancels == [False]


def test_without_a_document_it_says_so(desktop: Desktop) -> None:
    desktop.window.active = None
    desktop.controller.poll()
    desktop.beat()
    assert shown(desktop.panel.empty, desktop.panel)
    assert not shown(desktop.panel.body, desktop.panel)


def test_diagnostics_and_openraster_are_in_the_menu(desktop: Desktop) -> None:
    actions = {action.text(): action for action in desktop.panel.menu.menu.actions()}
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
    menu = desktop.panel.menu
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
