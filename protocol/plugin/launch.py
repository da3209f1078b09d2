# SPDX-License-Identifier: Apache-2.0
"""Starting the engine from inside a paint program, by the command that `pullbrush install` wrote.

The engine must not inherit what the program set up for its own Python, Qt or libraries, must not open a console, and
outlives the program: it is shared (DESIGN §2). `Launcher` listens to the connection and starts one when none is there.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

from ..events import Connected, Event, Reconnecting
from ..places import log_path, session_path
from ..sentences import say
from .strings import Strings

FILE = "pullbrush-engine.json"
"""Not in the plug-in's folder, which an update replaces: beside it in Krita, in GIMP's folder of settings."""
FORMAT = 1
BETWEEN_S = 20.0
"""An engine gets this long to answer before another is started."""
TRIES_MAX = 3
MISSING = ("session.missing", "engine.unreachable")
_FOREIGN = ("PYTHON", "QT_", "QML", "QTDIR", "GST_", "DYLD_", "KRITA", "APPDIR", "APPIMAGE", "GI_")
_FOREIGN_WORDS = ("LD_LIBRARY_PATH", "LD_PRELOAD", "ARGV0", "OWD", "VIRTUAL_ENV", "GIO_MODULE_DIR")

_WORDS_MAX = 20_000
_NO_WINDOW = 0x08000000 | 0x00000200
"""CREATE_NO_WINDOW and CREATE_NEW_PROCESS_GROUP, which only Windows' own Python names."""

State = Literal["ready", "starting", "absent", "lost"]


@dataclass(frozen=True, kw_only=True)
class EngineState:
    """How the engine stands, for the panel. `command` is what to type where it cannot be started from here."""

    kind: State
    sentence: str = ""
    command: str = "pullbrush serve"
    code: str = ""

    def said(self, strings: Strings) -> str:
        """Return the sentence in the artist's language, as far as its code is known there."""
        return strings.error(self.code, self.sentence) if self.code else strings.said(self.sentence)


def write_command(folder: Path, command: Sequence[str]) -> Path:
    """Write how to start the engine, readable by its owner only; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / FILE
    beside = place.with_name(f".{FILE}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(beside, flags, 0o600), "w", encoding="utf-8") as out:
        json.dump({"format": FORMAT, "command": list(command)}, out)
    beside.replace(place)
    return place


def read_command(*folders: Path) -> list[str]:
    """Return the first command found in these folders, [] without one that may be trusted."""
    for folder in folders:
        place = folder / FILE
        try:
            if not _is_ours(place):
                continue
            node: Any = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        words: Any = cast("dict[str, Any]", node).get("command") if isinstance(node, dict) else None
        if (
            isinstance(words, list)
            and words
            and all(isinstance(w, str) for w in cast("list[Any]", words))
        ):
            command = cast("list[str]", words)
            if Path(command[0]).is_absolute():
                return command
    return []


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what a paint program set for itself."""
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(_FOREIGN) and name.upper() not in _FOREIGN_WORDS
    }


def start(command: Sequence[str], said: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start the engine in the background; why it cannot start goes into `said`. Raises OSError when it cannot run."""
    hidden = sys.platform == "win32"
    return subprocess.Popen(  # noqa: S603 (the owner's own file names the command)
        [*command, "--quiet", "--launcher", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if said is None else said,
        env=clean_environment(os.environ),
        cwd=str(Path.home()),
        close_fds=True,
        start_new_session=not hidden,
        creationflags=_NO_WINDOW if hidden else 0,
    )


class Launcher:
    """Hears what happens to the connection, and keeps the engine running; lives in the connection's thread."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.state = EngineState(kind="lost")
        self._folders = tuple(folders)
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._words = ""
        self._started = -BETWEEN_S
        self._tries = 0
        self._asked = self._now = False
        """Whether the artist asked for the try that is under way, and whether it is still to be made."""
        self._missing: Reconnecting | None = None
        """That there is no engine, as the connection said last, if that is what it said."""

    def hear(self, event: Event | None) -> None:
        """Take note of an event, and start an engine if there is none; None: nothing happened, it is another turn."""
        if isinstance(event, Connected):
            self._tries, self._asked, self._missing = 0, False, None
            self.state = EngineState(kind="ready")
        elif isinstance(event, Reconnecting):
            self._missing = event if event.code in MISSING else None
            if self._missing is None:
                self.state = EngineState(kind="lost", sentence=event.message, code=event.code)
        elif self._process is not None:
            self._process.poll()  # one that ended must not stay behind as a zombie
        if self._missing is not None and (self._now or event is self._missing):
            self._now = False
            self._start_one(self._missing)

    def again(self) -> None:
        """The artist asks for another try; it is made in the connection's next turn."""
        self._tries, self._started, self._asked = 0, -BETWEEN_S, True
        self._now = True

    def _start_one(self, event: Reconnecting) -> None:
        folders = (*self._folders, session_path().parent)
        command = read_command(*folders)
        if not command and self._asked:
            places = ", ".join(str(folder / FILE) for folder in folders)
            self.state = EngineState(kind="absent", sentence=say("engine.no_way", places=places))
            return
        if not command:
            kind: State = "lost" if self.state.kind == "ready" else "absent"
            self.state = EngineState(kind=kind, sentence=event.message, code=event.code)
            return
        if time.monotonic() - self._started < BETWEEN_S:
            if self._process is not None and self._process.poll():
                last = self._last_words()
                self._failed("engine.ended_saying" if last else "engine.ended", reason=last)
            return
        if self._tries >= TRIES_MAX:
            self._failed("engine.silent")
            return
        self._tries, self._started = self._tries + 1, time.monotonic()
        self.state = EngineState(kind="starting", command=" ".join(command))
        try:
            self._said = tempfile.TemporaryFile()  # noqa: SIM115 - the engine writes as long as it runs
            weakref.finalize(self, self._said.close)
            self._process = start(command, self._said)
        except OSError as problem:
            self._failed("engine.no_command", program=command[0], reason=problem.strerror or "")

    def _last_words(self) -> str:
        """What the engine that ended said last; it says one sentence when it cannot be where it should."""
        if self._said is not None:
            self._said.seek(0)
            lines = self._said.read(_WORDS_MAX).decode("utf-8", "replace").strip().splitlines()
            self._said.close()
            self._said, self._words = None, lines[-1].strip() if lines else ""
        return self._words

    def _failed(self, why: str, **values: str) -> None:
        sentence = say("engine.not_started", why=why, log=str(log_path()), **values)
        self.state = EngineState(kind="absent", sentence=sentence)


def _is_ours(place: Path) -> bool:
    """Whether nobody else could have written the file."""
    found = place.stat()
    if sys.platform == "win32":
        return stat.S_ISREG(found.st_mode)
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
