# SPDX-License-Identifier: Apache-2.0
"""Apply can be pressed at every moment of an edit, and does what it says: the result is added, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.around import END, START, Around
from fakes.tied import turns

from protocol.plugin.buttons import buttons
from protocol.plugin.drags import DragList
from protocol.plugin.standing import standing

Moment = Callable[[Around], object]


def drawn(around: Around) -> None:
    around.desk.set_drags(DragList().add(START, END))


def told(around: Around) -> None:
    job = around.net.last("edit")
    around.net.progress(job, 2)
    around.net.preview(job)


MOMENTS: dict[str, Moment] = {
    "drawn": drawn,
    "looked": lambda around: around.desk.look(),
    "read": lambda around: around.tick(4),
    "run": lambda around: around.desk.status.busy or around.desk.run(),
    "asked": lambda around: around.tick(1),
    "with the engine": lambda around: around.tick(4),
    "told": told,
    "seen": lambda around: around.tick(1),
    "done": lambda around: around.net.done(around.net.last("edit")),
    "pumped": lambda around: around.engine.pump(),
    "ticked": lambda around: around.desk.tick(),
    "looked again": lambda around: around.desk.look(),
    "ticked again": lambda around: around.desk.tick(),
    "at rest": turns,
}


def is_on(around: Around) -> bool:
    return buttons(around.desk, around.desk.strings)[2].enabled


@pytest.mark.parametrize("at", MOMENTS)
@pytest.mark.parametrize("times", [1, 2])
def test_apply_adds_the_result_once(tmp_path: Path, at: str, times: int) -> None:
    around = Around(tmp_path)
    around.desk.auto_run = False
    turns(around)
    for name, moment in MOMENTS.items():
        moment(around)
        if name == at:
            for _ in range(times):
                assert is_on(around), around.desk.session.stage
                around.desk.apply()
                if around.desk.session.stage == "applied":
                    break
    turns(around, 8)
    assert around.desk.session.stage == "applied"
    assert len(around.host.state.sheets) == 2
    assert not is_on(around)


def words(around: Around) -> str:
    return standing(around.desk, {}, around.desk.strings).words


def test_apply_pressed_before_the_result_is_there_is_said(tmp_path: Path) -> None:
    around = Around(tmp_path)
    around.desk.auto_run = False
    turns(around)
    then = around.desk.strings.text("stage.then_applied")
    for name, moment in MOMENTS.items():
        moment(around)
        if name == "seen":
            break
    assert then not in words(around)
    around.desk.apply()
    assert words(around).endswith(then)
    around.desk.cancel()
    assert then not in words(around)
