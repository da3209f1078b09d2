# SPDX-License-Identifier: Apache-2.0
"""The picture is cropped, moved, scaled, painted on, converted, deleted or closed while an edit runs or is ready."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.around import END, START, Around
from fakes.connection import Asked, ScriptedConnection
from fakes.noted import NotedHost
from fakes.pulling import Pulling

from protocol.edits import Point
from protocol.plugin import following
from protocol.plugin.binding import MASK_FILE, unpack
from protocol.plugin.desk import Desk
from protocol.plugin.drag_layer import DragLayer
from protocol.plugin.drags import DragList
from protocol.plugin.engine import Engine
from protocol.plugin.host import Pixels, Rect
from protocol.plugin.svg_write import write_svg
from protocol.plugin.ways import PathWatch, Ways

CROP: Rect = (4, 3, 22, 16)
READ: Rect = (6, 6, 14, 10)
MOVED: Rect = (2, 3, 14, 10)
"""Where that is after the crop."""


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "WATCH_S", 0.0)


@pytest.fixture
def around(tmp_path: Path) -> Around:
    made = Around(tmp_path)
    made.desk.auto_run = False
    return made


def turns(around: Around, times: int = 4) -> None:
    for _ in range(times):
        around.desk.look()
        around.desk.tick()


def running(around: Around) -> Asked:
    around.desk.set_drags(DragList().add(START, END))
    around.desk.run()
    turns(around)
    return around.net.last("edit")


def ready(around: Around) -> Asked:
    job = running(around)
    around.net.done(job)
    turns(around)
    assert around.desk.session.stage == "done"
    return job


def layers(around: Around) -> list[Rect]:
    return [sheet.pixels.rect for sheet in around.host.state.sheets]


def plain(around: Around) -> list[list[list[float]]]:
    return around.desk.drags.now.plain()


def by(dx: float, dy: float) -> list[list[list[float]]]:
    return [[[START[0] + dx, START[1] + dy], [END[0] + dx, END[1] + dy]]]


# ---------------------------------------------------------------- what was only shifted is followed


def test_all_that_was_made_from_a_picture_follows_a_crop(around: Around) -> None:
    job = running(around)
    around.net.preview(job)
    turns(around)
    around.host.crop(CROP)
    turns(around)
    desk = around.desk
    assert plain(around) == by(-4, -3)
    assert desk.panel.params()["drags"] == by(-4, -3)
    assert around.host.previews[-1][1] == MOVED
    around.net.done(job)
    turns(around)
    assert around.host.previews[-1][1] == MOVED
    assert around.net.tasks().count("edit") == 1
    desk.apply()
    turns(around)
    assert layers(around)[-1] == MOVED
    stored = around.host.state.sheets[-1].recipe
    assert stored is not None
    recipe = unpack(stored).recipe
    assert (recipe.source.crop, recipe.source.document) == (MOVED, (22, 16))
    assert recipe.source.layer_offset == around.host.sheet("paper").pixels.rect[:2]
    assert recipe.params["drags"] == by(-4, -3)
    assert recipe.layer_name == around.host.state.sheets[-1].name
    assert desk.session.stage == "applied"
    assert desk.is_applied


def test_a_crop_that_is_undone_is_followed_back(around: Around) -> None:
    ready(around)
    around.host.crop(CROP)
    turns(around)
    around.host.undo()
    turns(around)
    assert (plain(around), around.desk.stale) == (by(0, 0), "")
    around.desk.apply()
    turns(around)
    assert layers(around)[-1] == READ


def test_a_crop_that_cut_the_layer_is_found_by_the_pixels(around: Around) -> None:
    """The layer begins at the corner of the canvas before and after: its bounds tell nothing of the shift."""
    noise = random.Random(4).randbytes(200 * 100 * 4)
    around.host.crop((0, 0, 200, 100), cut=False)
    around.host.paint("paper", Pixels(rect=(0, 0, 200, 100), data=noise))
    around.desk.set_drags(DragList().add((60.0, 50.0), (90.0, 60.0)))
    around.desk.run()
    turns(around)
    around.net.done(around.net.last("edit"))
    turns(around)
    around.host.crop((31, 17, 120, 70))
    turns(around, 8)
    assert around.desk.stale == ""
    assert plain(around) == [[[29.0, 33.0], [59.0, 43.0]]]
    around.desk.apply()
    turns(around)
    assert layers(around) == [(0, 0, 120, 70), (25, 29, 38, 18)]


def test_what_can_be_undone_of_the_arrows_moved_along(around: Around) -> None:
    around.desk.set_drags(DragList().add(START, END))
    around.desk.set_drags(DragList().add(START, (18.0, 12.0)))
    turns(around)
    around.host.move("paper", 3, 2)
    turns(around)
    around.desk.undo_drag()
    assert plain(around) == by(3, 2)


def test_arrows_follow_before_anything_was_computed(around: Around) -> None:
    around.desk.set_drags(DragList().add(START, END))
    turns(around)
    around.host.crop(CROP)
    turns(around)
    assert plain(around) == by(-4, -3)
    around.desk.run()
    turns(around)
    job = around.net.last("edit")
    assert (job.params["drags"], job.document.width) == (by(-4, -3), 22)


def test_a_picture_that_was_read_is_not_sent_again_after_a_shift(around: Around) -> None:
    ready(around)
    sent = len(around.net.blobs)
    around.host.crop(CROP)
    turns(around)
    around.desk.set_drags(DragList().add((6.0, 7.0), (11.0, 9.0)))
    turns(around)
    warp = around.net.last("warp")
    assert warp.image("source").rect == MOVED
    assert len(around.net.blobs) == sent


def test_a_running_edit_that_is_changed_after_a_shift_makes_way_for_a_new_one(
    around: Around,
) -> None:
    """The engine counts from where the picture lay when the edit began."""
    job = running(around)
    around.net.progress(job, 2)
    around.host.crop(CROP)
    turns(around)
    around.desk.set_drags(DragList().add((6.0, 7.0), (11.0, 9.0)))
    turns(around)
    assert (job.updates, job.cancels) == ([], [False])
    around.net.cancelled(job)
    turns(around)
    assert around.net.last("edit").params["drags"] == [[[6.0, 7.0], [11.0, 9.0]]]


def test_the_selection_of_an_edit_follows(around: Around) -> None:
    around.desk.choose_edit("move")
    around.host.select((8, 8, 6, 5))
    around.desk.set("dx", 4)
    turns(around)
    around.desk.run()
    turns(around)
    job = around.net.last("edit")
    around.host.crop(CROP)
    turns(around)
    assert around.desk.selection == (4, 5, 6, 5)
    around.net.done(job)
    turns(around)
    assert around.net.tasks().count("edit") == 1
    around.desk.apply()
    turns(around)
    stored = around.host.state.sheets[-1].recipe
    assert stored is not None
    assert unpack(stored).recipe.attachments[MASK_FILE].rect == (4, 5, 6, 5)


def test_edit_again_finds_the_arrows_where_the_picture_lies_now(around: Around) -> None:
    ready(around)
    around.desk.apply()
    turns(around)
    around.desk.start_over()
    around.host.crop(CROP)
    turns(around)
    assert around.desk.edit_again()
    assert plain(around) == by(-4, -3)
    around.desk.run()
    turns(around)
    assert around.net.last("edit").image("source").rect == MOVED


def test_the_frames_of_a_film_can_be_chosen_after_a_shift(tmp_path: Path) -> None:
    around = Pulling(tmp_path)
    around.done(around.running(frame=3))
    turns(around)
    around.host.crop(CROP)
    turns(around)
    film = around.desk.film
    assert film is not None
    assert film.params["drags"] == by(-4, -3)
    around.desk.set("frame", 2)
    turns(around)
    job = around.net.last("edit")
    assert (job.images[-1].name, job.params["frame"]) == ("film", 2)
    assert job.images[0].rect == MOVED
    around.done(job)
    turns(around)
    around.desk.apply()
    turns(around)
    assert layers(around)[-1] == MOVED


def test_frames_that_come_after_a_shift_are_seen_where_the_picture_is(tmp_path: Path) -> None:
    around = Pulling(tmp_path)
    job = around.running(frame=1)
    around.host.crop(CROP)
    turns(around)
    around.frame(job, 2)
    assert around.host.previews[-1][1] == MOVED
    assert around.desk.session.progress.handles == ((START[0] + 2 - 4, START[1] - 3),)


def test_another_document_is_left_alone(tmp_path: Path) -> None:
    one, other = Around(tmp_path / "one"), Around(tmp_path / "other")
    ready(one)
    ready(other)
    one.host.crop(CROP)
    for around in (one, other):
        turns(around)
        around.desk.apply()
        turns(around)
    assert (layers(one)[-1], layers(other)[-1]) == (MOVED, READ)


# ---------------------------------------------------------------- anything else is said


def scaled(around: Around) -> None:
    around.host.scale(64, 48)


def painted(around: Around) -> None:
    around.host.paint_over("paper", (8, 8, 6, 4), (255, 0, 0, 255))


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
    assert sentence in around.desk.stale
    assert not around.host.preview_is_shown
    before = len(around.host.state.sheets)
    if when == "running":
        around.net.preview(job)
        turns(around)
        assert not around.host.preview_is_shown
        around.net.done(job)
        turns(around)
    assert not around.host.preview_is_shown
    assert sentence in around.desk.stale
    assert not around.desk.can_apply
    around.desk.apply()
    turns(around)
    assert len(around.host.state.sheets) == before
    around.desk.compute_again()
    turns(around, 8)
    again = around.net.last("edit")
    assert again is not job
    assert around.desk.stale == ""
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
    assert around.desk.can_apply_anyway
    jobs = len(around.net.jobs)
    around.desk.apply_anyway()
    turns(around)
    assert (layers(around)[-1], len(around.net.jobs)) == (READ, jobs)
    assert around.desk.stale == ""


def test_a_newer_edit_is_not_judged_by_an_older_ones_picture(around: Around) -> None:
    """Painted, a parameter changed, Run: what runs now was made from the picture as it is."""
    ready(around)
    painted(around)
    around.desk.set("strength", 0.5)
    around.desk.run()
    turns(around, 8)
    assert around.desk.stale == ""
    job = around.net.last("edit")
    assert job.params["strength"] == 0.5
    around.net.preview(job)
    turns(around)
    assert around.host.preview_is_shown
    around.net.done(job)
    turns(around)
    assert (around.desk.session.stage, around.desk.stale) == ("done", "")


def test_the_same_edit_run_once_more_is_not_judged_by_the_older_one(around: Around) -> None:
    ready(around)
    around.desk.session.run()
    painted(around)  # before it is read
    turns(around, 8)
    around.net.done(around.net.last("edit"))
    around.tick()
    assert (around.desk.session.stage, around.desk.stale) == ("done", "")


def test_what_is_painted_where_nothing_looks_is_found_when_it_is_applied(around: Around) -> None:
    """Apply looks itself, whenever the last look was."""
    ready(around)
    painted(around)
    around.desk.apply()
    around.tick()
    assert len(around.host.state.sheets) == 1
    assert "changed where the result lies" in around.desk.stale
    assert around.host.messages[-1] == ("warning", around.desk.stale)


def test_painting_elsewhere_does_not_matter(around: Around) -> None:
    ready(around)
    around.host.paint_over("paper", (22, 2, 8, 20), (255, 0, 0, 255))
    turns(around)
    assert (around.desk.stale, around.host.preview_is_shown) == ("", True)
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
    assert (around.desk.stale, around.host.preview_is_shown) == ("", True)


def test_the_place_of_the_edit_may_be_cropped_away(around: Around) -> None:
    ready(around)
    around.host.crop((21, 1, 9, 20), cut=False)
    turns(around)
    assert "cropped away" in around.desk.stale


def test_a_layer_moved_aside_between_two_bites_is_not_written_over(around: Around) -> None:
    """It is compared once more in the very turn in which it is added."""
    ready(around)
    around.host.prepares = 3
    session = around.desk.session
    assert session.outcome is not None
    session._writing.begin(session.outcome)  # as Apply does, with no time for anything yet
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
    assert desk.stale == ""


# ---------------------------------------------------------------- applied, once


def test_a_result_taken_back_is_put_back_without_computing(around: Around) -> None:
    job = ready(around)
    for _ in range(3):
        around.desk.apply()
        turns(around)
    assert len(around.host.state.sheets) == 2
    around.host.undo()
    turns(around)
    assert around.desk.session.stage == "taken_back"
    assert "Apply” puts it back" in around.desk.session.sentence
    around.desk.apply()
    turns(around)
    assert len(around.host.state.sheets) == 2
    assert around.net.last("edit") is job
    around.host.delete(around.host.active())
    turns(around)
    assert around.desk.session.stage == "taken_back"


def test_a_double_click_on_apply_leaves_no_wish_behind(tmp_path: Path) -> None:
    around = Around(tmp_path)
    around.host.prepares = 4
    ready(around)
    for _ in range(2):
        around.desk.apply()
    turns(around, 8)
    around.desk.set_drags(DragList().add(START, (18.0, 12.0)))
    around.desk.run()
    turns(around)
    around.net.done(around.net.last("edit"))
    turns(around, 8)
    assert around.desk.session.stage == "done"  # nobody asked to apply this one
    assert len(around.host.state.sheets) == 2


def test_changed_and_changed_back_the_result_is_still_there(around: Around) -> None:
    job = ready(around)
    around.desk.set("strength", 0.5)
    turns(around)
    assert around.desk.session.stage == "changed"
    around.desk.set("strength", 1.0)
    turns(around)
    assert around.desk.session.stage == "done"
    around.desk.apply()
    turns(around)
    assert around.net.last("edit") is job
    assert len(around.host.state.sheets) == 2


def test_edit_again_after_undo_hides_the_older_result_once_more(around: Around) -> None:
    ready(around)
    around.desk.apply()
    turns(around)
    first = around.host.active()
    assert around.desk.edit_again()
    around.desk.set_drags(DragList().add(START, (18.0, 12.0)))
    around.desk.run()
    turns(around)
    around.net.done(around.net.last("edit"))
    turns(around)
    for _ in range(2):
        around.desk.apply()
        turns(around)
        assert not around.host.sheet(first).visible
        around.host.undo()
        turns(around)
        assert around.host.sheet(first).visible


def test_another_layer_is_worked_on_after_a_result_was_taken_back(around: Around) -> None:
    other = replace(around.host.sheet("paper"), key="other", name="Other")
    around.host.do("Add", replace(around.host.state, sheets=(*around.host.state.sheets, other)))
    ready(around)
    around.desk.apply()
    turns(around)
    around.host.undo()
    turns(around)
    around.host.activate("other")
    turns(around)
    assert around.desk.source == "other"
    assert around.desk.session.stage == "ready"


# ---------------------------------------------------------------- seen at once, and drawn in the document


def test_what_is_seen_at_once_follows_a_stroke(around: Around) -> None:
    around.desk.set_drags(DragList().add(START, END))
    turns(around)
    around.net.done(around.net.last("prepare"), layers=0)
    around.desk.set_drags(DragList().add(START, (15.0, 12.0)))
    turns(around)
    warp = around.net.last("warp")
    around.net.done(warp)
    turns(around)
    assert around.host.preview_is_shown
    painted(around)
    turns(around, 6)
    again = around.net.last("warp")
    assert again is not warp
    assert around.net.source(again) != around.net.source(warp)
    around.net.done(again)
    turns(around)
    assert (around.host.preview_is_shown, around.desk.stale) == (True, "")


class Pathed(NotedHost):
    """Its paths move along with the picture, as GIMP's do."""

    ways: Ways = ()
    written = 0

    def paths(self) -> Ways:
        return self.ways

    def write_paths(self, ways: Sequence[Sequence[Point]], name: str = "") -> None:
        self.ways, self.written = tuple(tuple(way) for way in ways), self.written + 1

    def crop(self, rect: Rect, *, cut: bool = True) -> None:
        super().crop(rect, cut=cut)
        x, y = rect[:2]
        self.ways = tuple(tuple((u - x, v - y) for u, v in way) for way in self.ways)


def test_paths_that_moved_along_are_the_same_arrows() -> None:
    """The path is looked at more often than the picture: it has moved before anybody knows why."""
    host, net = Pathed.opened(), ScriptedConnection()
    desk = Desk(host, Engine(net), notes=host, kind="drag")
    desk.auto_run = False
    watch = PathWatch(host, desk, clock=lambda: 0.0)
    host.ways = ((START, END),)
    for _ in range(4):
        watch.look()
        desk.look()
        desk.tick()
    desk.run()
    for _ in range(4):
        desk.tick()
    job = net.last("edit")
    host.crop(CROP)
    for _ in range(4):
        watch.look()
        desk.tick()
    for _ in range(4):
        desk.look()
        watch.look()
        desk.tick()
    assert desk.drags.now.plain() == by(-4, -3)
    assert (job.updates, job.cancels) == ([], [])
    assert host.written == 0
    net.done(job)
    desk.tick()
    assert desk.session.stage == "done"


def test_arrows_on_a_layer_that_moved_along_are_the_same_arrows(around: Around) -> None:
    job = running(around)
    layer = DragLayer(around.host, around.desk)
    layer.make()
    around.host.crop(CROP)
    around.host.svg = write_svg(DragList.of(by(-4, -3)), 22, 16)  # as the program itself moves it
    for _ in range(4):
        layer.sync()
        turns(around, 1)
    assert plain(around) == by(-4, -3)
    assert (job.updates, job.cancels) == ([], [])
    around.net.done(job)
    turns(around)
    assert around.desk.session.stage == "done"
