# SPDX-License-Identifier: Apache-2.0
"""How far a running job is, and how long it still takes: what was learned, corrected by what this job measures."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from server.engine.timing.learned import Estimate, LearnedTimes
from server.engine.timing.work import Key, Works, key_of, nominal

TRUST_LEARNED, TRUST_GUESS = 2.0, 0.25
"""How many measurements of this job a learned time weighs as much as, and a guessed one."""
OUTLIER = 3.0
"""A measurement counts as at most so many times the median of its job: the machine may have slept."""
NEARLY = 0.999
"""The bar until the job has really ended."""
MORE = 0.1
"""Of a kind that goes on for longer than planned, this part of what was done is expected to come."""

Clock = Callable[[], float]
Lap = Callable[[str, str], None]
"""Says that one of the first kind has just ended, and that one of the second begins."""


class Running:
    """One job's times. Measurements may be nested: the inner one's time is not the outer one's."""

    def __init__(
        self,
        times: LearnedTimes,
        model: str,
        *,
        spent: float = 0.0,
        clock: Clock = time.perf_counter,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        """`settle` waits until the device has done all it was told: many return before."""
        self.times, self.model, self._clock, self._settle = times, model, clock, settle
        self._began = clock()
        self._spent = spent
        """Seconds of this job that had passed before it could be measured."""
        self._planned: dict[Key, float] = {}
        self._prior: dict[Key, Estimate] = {}
        self._done: dict[Key, list[float]] = defaultdict(list)
        self._size: dict[Key, int] = {}
        self._open: list[tuple[Key, float]] = []
        self._inner: list[float] = []
        self._base = self._fraction = 0.0
        self._silent = self._ended = False

    # ---- what is to be done

    def plan(self, works: Works) -> None:
        """This is to be done. A second time, what was done so far was for nothing: the bar stays where it is."""
        if self._planned:
            self._base = self.fraction
            self.learn()
            self._began, self._spent = self._clock(), 0.0
            self._planned.clear()
        known = {work.kind for work in works if self.times.seconds(self.model, work) is not None}
        total = self.times.estimate(self.model, works)
        guesses = sum(work.count * work.guess for work in works if work.kind not in known)
        measured = self.times.estimate(self.model, [w for w in works if w.kind in known]).seconds
        ratio = (total.seconds - measured) / guesses if guesses > 0 else 1.0
        for work in works:
            if work.kind == "pull":
                continue
            self._planned[work.key] = self._planned.get(work.key, 0.0) + work.count
            learned = self.times.seconds(self.model, work)
            seconds = work.guess * ratio if learned is None else learned
            self._prior[work.key] = Estimate(seconds, guessed=learned is None)

    def skip(self, works: Works) -> None:
        """This need not be done after all: it is known already."""
        for work in works:
            left = self._planned.get(work.key, 0.0) - work.count
            self._planned[work.key] = max(left, float(len(self._done[work.key])))

    # ---- what is done

    @contextmanager
    def measure(self, kind: str, size: int = 1) -> Iterator[None]:
        """Measure one of a kind; one that ends with an exception is not counted."""
        if self._silent:
            yield
            return
        self._open.append((key_of(kind, size), self._clock()))
        self._inner.append(0.0)
        began = self._clock()
        try:
            yield
            self._end_of(kind, size)
        finally:
            self._open.pop()
            self._inner.pop()
            if self._inner:
                self._inner[-1] += self._clock() - began

    @contextmanager
    def laps(self, first: str, size: int = 1) -> Iterator[Lap]:
        """Measure what comes one after the other, beginning with `first`; after the last lap nothing counts."""
        self._open.append((key_of(first, size), self._clock()))
        self._inner.append(0.0)
        began = self._clock()

        def lap(ended: str, begun: str) -> None:
            self._end_of(ended, size)
            self._open[-1] = (key_of(begun, size), self._clock())
            self._inner[-1] = 0.0

        try:
            yield lap
        finally:
            self._open.pop()
            self._inner.pop()
            if self._inner:
                self._inner[-1] += self._clock() - began

    def _end_of(self, kind: str, size: int) -> None:
        """The innermost measurement has ended."""
        self._settle()
        key, (_, began) = key_of(kind, size), self._open[-1]
        self._size[key] = size
        self._done[key].append(max(self._clock() - began - self._inner[-1], 1e-9))

    @contextmanager
    def aside(self, kind: str = "") -> Iterator[None]:
        """Time that belongs to none of the measurements around it; with a kind, one of that is done."""
        was, began = self._silent, self._clock()
        self._silent = True
        try:
            yield
        finally:
            self._silent = was
            seconds = self._clock() - began
            if self._inner:
                self._inner[-1] += seconds
            key = next((known for known in self._planned if known[0] == kind), None)
            if key is not None:
                self._done[key].append(max(seconds, 1e-9))

    # ---- how far it is

    @property
    def fraction(self) -> float:
        """0 … 1, never less than before."""
        done, left = self._seconds()
        inner = done / (done + left) if done + left > 0 else 0.0
        now = self._base + (NEARLY - self._base) * inner
        self._fraction = max(self._fraction, min(now, NEARLY))
        return self._fraction

    @property
    def eta_ms(self) -> int:
        """Milliseconds that are still to come."""
        return 0 if self._ended else round(1000 * self._seconds()[1])

    def finish(self) -> None:
        """The job has ended well: remember all that was measured."""
        self._fraction, self._ended = 1.0, True
        own = sum(sum(many) for key, many in self._done.items())
        rest = max(self._clock() - self._began - own, 1e-9)
        for key in self._planned:
            if key[0] == "rest":
                self._done[key] = [rest]
        self.learn()

    def learn(self) -> None:
        """Remember what was measured, also of a job that was stopped."""
        measured = {
            key: _steady(many) * nominal(key) / self._size.get(key, nominal(key))
            for key, many in self._done.items()
            if many
        }
        if measured:
            self.times.learn(self.model, measured)
        self._done.clear()

    def note(self, kind: str, amount: float) -> None:
        """Remember a number that is no time."""
        self.times.learn(self.model, {key_of(kind, 1): amount})

    def _seconds(self) -> tuple[float, float]:
        """Seconds that what is done took, as far as it was work, and those that what is left will take."""
        now, speed = self._clock(), self._speed()
        current = {key: now - began - self._inner[-1] for key, began in self._open[-1:]}
        elsewhere = sum(sum(many) for many in self._done.values()) + sum(current.values())
        unmeasured = max(now - self._began - elsewhere, 0.0)
        done, left = self._spent, 0.0
        for key in {*self._planned, *self._done}:
            rate, count = self._rate(key, speed), len(self._done[key])
            done += count * rate
            more = self._planned.get(key, 0.0) - count
            if count and more <= 0 and key in current:
                more = 1.0 + MORE * count
            passed = unmeasured if key[0] == "rest" else current.get(key, 0.0)
            going_on = min(passed, rate * max(more, 0.0) * NEARLY)
            done += going_on
            left += max(more, 0.0) * rate - going_on
        return done, left

    def _rate(self, key: Key, speed: float) -> float:
        """Seconds of one of a kind: learned ones blended with this job's own."""
        prior = self._prior.get(key, Estimate(0.0, guessed=True))
        own = self._done[key]
        trust = TRUST_GUESS if prior.guessed else TRUST_LEARNED
        if not own:
            return prior.seconds * (speed if key[0] not in ("load", "hash", "start") else 1.0)
        return (trust * prior.seconds + sum(own)) / (trust + len(own))

    def _speed(self) -> float:
        """How many times as long as expected things take today; 1 before anything was measured."""
        expected = measured = 0.0
        for key, own in self._done.items():
            prior = self._prior.get(key)
            if own and prior is not None and prior.seconds > 0 and key[0] not in _OTHER:
                weight = TRUST_GUESS if prior.guessed else TRUST_LEARNED
                expected += prior.seconds * (len(own) + weight)
                measured += sum(own) + prior.seconds * weight
        return min(max(measured / expected, 0.05), 20.0) if expected > 0 else 1.0


_OTHER = frozenset({"load", "hash", "start", "rest", "preview"})
"""Times that say nothing of how fast the network is today."""


def _steady(many: list[float]) -> float:
    """The mean of a job's measurements, none of which counts for more than `OUTLIER` times their median."""
    middle = sorted(many)[len(many) // 2]
    return sum(min(one, OUTLIER * middle) for one in many) / len(many)
