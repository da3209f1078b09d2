# SPDX-License-Identifier: Apache-2.0
"""drag-gan through everything that is real: desk, wire, front, worker, a StyleGAN2 whose world is known."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from engine_process import Engine as EngineProcess
from fakes import fields
from fakes.noted import NotedHost
from patience import PATIENCE_S

from protocol.client import Client
from protocol.edits import EDITS, EditModel
from protocol.plugin.binding import unpack
from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.drags import DragList
from protocol.plugin.engine import Engine
from protocol.plugin.film import FILM_FILE, SHEET_FILE, film_in
from protocol.plugin.film_sheet import SHEET_MAX
from protocol.plugin.film_strip import strip
from protocol.plugin.host import Pixels, Rect

SIDE = 64
FROM, TO, ELSEWHERE = (30.5, 32.5), (44.0, 36.0), (38.0, 40.0)


class Seen:
    """What the desk showed, and when: a preview for each frame, with the handle in it."""

    def __init__(self, desk: DocumentController) -> None:
        self.desk = desk
        self.frames: list[tuple[int, tuple[float, float]]] = []
        self.previews: list[bytes] = []
        assert isinstance(desk.host, NotedHost)
        desk.host.show = self.show

    def show(self, rgba: Pixels | None, _rect: Rect) -> None:
        if rgba is not None:
            self.previews.append(bytes(rgba.data))

    def tick(self) -> None:
        self.desk.look()
        self.desk.tick()
        session = self.desk.session
        frame = session.status.shown_frame
        if frame >= 0 and (not self.frames or self.frames[-1][0] != frame):
            handles = session.progress.handles
            self.frames.append((frame, handles[0]))

    def until(self, good: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not good():
            session = self.desk.session
            assert time.monotonic() < end, (session.stage, session.warning, self.desk.error)
            self.tick()
            time.sleep(0.002)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One connection for all documents, as in a plug-in."""
    folder = tmp_path_factory.mktemp("gan")
    fields.install(folder / "models", drag={"learning_rate": 0.02, "block": 2, "rows": 10})
    process = EngineProcess(
        folder,
        "Inverter",
        "--engine",
        "",
        "--quick-engine",
        "",
        PULLBRUSH_MODELS=str(folder / "models"),
    )
    with Client("test", session=process.file) as connected:
        yield Engine(connected)
    process.end()


@pytest.fixture
def seen(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Seen]:
    """A document with the fields on it, drag-gan chosen; the engine has told which models there are."""
    host = NotedHost.opened(SIDE, SIDE, name=request.node.name)
    host.key = request.node.name
    rgb = fields.as_pixels((FROM[1], FROM[0]))
    rgba = np.dstack([rgb, np.full((SIDE, SIDE), 255, np.uint8)])
    host.paint("paper", Pixels(rect=(0, 0, SIDE, SIDE), data=rgba.tobytes()))
    desk = DocumentController(host, engine, notes=host, kind="drag-gan")
    desk.auto_run = False
    one = Seen(desk)
    one.until(lambda: "fields" in [model.name for model in desk.status.usable_models])
    desk.set("model", "fields")
    desk.set("preset", "quick")
    desk.set("iterations", 30)
    yield one
    desk.close()


def test_frames_come_live_and_stop_keeps_the_one_that_is_seen(seen: Seen) -> None:
    desk = seen.desk
    desk.set_drags(DragList().add(FROM, TO))
    desk.run()
    seen.until(lambda: bool(seen.frames) and seen.frames[-1][0] >= 8)
    desk.cancel()
    kept = desk.panel.value("frame")
    assert kept >= 8
    seen.until(lambda: desk.session.outcome is not None and not desk.status.busy)
    outcome = desk.session.outcome
    assert outcome is not None
    assert outcome.metrics["frame"] == kept
    assert FILM_FILE in outcome.recipe.attachments  # its recipe gives the same, however steered
    numbers = [number for number, _ in seen.frames]
    assert numbers == sorted(set(numbers))
    assert seen.frames[-1][1][0] > seen.frames[0][1][0]
    assert len(seen.previews) >= len(seen.frames)
    stopped = bytes(outcome.layers[0].pixels.data)
    # the film has that frame, and any other
    desk.set("frame", 1)
    seen.until(lambda: _frame(desk) == 1)
    assert _layer(desk) != stopped
    desk.set("frame", kept)
    seen.until(lambda: _frame(desk) == kept)
    assert _layer(desk) == stopped
    desk.apply()
    seen.until(lambda: len(desk.session.applied) == 1)
    assert isinstance(desk.host, NotedHost)
    bundle = unpack(desk.host.state.sheets[-1].recipe or b"")
    film = film_in(bundle, EditModel.of(EDITS[bundle.recipe.edit]))
    assert film is not None
    assert film.frames > kept
    # and small pictures of what was seen of it
    assert film.sheet is not None
    pictures = {*film.sheet.made, *film.sheet.seen}
    assert kept in pictures
    assert pictures <= set(range(film.frames))
    assert len(film.sheet.seen) >= 2
    assert len(bundle.files[SHEET_FILE]) <= SHEET_MAX
    shown = strip(desk.status.film and desk.status.film.sheet, film.frames, kept, desk.strings)
    assert [one.number for one in shown if one.chosen] == [kept]


def test_a_target_that_is_moved_afterwards_is_gone_on_to(seen: Seen) -> None:
    desk = seen.desk
    desk.set("iterations", 8)
    desk.set_drags(DragList().add(FROM, TO))
    desk.run()
    seen.until(lambda: desk.session.outcome is not None and not desk.status.busy)
    before = desk.status.film
    assert before is not None
    assert before.frames == 9
    (number,) = [stroke.number for stroke in desk.drags.now.strokes]
    desk.set_drags(desk.drags.now.move(number, 1, ELSEWHERE))
    seen.frames.clear()
    desk.run()
    seen.until(lambda: desk.status.film is not None and not desk.status.busy)
    after = desk.status.film
    assert after is not None
    assert after.frames > before.frames
    assert bytes(after.data)[: len(before.data)] == bytes(before.data)
    assert all(frame >= 8 for frame, _ in seen.frames)
    outcome = desk.session.outcome
    assert outcome is not None
    assert FILM_FILE in outcome.recipe.attachments  # its recipe gives the same, however steered


def test_a_target_that_is_moved_meanwhile_is_where_it_goes(seen: Seen) -> None:
    desk = seen.desk
    desk.set_drags(DragList().add(FROM, TO))
    desk.run()
    seen.until(lambda: len(seen.frames) >= 2)
    (number,) = [stroke.number for stroke in desk.drags.now.strokes]
    desk.set_drags(desk.drags.now.move(number, 1, ELSEWHERE))
    seen.until(lambda: desk.session.outcome is not None and not desk.status.busy)
    numbers = [number for number, _ in seen.frames]
    assert numbers == sorted(set(numbers))  # it went on, and did not begin anew
    outcome = desk.session.outcome
    assert outcome is not None
    assert outcome.params["drags"] == [[list(FROM), list(ELSEWHERE)]]
    assert FILM_FILE in outcome.recipe.attachments  # its recipe gives the same, however steered
    apart = [math.dist(handle, ELSEWHERE) for _, handle in seen.frames]
    assert apart[-1] < apart[0] - 2


def _frame(desk: DocumentController) -> object:
    outcome = desk.session.outcome
    return outcome.metrics.get("frame") if outcome is not None and not desk.status.busy else None


def _layer(desk: DocumentController) -> bytes:
    outcome = desk.session.outcome
    assert outcome is not None
    return bytes(outcome.layers[0].pixels.data)
