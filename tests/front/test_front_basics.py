# SPDX-License-Identifier: Apache-2.0
"""What a well-behaved client gets from a well-behaved engine, over both transports."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest
from engine_process import DRAG, ROOT, Engine, picture, submit, wait_for
from fakes.engine import STEPS
from patience import PATIENCE_S
from raw_client import RawClient

from protocol.client import Client
from protocol.edits import schema_bytes
from protocol.events import Arrived, Result
from protocol.images import Document, Image
from protocol.job_request import JobRequest
from protocol.messages import (
    BlobGet,
    BlobOk,
    BlobPatch,
    EngineReport,
    EngineStatus,
    JobDone,
    JobPlan,
    JobPlanned,
    JobPreview,
    JobProgress,
    ModelCatalogue,
    ModelList,
    ModelLoad,
    ModelState,
    ModelUnload,
    PatchRect,
    PreviewWish,
)


@pytest.fixture(params=["pyzmq", "stdlib"])
def client(engine: Engine, request: pytest.FixtureRequest):
    with engine.client(transport=request.param) as one:
        one.connect(PATIENCE_S)
        yield one


def one_picture(result: object) -> bytes:
    assert isinstance(result, Result), result
    (only,) = result.pictures.values()
    return bytes(only.pixels)


def test_an_edit_comes_back_as_a_layer(client: Client) -> None:
    events: list[object] = []
    job = submit(client, previews=1, seed=5)
    result = client.wait(job, 60, events.append)
    assert one_picture(result) == bytes(255 - byte for byte in picture())
    assert isinstance(result, Result)
    assert [layer.name for layer in result.done.layers] == ["inverted"]
    assert result.done.metrics["evaluations"] == STEPS
    assert result.done.seed == 5
    kinds = [type(event).__name__ for event in events]
    assert kinds.index("JobAccepted") < kinds.index("JobStarted") < kinds.index("JobProgress")
    assert kinds.count("JobPreview") == 1, "one preview for one credit"


def test_a_warp_comes_from_the_quick_worker(client: Client, engine: Engine) -> None:
    before = len(engine.diary("run"))
    result = client.wait(submit(client, task="warp", previews=1), PATIENCE_S)
    expected = np.roll(np.frombuffer(picture(), np.uint8).reshape(12, 16, 4), 1, axis=1)
    assert one_picture(result) == expected.tobytes()
    assert isinstance(result, Result)
    assert result.done.provenance == {"kept": "False"}, "a preview need not remember anything"
    assert len(engine.diary("run")) == before


def test_a_plan_and_a_warp_are_answered_while_an_edit_runs(client: Client, engine: Engine) -> None:
    before = len(engine.diary("evaluate"))
    engine.close_gate("step")
    try:
        job = submit(client)
        engine.wait_diary("evaluate", before + 1, client)
        document = Document(key="other", width=50, height=40)
        planned = client.ask(JobPlan(op="drag", document=document, params=DRAG), 30)
        assert isinstance(planned, JobPlanned)
        assert planned.read_rect == (0, 0, 50, 40)
        warped = client.wait(submit(client, task="warp"), PATIENCE_S)
        assert isinstance(warped, Result)
        assert job in client.open_jobs, "the edit still runs"
    finally:
        engine.open_gate("step")
    assert isinstance(client.wait(job, PATIENCE_S), Result)


def test_models_status_and_schema(client: Client) -> None:
    listed = client.ask(ModelList(), 30)
    assert isinstance(listed, ModelCatalogue)
    assert [model.name for model in listed.models] == ["scenes"]
    report = client.ask(EngineStatus(), 30)
    assert isinstance(report, EngineReport)
    assert {worker.name for worker in report.workers} == {"quick", "model-0"}
    assert report.sessions >= 1
    assert client.welcome is not None
    assert client.welcome.caps.schema is not None
    arrived = client.ask(BlobGet(blob=client.welcome.caps.schema), 30)
    assert isinstance(arrived, Arrived)
    assert bytes(arrived.data) == schema_bytes()


def test_models_are_loaded_and_unloaded(client: Client) -> None:
    client.ask(ModelList(), 30)
    for ask, state in (
        (ModelLoad(model="scenes"), "loaded"),
        (ModelUnload(model="scenes"), "unloaded"),
    ):
        asked = client.request(ask)
        states: list[str] = []

        def settled(asked: str = asked, state: str = state, states: list[str] = states) -> bool:
            states += [
                event.model.state
                for event in client.receive()
                if isinstance(event, ModelState) and event.re == asked
            ]
            return state in states

        wait_for(settled, f"the model {state}")


def test_deep_pixels_profiles_and_orders_survive(client: Client) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 65536, (9, 7, 4), dtype=np.uint16)
    profile = client.put(b"not really a profile, but bytes are bytes")
    source = Image(
        name="source",
        shape=(9, 7, 4),
        dtype="u2",
        order="bgra",
        alpha="straight",
        rect=(100, -3, 7, 9),
        blob=client.put(pixels.tobytes()),
        space=f"icc:{profile}",
    )
    document = Document(key="deep", width=16384, height=16384)
    result = client.wait(
        client.submit(JobRequest(op="drag", document=document, images=(source,), params=DRAG)),
        PATIENCE_S,
    )
    assert isinstance(result, Result)
    (layer,) = result.pictures.values()
    assert (layer.image.dtype, layer.image.order, layer.image.rect) == (
        "u2",
        "rgba",
        (100, -3, 7, 9),
    )
    assert layer.image.space == f"icc:{profile}"
    values = np.frombuffer(layer.pixels, np.uint16).reshape(9, 7, 4)
    assert np.array_equal(values, 65535 - pixels[:, :, [2, 1, 0, 3]])


def test_a_picture_larger_than_the_window_travels_both_ways(client: Client) -> None:
    size = (2048, 2600)  # 20 MiB up and down, under windows of 16 and 3 MiB
    data = np.random.default_rng(1).integers(0, 256, size[0] * size[1] * 4, dtype=np.uint8)
    result = client.wait(
        submit(client, size=size, blob=client.put(data.tobytes()), task="warp"), 60
    )
    expected = np.roll(data.reshape(size[1], size[0], 4), 1, axis=1)
    assert one_picture(result) == expected.tobytes()


def test_what_has_been_uploaded_is_not_uploaded_again(client: Client, engine: Engine) -> None:
    data = picture(64, 64, value=99)
    first = client.put(data, by_digest=True)
    client.wait(submit(client, size=(64, 64), blob=first, task="warp"), PATIENCE_S)
    with RawClient(engine.session).open() as other:
        from protocol.flow import digest
        from protocol.messages import BlobHave, BlobNeed, BlobOffer

        offers = (
            BlobOffer(id="mine", nbytes=len(data), digest=digest(data)),
            BlobOffer(id="new", nbytes=len(data), digest="0" * 64),
        )
        other.say(BlobHave(blobs=offers))
        assert other.until(BlobNeed).blobs == ("new",)
        other.submit("mine", size=(64, 64), task="warp")
        other.until(JobDone)


def test_only_dirty_rectangles_travel(engine: Engine) -> None:
    with RawClient(engine.session).open() as client:
        data = picture()
        base = client.put(data)
        client.until(BlobOk, blob=base)
        rect = PatchRect(x=3, y=2, width=2, height=2)
        patch = BlobPatch(
            new="patched",
            base=base,
            width=16,
            height=12,
            pixel=4,
            rects=(rect,),
            frames=(bytes(16),),
        )
        client.say(patch)
        assert client.until(BlobOk, blob="patched").nbytes == len(data)
        client.submit("patched")
        done = client.until(JobDone)
        chunk = next(m for m in client.seen if m.TYPE == "job.chunk" and m.job == done.job)
        painted = bytearray(data)
        for y in (2, 3):
            painted[(y * 16 + 3) * 4 : (y * 16 + 5) * 4] = bytes(8)
        assert bytes(chunk.frames[0]) == bytes(255 - byte for byte in painted)


def test_progress_comes_at_most_ten_times_a_second(make_engine) -> None:
    engine = make_engine(FAKE_ENGINE_STEPS="150", FAKE_ENGINE_STEP_S="0.01")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        times: list[float] = []

        def note(event: object) -> None:
            if isinstance(event, JobProgress):
                times.append(time.monotonic())

        began = time.monotonic()
        client.wait(submit(client), PATIENCE_S, note)
        lasted = times[-1] - began  # no shorter than the engine took, however late they are read
        assert len(times) <= 10 * lasted + 2
        assert all(later >= earlier for earlier, later in pairwise(times))


def test_previews_are_small_and_the_newest_wins(make_engine) -> None:
    engine = make_engine(FAKE_ENGINE_STEPS="20")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        previews: list[JobPreview] = []

        def note(event: object) -> None:
            if isinstance(event, JobPreview):
                previews.append(event)
                if len(previews) < 3:
                    client.drew(event.job)

        wish = PreviewWish(credit=1, max_px=4096, every=2)
        client.wait(submit(client, size=(1500, 700), task="edit", preview=wish), PATIENCE_S, note)
        assert len(previews) == 3, "as many as were drawn, and one more"
        assert {preview.image.shape for preview in previews} == {(239, 512, 4)}
        assert all(preview.image.rect == (0, 0, 1500, 700) for preview in previews)
        assert all(preview.step % 2 == 0 for preview in previews)
        assert {preview.placement for preview in previews} == {"instead"}
        assert [p.step for p in previews] == sorted(p.step for p in previews)


def test_the_front_imports_nothing_heavy() -> None:
    code = (
        "import sys, server.front.main, server.front.front, server.front.local_pool, server.start;"
        "print([m for m in ('torch','numpy','typer','rich','PIL','diffusers','asyncio') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert said.stdout.strip() == "[]"
