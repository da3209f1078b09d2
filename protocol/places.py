# SPDX-License-Identifier: Apache-2.0
"""Where the session file and what belongs to it lie: the one place that knows.

The file lies under the home, not under XDG or runtime folders, because a sandboxed paint program sees those elsewhere;
`PULLBRUSH_SESSION` overrides. A Snap cannot read hidden folders of the home, and a Flatpak perhaps nothing of it, but
each has a folder that both sides can use: where `pullbrush install` made ours in it, that one is taken, and an engine
outside writes a copy of its session file there. All else of the engine's (socket, lock, log) lies in a folder of its
own beside the session file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from .errors import ProtocolError

VARIABLE = "PULLBRUSH_SESSION"
FOLDER = ".pullbrush"
FILE = "engine.json"
SOCKET_PATH_MAX = 100
"""Longest path of a unix socket that Linux (108) and macOS (104) both take, with room for the closing zero."""
_SANDBOXES = ("snap/*/common", ".var/app/*")


def home() -> Path:
    """Return the home folder; raises ProtocolError `session.unsafe` where there is none."""
    try:
        found = Path.home()
    except RuntimeError:
        found = Path()
    if not found.is_absolute():
        raise ProtocolError(
            "session.unsafe",
            f"There is no home folder. Set HOME to a folder of yours, or {VARIABLE} to a file in one.",
        )
    return found


def session_path() -> Path:
    """Return where the session file lies; raises ProtocolError where there is no home folder."""
    if chosen := os.environ.get(VARIABLE):
        try:
            return Path(chosen).expanduser().absolute()
        except RuntimeError:  # ~ without a home, ~somebody who is not there
            raise ProtocolError(
                "session.unsafe",
                f"{VARIABLE} is {chosen}, which names no home folder that is known.",
            ) from None
    granted = (folder / FOLDER for folder in _sandbox_of(os.environ))
    return next((folder for folder in granted if folder.is_dir()), home() / FOLDER) / FILE


def _sandbox_of(env: Mapping[str, str]) -> list[Path]:
    """The folder of the Snap or Flatpak in which this program runs, which programs outside can use, too."""
    found: list[Path] = []
    if snap := env.get("SNAP_USER_COMMON"):
        found.append(Path(snap))
    if flatpak := env.get("FLATPAK_ID"):
        found.append(home() / ".var" / "app" / flatpak)
    return found


def shared_with(path: Path) -> list[Path]:
    """Return where copies of the session file `path` belong: in the sandboxes with our folder in them.

    Only for the file that lies where it always does: one that was chosen is nobody else's business.
    """
    if path != home() / FOLDER / FILE:
        return []
    return sorted(
        folder / FILE
        for pattern in _SANDBOXES
        for folder in home().glob(f"{pattern}/{FOLDER}")
        if folder.is_dir()
    )


def run_folder(path: Path) -> Path:
    """Return the folder of what an engine needs beside its session file: nothing else lies in it."""
    return path.with_name(f"{path.name}.run")


def socket_path(path: Path | None = None) -> Path | None:
    """Return where the unix socket of this session lies; None where there cannot be one."""
    return socket_in(run_folder(path or session_path()), "engine.sock")


def socket_in(folder: Path, name: str) -> Path | None:
    """Return a unix socket's place in a folder; None where its path is too long or no text."""
    place = folder / name
    raw = os.fsencode(place)
    if sys.platform == "win32" or len(raw) > SOCKET_PATH_MAX:
        return None
    return place if raw.decode("utf-8", "replace") == str(place) else None


def log_path(path: Path | None = None) -> Path:
    """Return where the engine of this session file writes its log."""
    return run_folder(path or session_path()) / "engine.log"


def lock_path(path: Path) -> Path:
    """Return the lock of the engine of this session file."""
    return run_folder(path) / "engine.lock"


def as_text(path: Path | str) -> str:
    """Return a path as text that can be written anywhere: bytes of it that are no text are shown as `\\xe9`."""
    return "".join(_writable(letter) for letter in os.fspath(path))


def _writable(letter: str) -> str:
    if "\udc80" <= letter <= "\udcff":  # how Python holds a byte that is no text
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return "\ufffd" if "\ud800" <= letter <= "\udfff" else letter
