# SPDX-License-Identifier: Apache-2.0
"""Frames as they come to a paint program: handles that move, Stop keeps what is seen, a target moved meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.around import START
from fakes.pulling import Pulling

from protocol.messages import JobProgress
from protocol.plugin.film import FILM_FILE

ELSEWHERE = (15.0, 11.0)


@pytest.fixture
def around(tmp_path: Path) -> Pulling:
    return Pulling(tmp_path)


def test_handles_come_with_every_frame(around: Pulling) -> None:
    job = around.running(frame=3)
    assert around.desk.session.progress.handles == ((13.0, 10.0),)
    assert around.desk.session.status.shown_frame == 3
    assert around.host.preview_is_shown
    around.frame(job, 4)
    assert around.desk.session.progress.handles == ((14.0, 10.0),)
    assert job.drawn == 2
    assert "warp" not in around.net.tasks()  # the frames themselves are the preview


def test_handles_are_those_of_the_frame_that_is_seen(around: Pulling) -> None:
    """The engine is further on by the time a slow paint program shows a frame: its words come before its pictures."""
    job = around.running(frame=3)
    further = ((19.0, 10.0),)
    around.net.inbox.append(
        JobProgress(job=job.id, seq=1, phase="edit", step=9, steps=200, handles=further)
    )
    around.tick(1)
    progress = around.desk.session.progress
    assert (progress.step, progress.handles) == (9, ((13.0, 10.0),))
    around.frame(job, 9)
    assert around.desk.session.progress.handles == further
    around.desk.session.cancel()
    around.net.cancelled(job)
    around.tick()
    again = around.running()
    around.net.inbox.append(
        JobProgress(job=again.id, seq=1, phase="edit", step=1, steps=200, handles=further)
    )
    around.tick(1)
    assert around.desk.session.progress.handles == further  # of no frame yet


def test_stop_keeps_the_frame_that_is_seen(around: Pulling) -> None:
    job = around.running(frame=5)
    around.desk.cancel()
    around.tick()
    assert job.updates == [{"frame": 5}]
    assert job.cancels == []
    around.net.progress(job, step=5, steps=200, rev=1)
    around.done(job)
    outcome = around.desk.session.outcome
    assert outcome is not None
    assert outcome.params["frame"] == 5
    assert FILM_FILE in outcome.recipe.attachments  # its recipe gives the same, however steered
    assert len(around.net.jobs) == 2  # prepare and edit: nothing is computed again


def test_stop_a_second_time_cancels(around: Pulling) -> None:
    job = around.running(frame=5)
    around.desk.cancel()
    around.tick()
    around.desk.cancel()
    assert job.cancels == [False]


def test_before_any_frame_is_seen_stop_is_cancel(around: Pulling) -> None:
    job = around.running()
    around.desk.cancel()
    assert job.cancels == [False]
    assert job.updates == []


def test_a_target_is_moved_while_it_runs(around: Pulling) -> None:
    job = around.running(frame=2)
    (number,) = [stroke.number for stroke in around.desk.drags.now.strokes]
    around.desk.set_drags(around.desk.drags.now.move(number, 1, ELSEWHERE))
    around.tick()
    assert [list(update) for update in job.updates] == [["drags"]]
    assert job.updates[0]["drags"] == [[list(START), list(ELSEWHERE)]]
    assert job.cancels == []
