# SPDX-License-Identifier: Apache-2.0
"""The panel when the document is another one than a result was made from, and when something went wrong."""

from __future__ import annotations

import pytest
from desktop import Desktop
from pullbrush.qt import QtWidgets
from steps import computed, draw, painted, shown

from protocol.plugin.launch import EngineState


def test_painted_over_it_offers_to_compute_again_or_to_apply_anyway(desktop: Desktop) -> None:
    state, panel = desktop.panel.state, desktop.panel
    assert not any(shown(part, panel) for part in (state.stale, state.recompute, state.anyway))
    painted(desktop)
    assert desktop.controller.preview is None
    assert shown(state.stale, panel)
    assert "Compute again" in state.stale.words.text()
    assert not state.apply.isEnabled()
    jobs = len(desktop.net.jobs)
    state.recompute.click()
    desktop.beat(8)
    assert len(desktop.net.jobs) > jobs
    desktop.net.done(desktop.net.last("edit"))
    desktop.beat()
    assert not shown(state.stale, panel)
    assert desktop.controller.preview is not None


def test_apply_anyway_adds_what_was_computed(desktop: Desktop) -> None:
    painted(desktop)
    jobs = desktop.net.tasks().count("edit")
    desktop.panel.state.anyway.click()
    desktop.beat(8)
    assert len(desktop.host.state.sheets) == 2
    assert desktop.net.tasks().count("edit") == jobs
    assert not shown(desktop.panel.state.stale, desktop.panel)


def test_apply_clicked_three_times_is_one_layer(desktop: Desktop) -> None:
    computed(desktop)
    for _ in range(3):
        desktop.panel.state.apply.click()
    desktop.beat()
    desktop.panel.state.apply.click()
    desktop.beat()
    assert len(desktop.host.state.sheets) == 2
    assert desktop.net.tasks().count("edit") == 1


@pytest.mark.parametrize("trouble", ["failed", "absent", "lost"])
def test_diagnostics_can_be_copied_in_every_error_state(desktop: Desktop, trouble: str) -> None:
    board = QtWidgets.QApplication.clipboard()
    board.setText("")
    if trouble == "failed":
        draw(desktop)
        desktop.desk.run()
        desktop.beat()
        desktop.net.fail(desktop.net.last(), "gpu.oom")
        part = desktop.panel.state.report
    else:
        desktop.wire.state = EngineState(kind=trouble, sentence="No engine.", command="x")
        part = desktop.panel.engine_page.report
    desktop.beat()
    assert shown(part, desktop.panel)
    part.click()
    assert board.text().startswith("Pullbrush in a test")
    if trouble != "failed":
        desktop.window.active = None
        desktop.controller.poll()
        desktop.beat()
        assert shown(part, desktop.panel), "without a document, too"
