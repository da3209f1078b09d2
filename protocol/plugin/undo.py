# SPDX-License-Identifier: Apache-2.0
"""Undo for immutable values: the past, the present and what was undone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

T = TypeVar("T")

STEPS_KEPT = 200


@dataclass(frozen=True, kw_only=True)
class Undo(Generic[T]):
    """A value with its history."""

    now: T
    past: tuple[T, ...] = ()
    future: tuple[T, ...] = ()

    def do(self, value: T) -> Undo[T]:
        """Make a step that can be undone."""
        if value == self.now:
            return self
        return Undo(now=value, past=(*self.past, self.now)[-STEPS_KEPT:])

    def adjust(self, value: T) -> Undo[T]:
        """Change the present without a step of its own, as while a handle is being pulled."""
        return replace(self, now=value)

    def undo(self) -> Undo[T]:
        """Go back one step; at the start, nothing changes."""
        if not self.past:
            return self
        return Undo(now=self.past[-1], past=self.past[:-1], future=(self.now, *self.future))

    def redo(self) -> Undo[T]:
        """Take an undone step again; at the end, nothing changes."""
        if not self.future:
            return self
        return Undo(now=self.future[0], past=(*self.past, self.now), future=self.future[1:])
