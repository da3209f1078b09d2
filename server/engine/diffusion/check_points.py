# SPDX-License-Identifier: Apache-2.0
"""Check points inside of long passes through a network, between its layers: a cancel need not wait for the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from torch import nn

from server.engine.api import Check

PULSE = 0.5
"""Seconds after which the next layer that begins is a check point."""


@contextmanager
def checked_between(parts: Iterable[nn.Module], check: Check) -> Iterator[None]:
    """Runs ``check`` before a part when the last check is at least `PULSE` seconds ago."""
    asked = now_and_then(check)

    def hook(_module: nn.Module, _inputs: Any) -> None:
        asked()

    handles = [part.register_forward_pre_hook(hook) for part in parts]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def now_and_then(check: Check) -> Check:
    """The same check, asked at most every `PULSE` seconds: for whoever asks before each small part of long work."""
    last = monotonic()

    def asked() -> None:
        nonlocal last
        if monotonic() - last >= PULSE:
            check()
            last = monotonic()

    return asked


def layers(network: object) -> list[nn.Module]:
    """The smallest parts of a network, each one operation; none of what is no torch module."""
    if not isinstance(network, nn.Module):
        return []
    return [module for module in network.modules() if next(module.children(), None) is None]
