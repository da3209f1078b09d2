# SPDX-License-Identifier: Apache-2.0
"""An edit session for scripts, which may wait: the command line, tests, batch runs."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...sentences import say
from .edit_session import EditSession
from .outcome import Outcome
from .progress import SessionError
from .state_machine import BUSY

POLL_S = 0.05


def finish(
    session: EditSession, timeout: float, on_tick: Callable[[], None] | None = None
) -> Outcome:
    """Run the chosen edit and wait for its result, which is not applied yet.

    Raises SessionError when it does not work, with code `deadline` after `timeout` seconds. `on_tick` is called
    after every turn, for progress bars.
    """
    session.artifacts.outcome = None
    session.run()
    wait_until(session, lambda: session.stage not in BUSY, timeout, on_tick)
    if session.failure is not None:
        raise session.failure
    if session.outcome is None:
        raise SessionError("cancelled", say("session.stopped"))
    return session.outcome


def put_in(
    session: EditSession, timeout: float, on_tick: Callable[[], None] | None = None
) -> Outcome:
    """Apply the result and wait until it is in the document, which may take many turns.

    Raises SessionError when the document does not take it, or shows another picture now.
    """
    before = len(session.applied)

    def ended() -> bool:
        refused = session.failure is not None or session.stale is not None
        return len(session.applied) > before or refused

    session.apply()
    wait_until(session, ended, timeout, on_tick)
    if session.failure is not None:
        raise session.failure
    if len(session.applied) == before:
        raise SessionError("host", session.status.stale_sentence)
    return session.applied[-1]


def wait_until(
    session: EditSession,
    good: Callable[[], bool],
    timeout: float,
    on_tick: Callable[[], None] | None = None,
) -> None:
    """Tick until `good`; raises SessionError `deadline` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        session.tick(budget=1.0)
        if on_tick is not None:
            on_tick()
        if good():
            return
        if time.monotonic() > deadline:
            reason = session.engine.problem or say("session.late", seconds=timeout)
            raise SessionError("deadline", reason)
        if not session.status.is_reading:
            session.engine.connection.sleep(POLL_S)
