# SPDX-License-Identifier: Apache-2.0
"""A cache with a byte budget: least recently used goes first.

Inversions are worth keeping (a re-edit skips 50 network evaluations) but SD1.5's take gigabytes, so what
counts is bytes, not entries. Entries may grow after they were put in; sizes are asked anew at each trim.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import torch


class Sized(Protocol):
    """Anything that can say how many bytes it holds now."""

    def nbytes(self) -> int: ...


S = TypeVar("S", bound=Sized)


class ByteCache(Generic[S]):
    """Values by content key, together at most ``budget`` bytes after each ``trim``.

    The most recently used entry is kept even when it alone is larger than the budget: the edit that needs
    it is running.
    """

    def __init__(self, budget: int) -> None:
        if budget <= 0:
            raise ValueError(f"a cache needs a budget above 0 bytes, got {budget}")
        self.budget = budget
        self._entries: OrderedDict[str, S] = OrderedDict()

    def get(self, key: str) -> S | None:
        """The value, now the most recently used, or None."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key]

    def put(self, key: str, value: S) -> None:
        """Stores a value as the most recently used and trims."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        self.trim()

    def trim(self) -> None:
        """Drops least recently used entries until the budget holds or one entry is left."""
        while len(self._entries) > 1 and self.nbytes() > self.budget:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forgets everything, e.g. after the device ran out of memory."""
        self._entries.clear()

    def remove(self, unwanted: Callable[[S], bool]) -> None:
        """Forgets the values that are ``unwanted``."""
        for key in [key for key, value in self._entries.items() if unwanted(value)]:
            del self._entries[key]

    def nbytes(self) -> int:
        """Bytes held by all entries now."""
        return sum(value.nbytes() for value in self._entries.values())

    def keys(self) -> tuple[str, ...]:
        """Keys from least to most recently used."""
        return tuple(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def default_budget(device: torch.device, *, share: float = 0.25) -> int:
    """A quarter of the device's memory, in bytes."""
    if not 0.0 < share <= 1.0:
        raise ValueError(f"the share of memory must be above 0 and at most 1, got {share}")
    if device.type == "cuda":
        total = torch.cuda.get_device_properties(device).total_memory
    else:
        total = (
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
            if hasattr(os, "sysconf")
            else 4 << 30
        )
    return int(total * share)
