# SPDX-License-Identifier: Apache-2.0
"""The edit session through the real client, the real front and real worker processes.

The workers' engine inverts its picture, so that every pixel that comes back can be checked.
"""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_process import Engine as EngineProcess
from fakes.host import FakeHost, open_host
from patience import PATIENCE_S

from protocol.client import Client
from protocol.edits import EditModel, messages
from protocol.plugin.binding import unpack
from protocol.plugin.engine import Engine
from protocol.plugin.host import Pixels
from protocol.plugin.session.blocking import finish, wait_until
from protocol.plugin.session.edit_session import EditSession
from protocol.plugin.session.progress import SessionError
from protocol.sentences import sentences
from protocol.store import Store

DRAG: dict[str, Any] = {"drags": [[[10, 10], [16, 12]]], "seed": 5}
NEAR: dict[str, Any] = {"drags": [[[10, 10], [15, 11]]], "seed": 5}


class Desk:
    """A paint program of bytes, connected to an engine process."""

    def __init__(self, process: EngineProcess, folder: Path, **client: Any) -> None:
        self.process = process
        self.client = Client("test", session=process.file, **client)
        self.engine = Engine(self.client)
        self.host = open_host()
        self.store = Store(folder / "recipes")
        self.session = EditSession(self.host, self.engine, store=self.store)

    def wait(self, good: Callable[[], object]) -> None:
        wait_until(self.session, lambda: bool(good()), PATIENCE_S)

    def wait_stage(self, *stages: str) -> None:
        self.wait(lambda: self.session.stage in stages)


@contextmanager
def at_desk(folder: Path, engine: str = "Inverter", **client: Any) -> Iterator[Desk]:
    (folder / "engine").mkdir()
    process = EngineProcess(folder / "engine", engine, FAKE_ENGINE_STEP_S="0.02")
    desk = Desk(process, folder, **client)
    try:
        yield desk
    finally:
        desk.session.close()
        desk.client.close()
        for gate in process.gates.iterdir():
            gate.unlink()
        process.end()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One engine that the well-behaved tests share."""
    with at_desk(tmp_path_factory.mktemp("desk")) as shared:
        yield shared


@pytest.fixture
def fresh(desk: Desk) -> Desk:
    """The shared engine with a new document."""
    for gate in desk.process.gates.iterdir():
        gate.unlink()
    desk.session.close()
    desk.host = open_host(key=f"doc-{os.urandom(4).hex()}")
    desk.session = EditSession(desk.host, desk.engine, store=desk.store)
    return desk


def inverted(pixels: Pixels) -> bytes:
    return bytes(255 - value for value in bytes(pixels.data))


def read(host: FakeHost, rect: tuple[int, int, int, int]) -> Pixels:
    (layer,) = host.read_layers(rect, ["paper"])
    assert layer is not None
    assert layer.pixels is not None
    return layer.pixels


@pytest.mark.parametrize("transport", ["pyzmq", "stdlib"])
def test_from_drag_to_layer(tmp_path: Path, transport: str) -> None:
    with at_desk(tmp_path, transport=transport) as desk:
        desk.session.choose("drag", DRAG)
        outcome = finish(desk.session, PATIENCE_S)
        before = desk.host.state
        desk.session.apply()
        assert desk.session.stage == "applied"
        sheet = desk.host.state.sheets[-1]
        assert desk.session.plan is not None
        rect = desk.session.plan.read_rect
        assert sheet.pixels.rect == rect
        assert bytes(sheet.pixels.data) == inverted(read(desk.host, rect))
        assert sheet.name == outcome.recipe.layer_name
        assert sheet.recipe is not None
        assert unpack(sheet.recipe) == desk.store.get(outcome.recipe.id)
        assert outcome.recipe.source.crop == rect
        desk.host.undo()
        assert desk.host.state == before


def test_the_edits_and_their_texts_come_from_the_engine(fresh: Desk) -> None:
    fresh.wait(lambda: fresh.engine.texts and fresh.engine.models)
    assert {
        name: {**sentences()[name], **own} for name, own in messages().items()
    } == fresh.engine.texts
    assert set(fresh.engine.edits) >= {"drag", "move"}
    assert all(isinstance(model, EditModel) for model in fresh.engine.edits.values())
    assert "scenes" in fresh.engine.models


def test_moving_a_handle_shows_the_bent_picture(fresh: Desk) -> None:
    fresh.session.choose("drag", DRAG)
    fresh.wait_stage("ready")
    assert fresh.host.previews == []
    fresh.session.change(NEAR)
    fresh.wait(lambda: fresh.host.preview_is_shown)
    shown, rect = fresh.host.previews[-1]
    assert shown is not None
    straight = bytes(read(fresh.host, rect).data)
    row = rect[2] * 4
    rows = [straight[i : i + row] for i in range(0, len(straight), row)]
    assert bytes(shown.data) == b"".join(
        line[-4:] + line[:-4] for line in rows
    )  # one pixel to the right


def test_previews_and_progress_come_while_it_computes(fresh: Desk) -> None:
    stages: set[str] = set()
    steps: set[int] = set()
    fresh.process.close_gate("step-3")
    fresh.session.choose("drag", DRAG)
    fresh.session.run()

    def look() -> bool:
        stages.add(fresh.session.stage)
        steps.add(fresh.session.progress.step)
        return fresh.session.progress.step >= 1 and fresh.host.preview_is_shown

    fresh.wait(look)
    fresh.process.open_gate("step-3")
    fresh.wait_stage("done")
    assert "running" in stages
    assert max(steps) >= 1
    assert len(fresh.host.previews) >= 2


def test_cancel_and_run_again(fresh: Desk) -> None:
    fresh.process.close_gate("step-2")
    fresh.session.choose("drag", DRAG)
    fresh.session.run()
    fresh.wait_stage("running")
    fresh.session.cancel()
    fresh.process.open_gate("step-2")
    fresh.wait_stage("ready")
    assert fresh.session.outcome is None
    finish(fresh.session, PATIENCE_S)
    fresh.session.apply()
    assert len(fresh.host.state.sheets) == 2


def test_a_steered_edit_is_applied_as_it_is_seen(fresh: Desk) -> None:
    fresh.process.close_gate("step-1")
    fresh.session.choose("drag", DRAG)
    fresh.session.run()
    fresh.wait_stage("running")
    fresh.session.change(NEAR)
    fresh.wait(lambda: fresh.host.preview_is_shown)
    fresh.process.open_gate("step-1")
    fresh.session.apply()
    fresh.wait_stage("applied")
    (outcome,) = fresh.session.applied
    assert outcome.recipe.params["drags"] == NEAR["drags"]
    assert len(fresh.host.state.sheets) == 2


def test_a_document_closed_while_it_computes_stops_the_engine(fresh: Desk) -> None:
    fresh.process.close_gate("step-2")
    fresh.session.choose("drag", {**DRAG, "seed": 4242})
    fresh.session.run()
    fresh.wait_stage("running")
    fresh.host.key = None
    fresh.session.tick()
    assert fresh.session.stage == "closed"
    other = EditSession(open_host(key="doc-other"), fresh.engine)
    other.choose("drag", DRAG)
    fresh.process.open_gate("step-2")
    finish(other, PATIENCE_S)
    other.close()
    assert not [line for line in fresh.process.diary("ran") if line.endswith(" 4242")]


@pytest.mark.parametrize(
    ("dtype", "channels", "order"),
    [("u2", 4, "bgra"), ("u2", 1, "gray"), ("f4", 4, "rgba"), ("f2", 3, "rgb"), ("u1", 2, "gray")],
)
def test_every_depth_comes_back_as_it_went(
    fresh: Desk, dtype: Any, channels: int, order: Any
) -> None:
    code, top = {"u1": ("B", 255), "u2": ("H", 65535), "f2": ("e", 1), "f4": ("f", 1)}[dtype]
    width, height = 32, 24
    count = width * height * channels
    values = [(i * 37 % 101) / 100 * top for i in range(count)]
    values = [int(value) for value in values] if top > 1 else values
    data = struct.pack(f"<{count}{code}", *values)
    alpha = "straight" if channels in (2, 4) else "none"
    old = fresh.host.sheet("paper").pixels
    pixels = replace(
        old, rect=(0, 0, width, height), data=data, channels=channels, dtype=dtype, order=order, alpha=alpha,
        linear=dtype == "f4", icc=b"profile" if dtype == "u2" else None,
    )  # fmt: skip
    fresh.host.paint("paper", pixels)
    fresh.session.choose("drag", DRAG)
    finish(fresh.session, PATIENCE_S)
    fresh.session.apply()
    result = fresh.host.state.sheets[-1].pixels
    assert (result.dtype, result.channels, result.alpha) == (dtype, channels, alpha)
    assert (result.icc, result.linear) == (pixels.icc, pixels.linear)
    source = read(fresh.host, result.rect)
    many = len(source.data) // struct.calcsize(code)
    ours = struct.unpack(f"<{many}{code}", bytes(result.data))
    theirs = struct.unpack(f"<{many}{code}", bytes(source.data))
    if order == "bgra" and result.order == "rgba":
        theirs = tuple(theirs[i - i % 4 + (2, 1, 0, 3)[i % 4]] for i in range(many))
    assert ours == tuple(pytest.approx(top - value, abs=1e-3) for value in theirs)


def test_a_failure_is_told_and_the_next_edit_works(tmp_path: Path) -> None:
    with at_desk(tmp_path, "Glutton") as desk:
        desk.session.choose("drag", {**DRAG, "seed": 1})
        with pytest.raises(SessionError) as caught:
            finish(desk.session, PATIENCE_S)
        assert caught.value.code == "gpu.oom"
        assert desk.host.messages[-1] == ("error", caught.value.message)
        assert len(desk.host.state.sheets) == 1
        desk.session.choose("drag", {**DRAG, "seed": 7})
        finish(desk.session, PATIENCE_S)
        desk.session.apply()
        assert len(desk.host.state.sheets) == 2


def test_a_worker_that_dies_costs_nothing_but_time(tmp_path: Path) -> None:
    with at_desk(tmp_path, "Killer") as desk:
        desk.process.close_gate("crash-once")
        desk.session.choose("drag", DRAG)
        desk.session.apply()
        desk.wait_stage("applied")
        assert len(desk.process.diary("dies")) == 1
        assert len(desk.host.state.sheets) == 2


def test_an_engine_killed_in_the_middle_is_found_again(tmp_path: Path) -> None:
    with at_desk(tmp_path) as desk:
        desk.process.close_gate("step-2")
        desk.session.choose("drag", DRAG)
        desk.session.apply()
        desk.wait_stage("running")
        desk.process.kill(signal.SIGKILL)
        desk.process.process.wait()
        assert desk.process.process.stderr is not None
        desk.process.process.stderr.close()
        desk.wait_stage("lost")
        desk.process.open_gate("step-2")
        desk.process.start()
        desk.wait_stage("applied")
        assert len(desk.host.state.sheets) == 2
        assert [level for level, _ in desk.host.messages] == ["warning", "info"]
