# SPDX-License-Identifier: Apache-2.0
"""Running the command, and ending the engine it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from patience import PATIENCE_S

from protocol import session
from protocol.errors import ProtocolError

Run = Callable[..., subprocess.CompletedProcess[str]]


def command(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """`pullbrush …` in a process of its own; keyword arguments are environment variables."""
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *map(str, arguments)],
        env=os.environ | more,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def end_engine(place: Path) -> None:
    """Stop the engine of a session file, as Ctrl+C would."""
    try:
        pid = session.read(place).pid
    except ProtocolError:
        return
    try:
        process = psutil.Process(pid)
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    except psutil.NoSuchProcess:
        return
    deadline = time.monotonic() + 5
    while place.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
