# SPDX-License-Identifier: GPL-3.0-or-later
"""The line to the engine, as a program of GIMP's opens it: a procedure or the panel."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .plugin import program
from .protocol.client import Client
from .protocol.line import Line
from .version import VERSION

FOLDER = Path(__file__).resolve().parent


def make_line(ring: Any = lambda: None) -> Line:
    """Return a line that is not begun yet; the engine is started by what `pullbrush install gimp` wrote.

    That lies in GIMP's settings. `ring` is called in another thread when there is news.
    """
    app, _, version = program().partition(" ")

    def make() -> Client:
        return Client(app.lower(), app_version=version, plugin_version=VERSION, pid=os.getpid())

    return Line(make, (FOLDER.parents[1],), ring)
