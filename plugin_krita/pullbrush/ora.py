# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to save an OpenRaster file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .qt import QtWidgets


def ask_place(main: Any, title: str) -> Path | None:
    """Let the artist choose a file; None when none was chosen."""
    chosen = QtWidgets.QFileDialog.getSaveFileName(main, title, "", "OpenRaster (*.ora)")[0]
    return Path(chosen) if chosen else None
