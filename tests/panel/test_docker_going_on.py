# SPDX-License-Identifier: Apache-2.0
"""The panel with many results: find one, go on from one, stop all that is under way; in a narrow docker."""

from __future__ import annotations

from dataclasses import replace

from desktop import Desktop
from steps import applied, computed, draw, run_in_both, shown

from protocol.plugin.drags import DragList


def results(desktop: Desktop, count: int) -> None:
    """Make so many entries in the history, each with words of its own."""
    applied(desktop)
    (first,) = desktop.desk.results.history.entries
    history = desktop.desk.results.history
    for number in range(1, count):
        recipe = replace(first.bundle.recipe, params={"prompt": f"a balloon {number}"})
        history = history.add(replace(first, bundle=replace(first.bundle, recipe=recipe)))
    desktop.desk.results.history = history
    desktop.beat()


def test_few_results_need_no_search(desktop: Desktop) -> None:
    results(desktop, 3)
    history = desktop.panel.history
    assert history.list.count() == 3
    assert not shown(history.search, desktop.panel)


def test_a_result_is_found_by_its_words(desktop: Desktop) -> None:
    results(desktop, 6)
    history = desktop.panel.history
    assert shown(history.search, desktop.panel)
    assert history.list.count() == 6
    history.search.setText("BALLOON 4")
    assert history.list.count() == 1
    history.star.click()
    assert [e.favorite for e in desktop.desk.results.history.entries] == [False] * 4 + [True, False]
    history.search.setText("nothing of the kind")
    assert history.list.count() == 0
    assert not history.again.isEnabled()
    assert shown(history, desktop.panel), "the way back must stay"
    history.search.setText("")
    assert history.list.count() == 6


def test_all_that_is_under_way_is_stopped_at_once(desktop: Desktop) -> None:
    first, second = run_in_both(desktop)
    desktop.panel.queue.stop_all.click()
    assert (first.cancels, second.cancels) == ([False], [False])


def test_a_layer_hidden_by_its_result_offers_to_go_on(desktop: Desktop) -> None:
    computed(desktop)
    desktop.desk.set_drags(DragList())
    draw(desktop)
    desktop.panel.state.run.click()
    desktop.beat()
    desktop.net.done(desktop.net.last(), placement="instead", opaque=True)
    desktop.beat()
    desktop.panel.state.apply.click()
    desktop.beat()
    result = desktop.host.active()
    assert not shown(desktop.panel.go_on, desktop.panel)
    desktop.host.activate("paper")
    desktop.desk.start_over()
    desktop.beat()
    assert shown(desktop.panel.covered, desktop.panel)
    assert "hidden" in desktop.panel.state.words.text()
    desktop.panel.go_on.click()
    draw(desktop)
    assert desktop.desk.source.key == result
    assert not shown(desktop.panel.covered, desktop.panel)
    assert desktop.host.sheet(result).name in desktop.panel.works_on.text()
    assert desktop.panel.state.run.isEnabled()


def test_all_of_it_fits_into_a_narrow_docker(desktop: Desktop) -> None:
    results(desktop, 6)
    desktop.frame.resize(300, 600)
    desktop.frame.show()
    desktop.beat()
    panel = desktop.panel
    assert panel.minimumSizeHint().width() <= 300
    for part in (panel.history.search, panel.go_on, panel.queue.stop_all):
        assert part.minimumSizeHint().width() <= 290, part
        assert max(part.minimumHeight(), part.sizeHint().height()) >= 24
