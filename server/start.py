# SPDX-License-Identifier: Apache-2.0
"""Find the engine that runs, or start one that outlives us: for whoever needs an engine and is allowed to."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from protocol import session
from protocol.client import Client
from protocol.errors import ProtocolError
from protocol.places import VARIABLE, lock_path, log_path, run_folder
from protocol.private import private_folder
from protocol.session import Session
from server.front.file_lock import taken

_POLL_S = 0.02


class NoEngine(Exception):
    """There is no engine and none could be started; the message says why and what to do."""


def find_or_start_engine(path: Path | None = None, *, timeout_s: float = 30.0) -> Session:
    """The running engine's session, of an engine started for this call if there was none. Raises NoEngine."""
    place = _place(path)
    found = find_engine(place)
    if found is not None:
        return found
    try:
        process = start_engine(place)
    except ProtocolError as error:
        raise NoEngine(error.message) from None
    except OSError as error:
        raise NoEngine(
            f"The engine cannot be started: {error.filename or place}: {error.strerror or error}. "
            f"Set {VARIABLE} to a file in a folder that you may write to."
        ) from None
    # It outlives us; while we live, somebody has to be told of its end.
    threading.Thread(target=process.wait, name="engine", daemon=True).start()
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = _read(place)
        if found is not None and not session.is_stale(found):
            return found
        if process.poll() is not None and not taken(lock_path(place)) and _read(place) is None:
            raise NoEngine(_why(place, process.returncode))
        time.sleep(_POLL_S)
    raise NoEngine(
        f"The engine did not start within {timeout_s:g} s. Its log is {log_path(place)}; "
        "`pullbrush doctor` checks what it needs."
    )


def find_engine(path: Path | None = None, *, timeout_s: float = 5.0) -> Session | None:
    """The session of an engine that answers, else None; a file left behind by one that crashed does not count.

    Raises NoEngine when there is a session file that cannot be trusted.
    """
    place = _place(path)
    found = _read(place)
    if found is None or session.is_stale(found):
        return None
    with (
        Client("pullbrush-finder", pid=os.getpid(), session=found) as client,
        suppress(ProtocolError),
    ):
        client.connect(timeout_s)
        return found
    return None


def start_engine(path: Path | None = None) -> subprocess.Popen[bytes]:
    """Start an engine in the background, in a process group of its own. Raises ProtocolError, OSError."""
    place = path or session.session_path()
    session.check_place(place)
    private_folder(run_folder(place))
    command = [sys.executable, "-P", "-m", "server", "--quiet", "--session-file", str(place)]
    command += ["--launcher", str(os.getpid())]
    with _startup_log(place).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            close_fds=True,
        )


def _place(path: Path | None) -> Path:
    try:
        return path or session.session_path()
    except ProtocolError as error:
        raise NoEngine(error.message) from None


def _startup_log(place: Path) -> Path:
    log = log_path(place)
    os.close(os.open(log, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    return log


def _read(place: Path) -> Session | None:
    try:
        return session.read(place)
    except ProtocolError as error:
        if error.code == "session.unsafe":
            raise NoEngine(error.message) from None
        return None


def _why(place: Path, code: int | None) -> str:
    lines = log_path(place).read_text(encoding="utf-8", errors="replace").splitlines()
    last = lines[-1].rstrip(".") if lines else "it said nothing"
    return f"The engine ended at once (exit code {code}): {last}. `pullbrush doctor` checks what it needs."
