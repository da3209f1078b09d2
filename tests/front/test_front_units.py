# SPDX-License-Identifier: Apache-2.0
"""The front's parts that need no process: pictures store, back-off, waiting line, log, lock, outbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import flow, ids
from protocol.edits import EDITS, Drag, ImageRole
from protocol.errors import ProtocolError
from protocol.images import Document, Image
from protocol.messages import BlobPatch, JobSubmit, PatchRect
from server.front import logs
from server.front.blobs import BlobStore
from server.front.config import Config
from server.front.file_lock import Lock, Taken
from server.front.jobs import Job, body_of, result_kind
from server.front.pool import State, WorkerInfo
from server.front.restart_backoff import Backoff
from server.front.scheduler import Scheduler

S = "session"


def filled(store: BlobStore, name: str, data: bytes, digest: str | None = None) -> bool:
    return store.put((S, name), 0, len(data), data, digest)


def test_chunks_make_a_whole() -> None:
    store = BlobStore(100)
    assert not store.put((S, "a"), 0, 6, b"abc")
    with pytest.raises(ProtocolError, match=r"blob\.missing"):
        store.get((S, "a"))
    assert store.put((S, "a"), 3, 6, b"def")
    assert bytes(store.get((S, "a")).data) == b"abcdef"
    assert store.nbytes == 6


@pytest.mark.parametrize(
    ("off", "total", "chunk"), [(2, 6, b"x"), (4, 6, b"x"), (3, 7, b"x"), (3, 6, b"wxyz")]
)
def test_gaps_overlaps_and_overruns_are_refused(off: int, total: int, chunk: bytes) -> None:
    store = BlobStore(100)
    store.put((S, "a"), 0, 6, b"abc")
    with pytest.raises(ProtocolError, match=r"blob\.range"):
        store.put((S, "a"), off, total, chunk)
    assert store.nbytes == 0, "what had come is forgotten"


def test_a_digest_that_does_not_fit_is_refused() -> None:
    store = BlobStore(100)
    with pytest.raises(ProtocolError, match=r"blob\.hash"):
        filled(store, "a", b"abc", "0" * 64)
    assert store.nbytes == 0
    assert filled(store, "a", b"abc", flow.digest(b"abc"))


def test_the_same_content_is_held_once_under_many_names() -> None:
    store = BlobStore(100)
    digest = flow.digest(b"abcd")
    filled(store, "a", b"abcd", digest)
    assert store.has(("other session", "b"), 4, digest)
    assert store.nbytes == 4
    store.drop((S, "a"))
    assert bytes(store.get(("other session", "b")).data) == b"abcd"
    store.drop_session("other session")
    assert store.nbytes == 0
    assert not store.has((S, "c"), 4, digest)


def test_least_recently_used_goes_first_but_never_what_is_pinned() -> None:
    store = BlobStore(10)
    for name in "abc":
        filled(store, name, name.encode() * 3)
    pinned = store.get((S, "a"))
    store.pin(pinned)
    store.get((S, "b"))
    filled(store, "d", b"dddd")
    assert [bool(store.find((S, name))) for name in "abcd"] == [True, True, False, True]
    assert store.was_lost((S, "c")), "b was used after it"
    assert not store.was_lost((S, "a"))
    with pytest.raises(ProtocolError, match=r"blob\.quota"):
        filled(store, "e", b"e" * 8)
    assert store.find((S, "b")), "nothing goes in vain"
    store.drop((S, "a"))
    assert bytes(pinned.data) == b"aaa", "pinned bytes outlive their name"
    store.unpin([pinned])
    filled(store, "e", b"e" * 8)
    assert store.nbytes == 8


def test_a_patch_makes_a_new_picture_and_leaves_the_old() -> None:
    store = BlobStore(100)
    filled(store, "old", bytes(range(12)))
    patch = BlobPatch(
        new="new",
        base="old",
        width=4,
        height=3,
        pixel=1,
        rects=(PatchRect(x=1, y=1, width=2, height=2),),
        frames=(b"wxyz",),
    )
    store.patch(S, patch)
    assert bytes(store.get((S, "new")).data) == b"\0\1\2\3\4wx\7\x08yz\x0b"
    assert bytes(store.get((S, "old")).data) == bytes(range(12))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "pin", "unpin", "drop", "has"]),
            st.integers(0, 5),
            st.integers(1, 9),
        ),
        max_size=60,
    )
)
def test_the_store_never_holds_more_than_its_quota_and_counts_right(
    steps: list[tuple[str, int, int]],
) -> None:
    store, pinned, refused = BlobStore(20), [], set[str]()
    for what, which, size in steps:
        name, data = f"n{which}", bytes([which]) * size
        try:
            if what == "put":
                filled(store, name, data)
            elif what == "pin":
                blob = store.get((S, name))
                store.pin(blob)
                pinned.append((blob, bytes(blob.data)))
            elif what == "unpin" and pinned:
                store.unpin([pinned.pop()[0]])
            elif what == "drop":
                store.drop((S, name))
            elif what == "has":
                store.has((S, name), size, flow.digest(data))
        except ProtocolError as error:
            refused.add(error.code)
        assert 0 <= store.nbytes <= 20
        assert all(bytes(blob.data) == content for blob, content in pinned)
    assert refused <= {"blob.quota", "blob.missing"}
    store.unpin(blob for blob, _ in pinned)
    store.drop_session(S)
    assert store.nbytes == 0


def test_restarts_get_slower_then_stop_and_a_long_life_forgives() -> None:
    backoff = Backoff(limit=5, first_s=0.2, stable_s=10)
    waits: list[float] = []
    for _ in range(5):
        backoff.died(100.0, lived_s=1.0)
        waits.append(round(backoff.ready_at - 100, 3))
        assert not backoff.may_start(100.0)
        assert backoff.may_start(backoff.ready_at)
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2]
    backoff.died(100.0, lived_s=11.0)
    assert backoff.deaths == 1
    for _ in range(5):
        backoff.died(100.0, lived_s=1.0)
    assert backoff.exhausted
    assert not backoff.may_start(1e9)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="watchdog_s"):
        Config(watchdog_s=-1)
    with pytest.raises(ValueError, match="worker"):
        Config(model_workers=0)


def job(
    document: str = "d", *, priority: int = 2, task: str = "edit", blob: str = "b", order: int = 0
) -> Job:
    image = Image(
        name="source", shape=(2, 2, 3), dtype="u1", order="rgb", rect=(0, 0, 2, 2), blob=blob
    )
    submit = JobSubmit(
        id=ids.new(),
        job=ids.new(),
        op="drag",
        document=Document(key=document, width=2, height=2),
        images=(image,),
        priority=0 if task == "prepare" else priority,
        task=task,  # type: ignore[arg-type]
    )
    return Job(submit=submit, session=S, order=order, params={"model": "scenes"})


def workers(*states: State) -> list[WorkerInfo]:
    return [
        WorkerInfo(name=f"model-{i}", kind="model", state=state) for i, state in enumerate(states)
    ]


def test_urgent_first_then_oldest_and_one_running_per_document() -> None:
    line = Scheduler()
    a, b, c = job("x", order=1), job("x", order=2), job("y", priority=3, order=3)
    for item in (a, b, c):
        line.add(item)
    assert line.assign(workers("idle", "idle", "idle")) == [("model-0", c), ("model-1", a)]
    assert line.position(b) == 2
    line.finished("model-1")
    assert [item for _, item in line.assign(workers("busy", "idle", "idle"))] == [b]


def test_a_job_waits_for_the_worker_that_has_its_inversion() -> None:
    line = Scheduler()
    first = job("x")
    line.add(first)
    assert line.assign(workers("busy", "idle")) == [("model-1", first)]
    line.finished("model-1")
    line.prepared(first, "model-1")
    again = job("x")
    line.add(again)
    assert line.cached(again)
    assert line.assign(workers("idle", "busy")) == [], "an idle device is worth less"
    line.forget_worker("model-1")
    assert line.assign(workers("idle", "starting")) == [("model-0", again)]


def test_new_documents_go_where_the_fewest_are() -> None:
    line = Scheduler()
    placed: list[str] = []
    for name in "abcd":
        item = job(name)
        line.add(item)
        ((worker, _),) = line.assign(workers("idle", "idle"))
        placed.append(worker)
        line.finished(worker)
    assert placed == ["model-0", "model-1", "model-0", "model-1"]
    item = job("b", blob="changed")
    line.add(item)
    assert line.assign(workers("idle", "idle")) == [("model-1", item)], "where its document is"


def test_who_gives_way() -> None:
    line = Scheduler()
    prepare = job("x", task="prepare")
    line.add(prepare)
    line.assign(workers("idle"))
    assert line.giving_way(workers("busy")) == []
    needs_it, other = job("x"), job("y")
    line.add(needs_it)
    assert line.giving_way(workers("busy")) == [], "it computes what that job needs"
    line.add(other)
    assert line.giving_way(workers("busy")) == [prepare]
    assert line.giving_way(workers("busy", "idle")) == [], "there is room"
    prepare.stopping = "gave way"
    assert line.giving_way(workers("busy")) == []


def test_workers_are_woken_only_when_they_are_needed() -> None:
    line = Scheduler()
    assert line.wanted(workers("stopped", "stopped")) == []
    line.add(job("x"))
    assert line.wanted(workers("stopped", "stopped")) == ["model-0"]
    assert line.wanted(workers("starting", "stopped")) == []
    line.add(job("y"))
    assert line.wanted(workers("busy", "stopped")) == ["model-1"]


def test_a_repeated_submit_is_compared_by_its_body() -> None:
    one = job().submit
    same = JobSubmit.from_plain({**one.to_plain(), "id": ids.new()})
    other = JobSubmit.from_plain({**one.to_plain(), "params": {"seed": 1}})
    assert body_of(one) == body_of(same) != body_of(other)


def test_the_log_is_rotated_in_place(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    for n in range(4):
        with log.open("ab") as out:
            out.write(bytes([65 + n]) * 50)
        logs.rotate(log, largest=40)
        assert log.stat().st_size == 0
    kept = {path.name: path.read_bytes()[:1] for path in tmp_path.glob("engine.log.*")}
    assert kept == {"engine.log.1": b"D", "engine.log.2": b"C"}
    logs.rotate(tmp_path / "absent.log")


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    first.take()
    with pytest.raises(Taken):
        second.take()
    first.release()
    second.take()
    second.release()


class Brighten(Drag):
    """An edit that nobody has, with words that need no model and a second picture that is inverted."""

    KIND = "brighten"
    RETURNS = "variants"
    ROLES = (*Drag.ROLES, ImageRole(role="other", label="x", help="", inverted=True))
    INVERTED_BY = ("seed",)


def test_lane_key_and_result_follow_from_the_description(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EDITS, "brighten", Brighten)
    one = job()
    one.submit = replace(one.submit, op="brighten")
    two = job()
    more = replace(two.submit.images[0], name="other", blob="c")
    two.submit = replace(one.submit, images=(*one.submit.images, more))
    assert one.key != two.key
    one.params = {"prompt": "a lake"}
    before = one.key
    one.params = {"prompt": "a sea"}
    assert one.key == before, "words do not change what is inverted"
    one.params = {"seed": 5}
    assert one.key != before
    assert (one.lane, one.kind) == ("model", "run")
    one.params = {"method": "warp"}
    assert (one.lane, one.kind) == ("quick", "warp")
    kinds = [
        result_kind(one, layers=layers, film=film)
        for layers, film in ((True, False), (True, True), (False, False))
    ]
    assert kinds == ["variants", "frames", "nothing"]
    one.submit = replace(one.submit, task="warp")
    assert result_kind(one, layers=True, film=False) == "layer"
