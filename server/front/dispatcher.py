# SPDX-License-Identifier: Apache-2.0
"""Between the waiting line and the pool: starts work, hears what came of it, and gives lost work a second chance."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from protocol import ids
from protocol.sentences import heard, say
from server.front.jobs import Errand, Item, Job
from server.front.pool import Event, Kind, Pool, Work
from server.front.scheduler import Scheduler
from server.worker.messages import Buffer, Header

_log = logging.getLogger("pullbrush.jobs")
_ATTEMPTS = 2
_PREVIEW_PX = 512
LOST = say("worker.twice")
BROKEN = say("worker.broken")


class Listener(Protocol):
    """Hears what becomes of jobs."""

    def started(self, job: Job) -> None: ...

    def stepped(self, job: Job, header: Header) -> None: ...

    def previewed(self, job: Job, header: Header, data: memoryview) -> None: ...

    def done(self, job: Job, header: Header, frames: list[memoryview]) -> None: ...

    def failed(self, job: Job, code: str, message: str, incident: str = "") -> None: ...

    def cancelled(self, job: Job) -> None: ...


class Dispatcher:
    """Moves items through the scheduler and the pool. The only place that changes `Job.state` before its end."""

    def __init__(self, pool: Pool, listener: Listener) -> None:
        self.pool, self._listener = pool, listener
        self.line = Scheduler()
        self._tasks: dict[str, Item] = {}
        self._order = 0

    def next_order(self) -> int:
        self._order += 1
        return self._order

    def add(self, item: Item) -> None:
        self.line.add(item)

    def ask(
        self,
        lane: Kind,
        kind: str,
        header: Header,
        done: Callable[[Header], None],
        failed: Callable[[str, str], None],
        session: str = "",
        *,
        gives_way: bool = False,
    ) -> None:
        """Put a question to a worker; exactly one of the two callbacks is called later."""
        errand = Errand(
            id=ids.new(),
            session=session,
            order=self.next_order(),
            lane=lane,
            kind=kind,
            header=header,
            done=done,
            failed=failed,
            gives_way=gives_way,
        )
        self.line.add(errand)

    def ready(self) -> Header:
        """What a plan need not reckon with: a model worker that has its libraries, and the models that are loaded."""
        alive = [
            w for w in self.pool.workers() if w.kind == "model" and w.state in ("idle", "busy")
        ]
        facts = [info.facts for info in alive]
        models = sorted({name for known in facts for name in known.get("models", ())})
        return {"worker": any("device" in known for known in facts), "models": models}

    def pump(self) -> None:
        """Start whatever can start, stop what must give way, wake the workers that are needed."""
        workers = self.pool.workers()
        for name in self.line.wanted(workers):
            self.pool.want(name)
        workers = self.pool.workers()
        self._give_up_hopeless({w.kind for w in workers if w.state != "broken"})
        for worker, item in self.line.assign(workers):
            self._start(worker, item)
        victims = self.line.giving_way(self.pool.workers())
        for worker, item in list(self.line.running.items()):
            if item in victims:
                _log.info("%s gives way", item.id)
                item.stopping = "gave way"
                self.pool.cancel(worker, self._task_of(worker))

    def stop(self, job: Job, reason: str, *, hard: bool = False) -> None:
        """End a job for a reason: at once while it waits, else when its worker says so."""
        if job.state == "queued":
            self.line.remove(job)
            self._stopped(job, reason)
            return
        if job.stopping in ("", "gave way"):
            job.stopping = "deadline" if reason == "deadline" else "client"
        task = self._task_of(job.worker)
        self.pool.cancel(job.worker, task, hard=hard)
        if not hard and self._loads(job.worker):
            self._leave(job, task)

    def fail(self, job: Job, code: str, message: str) -> None:
        """End a waiting job that cannot be done."""
        self.line.remove(job)
        self._listener.failed(job, code, message)

    def tell(self, job: Job, header: dict[str, Any]) -> None:
        """Pass something on to the worker of a running job."""
        if job.state == "running":
            self.pool.tell(job.worker, {**header, "task": self._task_of(job.worker)})

    def hear(self, event: Event) -> None:
        """Take in one event of the pool."""
        if event.kind == "lost":
            self._lost(event)
        elif event.kind == "broken":
            self.line.forget_worker(event.worker)
        elif event.task:
            item = self._tasks.get(event.task)
            if isinstance(item, Job):
                self._hear_job(item, event)
            elif item is not None:
                self._hear_errand(item, event)

    def _start(self, worker: str, item: Item) -> None:
        task = ids.new()
        self._tasks = {t: i for t, i in self._tasks.items() if i in self.line.running.values()}
        self._tasks[task] = item
        if isinstance(item, Errand):
            self.pool.start(worker, Work(id=task, kind=item.kind, header=item.header))
            return
        item.state, item.worker, item.stopping = "running", worker, ""
        item.attempts += 1
        header, frames = work_of(item)
        self.pool.start(worker, Work(id=task, kind=item.kind, header=header, frames=frames))

    def _task_of(self, worker: str) -> str:
        item = self.line.running.get(worker)
        return next((task for task, other in self._tasks.items() if other is item), "")

    def _hear_job(self, job: Job, event: Event) -> None:
        header = event.header
        if event.kind == "started":
            self._listener.started(job)
        elif event.kind == "step":
            job.step = header["step"]
            self._listener.stepped(job, header)
            if job.stopping and self._loads(
                job.worker
            ):  # the cancel came before the word of loading
                self._leave(job, event.task)
        elif event.kind == "preview":
            self._listener.previewed(job, header, event.frames[0])
        else:
            self._free(event)
            try:
                self._end(job, event)
            finally:
                if job.state == "running":  # the worker's words could not be understood
                    self._listener.failed(job, "internal", "")

    def _end(self, job: Job, event: Event) -> None:
        if event.kind == "done":
            if job.lane == "model":
                self.line.prepared(job, event.worker)
            self._listener.done(job, event.header, list(event.frames))
        elif event.kind == "failed":
            header = event.header
            text = heard(header["message"], header.get("detail", {}))
            self._listener.failed(job, header["code"], text, header["incident"])
        else:
            self._stopped(job, job.stopping)

    def _stopped(self, job: Job, reason: str) -> None:
        if reason == "gave way":
            job.state, job.worker, job.stopping = "queued", "", ""
            job.attempts -= 1
            self.line.add(job)
        elif reason == "deadline":
            self._listener.failed(job, "deadline", "")
        else:
            self._listener.cancelled(job)

    def _hear_errand(self, errand: Errand, event: Event) -> None:
        if event.kind == "done":
            self._free(event)
            errand.done(event.header)
        elif event.kind in ("failed", "cancelled"):
            self._free(event)
            header = event.header
            text = heard(header.get("message", ""), header.get("detail", {}))
            errand.failed(header.get("code", "internal"), text)

    def _loads(self, worker: str) -> bool:
        return any(info.name == worker and info.loading for info in self.pool.workers())

    def _leave(self, job: Job, task: str) -> None:
        """End a job whose worker is loading a model: that goes on, for whoever comes next."""
        self.line.running[job.worker] = self._tasks[task] = Errand(
            id=task,
            session=job.session,
            order=job.order,
            lane=job.lane,
            kind=job.kind,
            header={},
            done=lambda _: None,
            failed=lambda _code, _text: None,
        )
        self._stopped(job, job.stopping)

    def _free(self, event: Event) -> None:
        self.line.finished(event.worker)
        self._tasks.pop(event.task, None)

    def _lost(self, event: Event) -> None:
        """A worker died: what it was doing is done once more, unless it was to stop anyway."""
        self.line.forget_worker(event.worker)
        item = self.line.finished(event.worker)
        self._tasks.pop(event.task, None)
        if isinstance(item, Errand):
            item.failed("worker.lost", "")
        elif item is None:
            return
        elif item.stopping:
            self._stopped(item, item.stopping)
        elif item.attempts < _ATTEMPTS:
            _log.info("job %s is done once more", item.id)
            item.state, item.worker = "queued", ""
            self.line.add(item)
        else:
            self._listener.failed(item, "worker.lost", LOST)

    def _give_up_hopeless(self, alive: set[Kind]) -> None:
        for item in self.line.waiting():
            if item.lane in alive or not item.ready:
                continue
            self.line.remove(item)
            if isinstance(item, Job):
                self._listener.failed(item, "worker.lost", BROKEN)
            else:
                item.failed("worker.lost", BROKEN)


def work_of(job: Job) -> tuple[Header, list[Buffer]]:
    """A job as a worker reads it: descriptions in the header, pixels and profiles as frames."""
    submit = job.submit
    frames: list[Buffer] = []
    at: dict[str, int] = {}
    for name, blob in job.blobs.items():
        at[name] = len(frames)
        frames.append(blob.data)
    images = [
        {
            "image": image.to_plain(),
            "pixels": at[image.blob or ""],
            "icc": at[image.profile] if image.profile else -1,
        }
        for image in submit.images
    ]
    wish = submit.preview
    header: Header = {
        "op": submit.op,
        "task_kind": submit.task,
        "params": job.params,
        "document": [submit.document.width, submit.document.height],
        "selection": list(submit.selection) if submit.selection else None,
        "images": images,
        "credit": wish.credit if wish else 0,
        "every": wish.every if wish else 1,
        "max_px": min(wish.max_px, _PREVIEW_PX) if wish else _PREVIEW_PX,
        "rev": job.rev,
    }
    return header, frames
