# SPDX-License-Identifier: Apache-2.0
"""The picture is cropped, its canvas resized or its layer moved while an edit runs or is ready: all follows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes.around import END, START, Around
from fakes.connection import ScriptedConnection
from fakes.noted import NotedHost
from fakes.pulling import Pulling
from fakes.tied import CROP, MOVED, READ, by, layers, painted, plain, ready, running, turns

from protocol.edits import Point
from protocol.plugin.binding import MASK_FILE, unpack
from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.document.path_sync import PathWatch, Ways
from protocol.plugin.drag_layer import DragLayer
from protocol.plugin.drags import DragList
from protocol.plugin.engine import Engine
from protocol.plugin.host import Pixels, Rect
from protocol.plugin.svg_write import write_svg

pytestmark = pytest.mark.usefixtures("watchful")


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
    assert desk.status.is_applied


def test_a_crop_that_is_undone_is_followed_back(around: Around) -> None:
    ready(around)
    around.host.crop(CROP)
    turns(around)
    around.host.undo()
    turns(around)
    assert (plain(around), around.desk.status.stale) == (by(0, 0), "")
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
    assert around.desk.status.stale == ""
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


def test_what_is_run_while_the_picture_is_located_is_what_was_computed(around: Around) -> None:
    """The same once more is a variation, whatever was computed before."""
    ready(around)
    desk = around.desk
    around.host.crop(CROP)
    desk.look()
    assert desk.session.is_locating
    desk.set("prompt", "a red boat")
    desk.run()
    turns(around, 8)
    again = around.net.last("edit")
    assert again.params["prompt"] == "a red boat"
    around.net.done(again)
    turns(around)
    desk.run()
    turns(around)
    assert around.net.last("edit").params["seed"] != again.params["seed"]


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
    assert around.desk.source.selection == (4, 5, 6, 5)
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
    film = around.desk.status.film
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
    assert (around.host.preview_is_shown, around.desk.status.stale) == (True, "")


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
    desk = DocumentController(host, Engine(net), notes=host, kind="drag")
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


def test_paths_that_moved_along_are_not_computed_again() -> None:
    """The hand that moved them was the crop's: what was computed is that still."""
    host, net, now = Pathed.opened(), ScriptedConnection(), [0.0]
    desk = DocumentController(host, Engine(net), notes=host, kind="drag")
    watch = PathWatch(host, desk, clock=lambda: now[0])

    def pass_by() -> None:
        for _ in range(6):
            now[0] += 0.2  # an anchor that rests starts what is drawn
            watch.look()
            desk.tick()
            desk.look()
            desk.tick()

    pass_by()
    host.ways = ((START, END),)
    pass_by()
    net.done(net.last("edit"))
    pass_by()
    jobs = len(net.jobs)
    host.crop(CROP)
    pass_by()
    assert desk.drags.now.plain() == by(-4, -3)
    assert (desk.session.stage, len(net.jobs)) == ("done", jobs)


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
