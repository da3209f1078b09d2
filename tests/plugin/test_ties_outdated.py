# SPDX-License-Identifier: Apache-2.0
"""The picture is scaled, painted on, converted, deleted or closed while an edit runs or is ready: it is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.around import Around
from fakes.tied import READ, layers, painted, ready, running, turns

pytestmark = pytest.mark.usefixtures("watchful")


# ---------------------------------------------------------------- anything else is said


def scaled(around: Around) -> None:
    around.host.scale(64, 48)


def converted(around: Around) -> None:
    around.host.convert("u2")


def deleted(around: Around) -> None:
    other = replace(around.host.sheet("paper"), key="other", name="Other")
    around.host.do("Add", replace(around.host.state, sheets=(other, *around.host.state.sheets)))
    around.host.delete("paper")


CHANGES = {
    "scaled": (scaled, "scaled, turned or distorted"),
    "turned": (lambda around: around.host.rotate(), "scaled, turned or distorted"),
    "painted": (painted, "changed where the result lies"),
    "converted": (converted, "converted to another depth"),
    "deleted": (deleted, "not in the picture any more"),
}


@pytest.mark.parametrize("when", ["running", "ready"])
@pytest.mark.parametrize("what", CHANGES)
def test_another_picture_takes_the_preview_down_and_is_computed_again(
    around: Around, what: str, when: str
) -> None:
    change, sentence = CHANGES[what]
    job = running(around)
    around.net.preview(job)
    turns(around)
    if when == "ready":
        around.net.done(job)
        turns(around)
    assert around.host.preview_is_shown
    change(around)
    turns(around)
    assert sentence in around.desk.status.stale
    assert not around.host.preview_is_shown
    before = len(around.host.state.sheets)
    if when == "running":
        around.net.preview(job)
        turns(around)
        assert not around.host.preview_is_shown
        around.net.done(job)
        turns(around)
    assert not around.host.preview_is_shown
    assert sentence in around.desk.status.stale
    assert not around.desk.status.can_apply
    around.desk.apply()
    turns(around)
    assert len(around.host.state.sheets) == before
    around.desk.compute_again()
    turns(around, 8)
    again = around.net.last("edit")
    assert again is not job
    assert around.desk.status.stale == ""
    around.net.done(again)
    turns(around)
    assert around.desk.session.stage == "done", around.desk.error
    around.desk.apply()
    turns(around)
    assert around.desk.session.stage == "applied", around.desk.error
    assert len(around.host.state.sheets) == before + 1


@pytest.mark.parametrize("what", ["scaled", "turned", "painted"])
def test_apply_anyway_adds_what_was_computed(around: Around, what: str) -> None:
    ready(around)
    CHANGES[what][0](around)
    turns(around)
    assert around.desk.session.artifacts.can_apply_anyway
    jobs = len(around.net.jobs)
    around.desk.apply_anyway()
    turns(around)
    assert (layers(around)[-1], len(around.net.jobs)) == (READ, jobs)
    assert around.desk.status.stale == ""


def test_a_newer_edit_is_not_judged_by_an_older_ones_picture(around: Around) -> None:
    """Painted, a parameter changed, Run: what runs now was made from the picture as it is."""
    ready(around)
    painted(around)
    around.desk.set("strength", 0.5)
    around.desk.run()
    turns(around, 8)
    assert around.desk.status.stale == ""
    job = around.net.last("edit")
    assert job.params["strength"] == 0.5
    around.net.preview(job)
    turns(around)
    assert around.host.preview_is_shown
    around.net.done(job)
    turns(around)
    assert (around.desk.session.stage, around.desk.status.stale) == ("done", "")


def test_the_same_edit_run_once_more_is_not_judged_by_the_older_one(around: Around) -> None:
    ready(around)
    around.desk.session.run()
    painted(around)  # before it is read
    turns(around, 8)
    around.net.done(around.net.last("edit"))
    around.tick()
    assert (around.desk.session.stage, around.desk.status.stale) == ("done", "")


def test_what_is_painted_where_nothing_looks_is_found_when_it_is_applied(around: Around) -> None:
    """Apply looks itself, whenever the last look was."""
    ready(around)
    painted(around)
    around.desk.apply()
    around.tick()
    assert len(around.host.state.sheets) == 1
    assert "changed where the result lies" in around.desk.status.stale
    assert around.host.messages[-1] == ("warning", around.desk.status.stale)


def test_painting_elsewhere_does_not_matter(around: Around) -> None:
    ready(around)
    around.host.paint_over("paper", (22, 2, 8, 20), (255, 0, 0, 255))
    turns(around)
    assert (around.desk.status.stale, around.host.preview_is_shown) == ("", True)
    around.desk.apply()
    turns(around)
    assert len(around.host.state.sheets) == 2


def test_a_stroke_that_is_undone_brings_the_preview_back(around: Around) -> None:
    ready(around)
    painted(around)
    turns(around)
    assert not around.host.preview_is_shown
    around.host.undo()
    turns(around)
    assert (around.desk.status.stale, around.host.preview_is_shown) == ("", True)


def test_what_was_undone_is_asked_about_until_it_is_known(around: Around) -> None:
    """A few rows tell where the picture lies, not yet that it is the same: the fast clock goes on over that point."""
    ready(around)
    around.host.rotate()
    turns(around)
    session = around.desk.session
    assert session.stale is not None
    around.host.undo()
    session.look()
    assert session.is_locating
    while session.is_locating:
        session.tick(0.0)
    assert session.stale is not None
    assert session.status.is_reading
    session.look()
    while session.status.is_reading:
        session.tick()
    assert session.stale is None


def test_the_place_of_the_edit_may_be_cropped_away(around: Around) -> None:
    ready(around)
    around.host.crop((21, 1, 9, 20), cut=False)
    turns(around)
    assert "cropped away" in around.desk.status.stale


def test_a_layer_moved_aside_between_two_bites_is_not_written_over(around: Around) -> None:
    """It is compared once more in the very turn in which it is added."""
    ready(around)
    around.host.prepares = 3
    session = around.desk.session
    assert session.outcome is not None
    session._applying.start(session.outcome)  # as Apply does, with no time for anything yet
    session.tick(budget=0.0)
    around.host.move("paper", 5, 2)
    turns(around, 12)
    assert layers(around)[-1] == (READ[0] + 5, READ[1] + 2, 14, 10)


def test_a_closed_document_takes_its_result_along(around: Around) -> None:
    ready(around)
    around.host.key = None
    around.tick()
    assert around.desk.session.stage == "closed"
    assert not around.host.preview_is_shown
    around.desk.look()
    around.host.key = "doc-2"  # it was opened again
    desk = around.new_desk()
    assert desk.session.outcome is None
    assert desk.status.stale == ""
