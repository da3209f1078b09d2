# SPDX-License-Identifier: Apache-2.0
"""Random orders of messages: whatever an engine says, and whenever, the client keeps its promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from strategies import messages

from protocol import flow, ids, limits
from protocol import messages as m
from protocol.errors import ProtocolError
from protocol.events import Event, Result
from protocol.images import Document, Image
from protocol.tracking import Jobs
from protocol.upload import Uploads

DOCUMENT = Document(key="d", width=2, height=2)
ENDS = (Result, m.JobFailed, m.JobCancelled)


class JobsUnderFire(RuleBasedStateMachine):
    """A model of an engine that may break the connection, forget, repeat and skip; each job ends exactly once."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs = Jobs()
        self.seq: dict[str, int] = {}
        self.ends: Counter[str] = Counter()

    def told(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, ENDS):
                self.ends[event.job] += 1

    def say(self, message: m.Message) -> None:
        self.told(self.jobs.take(message))

    def a_job(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.seq)))

    def number(self, job: str) -> int:
        self.seq[job] += 1
        return self.seq[job]

    @initialize()
    def begin(self) -> None:
        self.submit()

    @rule()
    def submit(self) -> None:
        image = Image(
            name="source", shape=(1, 2, 1), dtype="u1", order="gray", rect=(0, 0, 2, 1), blob="b"
        )
        job = ids.new()
        self.jobs.submit(
            m.JobSubmit(id=ids.new(), job=job, op="drag", document=DOCUMENT, images=(image,))
        )
        self.seq[job] = 0

    @rule(data=st.data(), skip=st.sampled_from([0, 0, 0, 1, 5]))
    def work(self, data: st.DataObject, skip: int) -> None:
        job = self.a_job(data)
        self.seq[job] += skip
        kind = data.draw(st.sampled_from(["accepted", "progress", "chunk", "chunk2"]))
        image = Image(name="result", shape=(1, 2, 1), dtype="u1", order="gray", rect=(0, 0, 2, 1))
        seq = self.number(job)
        if kind == "accepted":
            self.say(m.JobAccepted(job=job, seq=seq, position=0))
        elif kind == "progress":
            self.say(m.JobProgress(job=job, seq=seq, phase="edit", step=1, steps=2))
        else:
            off = 0 if kind == "chunk" else 1
            try:
                self.say(
                    m.JobChunk(job=job, seq=seq, image=image, off=off, total=2, frames=(b"x",))
                )
            except ProtocolError as error:
                assert error.code == "blob.range"

    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        job = self.a_job(data)
        layer = m.ResultLayer(image="result", name="r")
        self.say(m.JobDone(job=job, seq=self.number(job), layers=(layer,)))

    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        job = self.a_job(data)
        self.say(m.JobFailed(job=job, seq=self.number(job), code="internal"))

    @rule(data=st.data(), state=st.sampled_from(["running", "unknown", "done"]))
    def tell_state(self, data: st.DataObject, state: str) -> None:
        job = self.a_job(data)
        self.seq[job] = 0 if state == "unknown" else self.seq[job]
        self.say(m.JobState(job=job, seq=self.seq[job], state=state))

    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        job = self.a_job(data)
        known = job in self.jobs.open
        assert (self.jobs.update(job, {"a": 1}) > 0) == known

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        job = self.a_job(data)
        assert self.jobs.cancel(job) == (job in self.jobs.open)

    @rule()
    def reconnect(self) -> None:
        self.jobs.after_reconnect()
        asked = {
            seen.job
            for message in self.jobs.say
            if isinstance(message, m.JobResume)
            for seen in message.jobs
        }
        asked |= {message.job for message in self.jobs.say if isinstance(message, m.JobSubmit)}
        assert asked == set(self.jobs.open)
        self.jobs.say.clear()

    @rule()
    def restart(self) -> None:
        cancelled = {job for job, known in self.jobs.open.items() if known.cancel}
        events = self.jobs.after_restart()
        self.told(events)
        assert {event.job for event in events if isinstance(event, m.JobCancelled)} == cancelled
        sent = {message.job for message in self.jobs.say if isinstance(message, m.JobSubmit)}
        assert sent == set(self.jobs.open)
        self.seq = dict.fromkeys(self.seq, 0)
        self.jobs.say.clear()

    @rule(message=messages())
    def anything(self, message: m.Message) -> None:
        """A stranger's message never moves our jobs."""
        before = set(self.jobs.open)
        self.jobs.take(message)
        assert set(self.jobs.open) == before

    @invariant()
    def each_job_ends_once(self) -> None:
        assert all(count == 1 for count in self.ends.values())
        assert set(self.seq) == set(self.ends) | set(self.jobs.open)


class UploadsUnderFire(RuleBasedStateMachine):
    """An engine that grants, loses, forgets; in the end every blob is there, and no byte went without credit."""

    def __init__(self) -> None:
        super().__init__()
        self.uploads = Uploads()
        self.data: dict[str, bytes] = {}
        self.parts: dict[str, flow.Assembly] = {}
        self.there: dict[str, bytes] = {}
        self.room = 3000
        self.answers: list[Callable[[], None]] = []
        self.uploads.opened(3000, 1000, kept=True)

    def answer(self) -> None:
        """The engine's answers arrive, after what was sent."""
        answers, self.answers = self.answers, []
        for tell in answers:
            tell()

    def offer(self, message: m.Message) -> bool:
        nbytes = sum(len(frame) for frame in message.frames)
        assert nbytes <= self.room
        self.room -= nbytes
        if isinstance(message, m.BlobPatch):
            if message.base in self.there:
                self.there[message.new] = bytes(flow.patched(self.there[message.base], message))
                self.answers.append(lambda: self.uploads.confirmed(message.new))
            else:
                self.answers.append(lambda: self.uploads.needed([message.new]))
            return True
        assert isinstance(message, m.BlobPut)
        part = self.parts.setdefault(message.blob, flow.Assembly(message.total))
        part.add(message.off, message.total, message.frames[0])
        if message.last:
            self.there[message.blob] = bytes(self.parts.pop(message.blob).whole())
            self.answers.append(lambda: self.uploads.confirmed(message.blob))
        return True

    @initialize()
    def begin(self) -> None:
        self.put(2500)

    @rule(size=st.integers(1, 5000))
    def put(self, size: int) -> None:
        data = bytes((len(self.data) + i) % 256 for i in range(size))
        self.data[self.uploads.put(data)] = data

    @rule(at=st.integers(0, 30), data=st.data())
    def patch(self, at: int, data: st.DataObject) -> None:
        base = data.draw(st.sampled_from(sorted(self.data)))
        width = len(self.data[base])
        newer = bytearray(self.data[base])
        newer[at % width] ^= 255
        rect = m.PatchRect(x=at % width, y=0, width=1, height=1)
        self.data[self.uploads.patch(base, bytes(newer), (width, 1), 1, [rect])] = bytes(newer)

    @rule(nbytes=st.integers(1, 4000))
    def grant(self, nbytes: int) -> None:
        self.room += nbytes
        self.uploads.granted(nbytes)
        self.uploads.send(self.offer)
        self.answer()

    @rule()
    def busy(self) -> None:
        self.uploads.send(lambda message: False)

    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        blob = data.draw(st.sampled_from(sorted(self.data)))
        if self.there.pop(blob, None) is not None:
            self.uploads.needed([blob])

    @rule(kept=st.booleans())
    def reconnect(self, kept: bool) -> None:
        self.room = 3000
        self.parts.clear()
        self.answers.clear()
        if not kept:
            self.there.clear()
        self.uploads.opened(3000, 1000, kept=kept)
        self.uploads.want(self.data)

    @precondition(lambda self: len(self.data) > 1)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        blob = data.draw(st.sampled_from(sorted(self.data)))
        del self.data[blob]
        self.parts.pop(blob, None)
        self.uploads.drop([blob])
        self.there.pop(blob, None)

    def teardown(self) -> None:
        for _ in range(200):
            if not self.uploads.waiting:
                break
            self.grant(4000)
        assert {blob: self.there.get(blob) for blob in self.data} == self.data


MANY = settings().max_examples
for machine in (JobsUnderFire, UploadsUnderFire):
    machine.TestCase.settings = settings(
        max_examples=MANY // 2 if MANY < 1000 else 2000, stateful_step_count=20
    )
TestJobsUnderFire = pytest.mark.fuzz(JobsUnderFire.TestCase)
TestUploadsUnderFire = pytest.mark.fuzz(UploadsUnderFire.TestCase)


def test_limits_fit_each_other():
    assert limits.CHUNK <= limits.FRAME_MAX < limits.ZMQ_FRAME_MAX
    assert limits.WINDOW // limits.CHUNK <= limits.HIGH_WATER_MARK
    assert limits.PATCH_RECTS_MAX + 2 == limits.FRAMES_MAX
    assert limits.HEADER_MAX < limits.ZMQ_FRAME_MAX
