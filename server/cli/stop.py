# SPDX-License-Identifier: Apache-2.0
"""`pullbrush stop`: the running engine ends in its own time, and says so."""

from __future__ import annotations

import os
import signal
import time

from protocol import session
from protocol.client import Client
from protocol.errors import ProtocolError
from protocol.messages import EngineShutdown, Error
from server.start import NoEngine, find_engine

from .problem import ENGINE, FAILED, Problem
from .streams import print_json, say

PATIENCE_S = 10.0
ENDING_S = 60.0
"""An engine that was asked to end lets its workers end first."""


def stop(*, as_json: bool, force: bool) -> None:
    """Ask the engine to end and wait until it has. Without one, that is said and nothing is wrong.

    `force` ends one that other programs use. Raises Problem.
    """
    try:
        found = find_engine()
    except NoEngine as problem:
        raise Problem(str(problem), code=ENGINE) from None
    if found is None:
        _say(as_json, "No engine is running.", stopped=False)
        return
    with Client("pullbrush-stop", pid=os.getpid(), session=found) as client:
        try:
            client.connect(PATIENCE_S)
            if force:
                os.kill(found.pid, signal.SIGTERM)  # it ends as at Ctrl+C, its workers first
            _wait(client, found, "" if force else client.request(EngineShutdown()))
        except OSError as problem:
            text = f"The engine (process {found.pid}) cannot be ended: {problem.strerror}."
            raise Problem(text, code=FAILED) from None
        except ProtocolError as problem:
            refused = problem.code == "queue.full"
            hint = " `pullbrush stop --force` ends it at once." if refused else ""
            code = FAILED if refused else ENGINE
            raise Problem(problem.message + hint, code=code, name=problem.code) from None
    _say(as_json, f"The engine (process {found.pid}) has ended.", stopped=True, pid=found.pid)


def _wait(client: Client, found: session.Session, asked: str) -> None:
    """Until the process is gone. Raises ProtocolError when the engine refuses, or does not end."""
    deadline = time.monotonic() + ENDING_S
    while not session.is_stale(found):
        for event in client.receive():
            if isinstance(event, Error) and event.re == asked:
                raise ProtocolError(event.code, event.message)
        if time.monotonic() > deadline:
            text = f"The engine (process {found.pid}) does not end. Its log is {found.log}."
            raise ProtocolError("deadline", text)
        time.sleep(0.05)


def _say(as_json: bool, text: str, *, stopped: bool, pid: int | None = None) -> None:
    if as_json:
        print_json({"ok": True, "command": "stop", "stopped": stopped, "pid": pid, "text": text})
    else:
        say(text)
