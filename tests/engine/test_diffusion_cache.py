# SPDX-License-Identifier: Apache-2.0
"""The byte-budget cache: least recently used goes first, growth counts, the entry in use stays."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from server.engine.byte_cache import ByteCache, default_budget


@dataclass
class Block:
    size: int

    def nbytes(self) -> int:
        return self.size


def test_least_recently_used_goes_first() -> None:
    cache: ByteCache[Block] = ByteCache(10)
    for name in "abc":
        cache.put(name, Block(3))
    assert cache.get("a") is not None
    cache.put("d", Block(3))
    assert cache.keys() == ("c", "a", "d")
    assert cache.get("b") is None


def test_growth_is_noticed_and_the_entry_in_use_stays() -> None:
    cache: ByteCache[Block] = ByteCache(10)
    old, grown = Block(4), Block(4)
    cache.put("old", old)
    cache.put("grown", grown)
    grown.size = 100
    cache.trim()
    assert cache.keys() == ("grown",)
    assert cache.nbytes() == 100
    cache.clear()
    assert len(cache) == 0


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 12)), max_size=40))
def test_the_budget_holds_after_every_put(puts: list[tuple[str, int]]) -> None:
    cache: ByteCache[Block] = ByteCache(20)
    for name, size in puts:
        cache.put(name, Block(size))
        assert cache.nbytes() <= 20 or len(cache) == 1
        assert cache.keys()[-1] == name


def test_budgets_make_sense() -> None:
    assert default_budget(torch.device("cpu")) > 1 << 28
    with pytest.raises(ValueError, match="above 0 bytes, got 0"):
        ByteCache(0)
    with pytest.raises(ValueError, match=r"1\.5"):
        default_budget(torch.device("cpu"), share=1.5)
