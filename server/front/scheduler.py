# SPDX-License-Identifier: Apache-2.0
"""Which work goes to which worker, and what must give way.

The most urgent first, then the oldest; of one document only one job runs on a model at a time. A cached inversion
is worth more than an idle device, so a job waits for the worker that has its trajectory. New documents go to the
worker with the fewest documents, not with the fewest running jobs: those change every second.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

from server.front.jobs import Area, Errand, Item, Job
from server.front.pool import Kind, WorkerInfo

_KEYS_KEPT = 512
Seen = Literal["", "inverted", "edited"]
K = TypeVar("K")


class Scheduler:
    """The waiting line, what runs where, and who has which trajectory."""

    def __init__(self) -> None:
        self._waiting: list[Item] = []
        self.running: dict[str, Item] = {}
        self._trajectories: OrderedDict[str, str] = OrderedDict()
        self._documents: OrderedDict[str, str] = OrderedDict()
        self._areas: OrderedDict[Area, str] = OrderedDict()
        self._edited: OrderedDict[Area, str] = OrderedDict()

    def add(self, item: Item) -> None:
        self._waiting.append(item)
        self._waiting.sort(key=lambda other: (-other.priority, other.order))

    def remove(self, item: Item) -> None:
        """Take an item out of the waiting line, if it is there."""
        self._waiting = [other for other in self._waiting if other is not item]

    def waiting(self, lane: Kind | None = None) -> list[Item]:
        return [item for item in self._waiting if lane is None or item.lane == lane]

    def position(self, item: Item) -> int:
        """How many wait before this one in its lane, and run."""
        line = self.waiting(item.lane)
        busy = sum(other.lane == item.lane for other in self.running.values())
        return busy + (line.index(item) if item in line else 0)

    def cached(self, job: Job) -> bool:
        """Whether some worker has (as far as we know) the trajectory of this job."""
        return job.key in self._trajectories

    def assign(self, workers: Sequence[WorkerInfo]) -> list[tuple[str, Item]]:
        """Take out of the line what can start now, each with its worker."""
        idle = [worker for worker in workers if worker.state == "idle"]
        started: list[tuple[str, Item]] = []
        for item in list(self._waiting):
            worker = self._place(item, idle, workers)
            if worker is None:
                continue
            idle = [other for other in idle if other.name != worker]
            self.remove(item)
            self.running[worker] = item
            self._note(item, worker)
            started.append((worker, item))
        return started

    def wanted(self, workers: Sequence[WorkerInfo]) -> list[str]:
        """Workers that should be started because work waits that nobody can take."""
        names: list[str] = []
        for lane in ("quick", "model"):
            mine = [worker for worker in workers if worker.kind == lane]
            coming = sum(worker.state in ("starting", "idle") for worker in mine)
            lacking = sum(item.ready for item in self.waiting(lane)) - coming
            absent = [w.name for w in mine if w.state in ("stopped", "broken")]
            names += absent[: max(0, lacking)]
        return names

    def giving_way(self, workers: Sequence[WorkerInfo]) -> list[Item]:
        """What runs and must stop because more urgent ones wait and no worker is free for them.

        A running inversion that the waiting job needs itself goes on: stopping it would only make the
        artist wait for it from the start.
        """
        free = sum(w.kind == "model" and w.state in ("idle", "starting") for w in workers)
        yielding = [
            item
            for item in self.running.values()
            if item.lane == "model" and item.gives_way and not item.stopping
        ]
        victims: list[Item] = []
        for item in self.waiting("model"):
            if not item.ready or item.gives_way:
                continue
            if self._document_busy(item):
                victims += [
                    j for j in yielding if j.document == item.document and j.key != item.key
                ]
            elif free > 0:
                free -= 1
            else:
                victims += [job for job in yielding if job not in victims][:1]
        return list(dict.fromkeys(victims))

    def finished(self, worker: str) -> Item | None:
        """A worker has nothing to do any more; returns what it was doing."""
        return self.running.pop(worker, None)

    def prepared(self, job: Job, worker: str) -> None:
        """Remember that this worker has the job's trajectory."""
        _note_newest(self._trajectories, job.key, worker)
        _note_newest(self._areas, job.area, worker)
        if job.submit.task == "edit":
            _note_newest(self._edited, job.area, worker)

    def seen(self, area: Area) -> Seen:
        """What some worker has done with this part of a document, as far as can be known without its pixels."""
        if area in self._edited:
            return "edited"
        return "inverted" if area in self._areas else ""

    def forget_worker(self, worker: str) -> None:
        """A worker died, and with it all it had cached."""
        _forget(self._trajectories, worker)
        _forget(self._documents, worker)
        _forget(self._areas, worker)
        _forget(self._edited, worker)

    def _place(
        self, item: Item, idle: Iterable[WorkerInfo], workers: Sequence[WorkerInfo]
    ) -> str | None:
        free = [worker.name for worker in idle if worker.kind == item.lane]
        if not item.ready or not free or self._document_busy(item):
            return None
        home = self._trajectories.get(item.key) if item.key else None
        if home is not None:
            alive = any(w.name == home and w.state in ("idle", "busy") for w in workers)
            if alive and item.lane == "model":
                return home if home in free else None
        usual = self._documents.get(item.document)
        if usual in free:
            return usual
        load = Counter(self._documents.values())
        return min(free, key=lambda name: load[name])

    def _document_busy(self, item: Item) -> bool:
        return bool(item.document) and any(
            other.lane == item.lane and other.document == item.document
            for other in self.running.values()
        )

    def _note(self, item: Item, worker: str) -> None:
        if isinstance(item, Errand) or item.lane != "model":
            return
        _note_newest(self._documents, item.document, worker)


def _note_newest(known: OrderedDict[K, str], key: K, worker: str) -> None:
    known[key] = worker
    known.move_to_end(key)
    while len(known) > _KEYS_KEPT:
        known.popitem(last=False)


def _forget(known: OrderedDict[K, str], worker: str) -> None:
    for key in [key for key, name in known.items() if name == worker]:
        del known[key]
