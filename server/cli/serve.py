# SPDX-License-Identifier: Apache-2.0
"""`pullbrush serve`: the engine in this terminal."""

from __future__ import annotations

import math

from protocol import session
from server.front.config import Config
from server.front.main import RUNNING, CannotStart, Settings
from server.front.main import serve as run_front

from .problem import ENGINE, USAGE, Problem
from .streams import flush, say


def serve(idle_minutes: float) -> None:
    """Run the front until Ctrl+C or until nobody has used it for a while."""
    if not 0 < idle_minutes < math.inf:
        raise Problem(f"--idle-exit must be a positive number of minutes, not “{idle_minutes:g}”.")

    def ready() -> None:
        path = session.session_path()
        say(f"The engine is ready; clients find it by {path}. Ctrl+C stops it.")
        say(f"It leaves after {idle_minutes:g} minutes without any client.")
        flush()

    try:
        run_front(Settings(config=Config(idle_exit_s=idle_minutes * 60)), ready)
    except CannotStart as problem:
        code = USAGE if str(problem) == RUNNING else ENGINE
        raise Problem(str(problem), code=code) from None
