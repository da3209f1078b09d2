# SPDX-License-Identifier: Apache-2.0
"""Callbacks that never raise into a toolkit: an exception there opens dialogs, or is lost on a console."""

from __future__ import annotations

import functools
import traceback
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

problems: deque[str] = deque(maxlen=20)
"""The newest tracebacks, for `diagnosing.diagnostics`."""


class Closable(Protocol):
    """A host as far as this needs it."""

    def document_key(self) -> str | None: ...


@contextmanager
def while_open(host: Closable) -> Generator[None, None, None]:
    """Ask a document that may be closed between two questions: what goes wrong then is no problem, and is over."""
    try:
        yield
    except Exception:
        if host.document_key() is not None:
            raise


F = TypeVar("F", bound=Callable[..., Any])


def guarded(slot: F) -> F:
    """Keep what goes wrong in a callback for the diagnostics instead of letting it out."""

    @functools.wraps(slot)
    def run(*args: Any, **named: Any) -> Any:
        try:
            return slot(*args, **named)
        except Exception:
            problems.append(traceback.format_exc())
            return None

    return cast(F, run)
