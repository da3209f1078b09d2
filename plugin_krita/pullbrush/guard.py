# SPDX-License-Identifier: GPL-3.0-or-later
"""Slots that never raise: an exception in a slot opens a dialog in Krita, and blocks it from being closed."""

from __future__ import annotations

import functools
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

problems: deque[str] = deque(maxlen=20)
"""The newest tracebacks, for `copy diagnostics`."""

F = TypeVar("F", bound=Callable[..., Any])


def guarded(slot: F) -> F:
    """Keep what goes wrong in a slot for the diagnostics instead of letting it out."""

    @functools.wraps(slot)
    def run(*args: Any, **named: Any) -> Any:
        try:
            return slot(*args, **named)
        except Exception:
            problems.append(traceback.format_exc())
            return None

    return run  # type: ignore[return-value]
