# SPDX-License-Identifier: Apache-2.0
"""Long work in bites, so that a paint program breathes in between.

It is a generator that yields None and returns what it made.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")


def go_on(work: Generator[None, None, T], budget_s: float) -> T | None:
    """Work for so many seconds, one bite at least; returns what was made, None while there is more to do."""
    end = time.perf_counter() + budget_s
    try:
        next(work)
        while time.perf_counter() < end:
            next(work)
    except StopIteration as done:
        return done.value
    return None


def at_once(work: Generator[None, None, T]) -> T:
    """Run through without a breath; returns what was made."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def gathered(found: Iterable[T | None]) -> Generator[None, None, list[T]]:
    """All that comes but None, each of which is a breath."""
    all_of_it: list[T] = []
    for one in found:
        if one is None:
            yield
        else:
            all_of_it.append(one)
    return all_of_it
