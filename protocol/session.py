# SPDX-License-Identifier: Apache-2.0
"""The session file: where the running engine is, and the secret that proves it.

Whoever can read it can use the engine, so only its owner may: the folder is 0700, the file 0600, written beside
its place and renamed over it. It lies under the home, not under XDG or runtime folders, because a sandboxed paint
program sees those elsewhere; `PULLBRUSH_SESSION` overrides.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

from . import VERSION, ids, refuse
from .errors import ParamError, ProtocolError
from .kinds import Count, Int, Text
from .limits import SESSION_FILE_MAX, TOKEN_BYTES
from .messages.base import Millis, Ulid
from .messages.opening import Pid, Proto
from .record import Record

VARIABLE = "PULLBRUSH_SESSION"
SOCKET_PATH_MAX = 100
"""Longest path of a unix socket that Linux (108) and macOS (104) both take, with room for the closing zero."""


@dataclass(frozen=True, kw_only=True)
class Session(Record):
    """What the session file says. `endpoints` in order of preference; `token` in hexadecimal."""

    endpoints: Annotated[tuple[Annotated[str, Text(512, 1)], ...], Count(8, 1)]
    engine_id: Ulid
    pid: Annotated[int, Int(1, 2**32 - 1)]
    started_ms: Millis
    proto: Proto
    token: Annotated[str, Text(2 * TOKEN_BYTES, 2 * TOKEN_BYTES, "[0-9a-f]*", secret=True)]
    launcher: Pid = 0
    log: Annotated[str, Text(4096)] = ""

    def check(self) -> None:
        for endpoint in self.endpoints:
            refuse.elsewhere(endpoint)

    def __repr__(self) -> str:  # the token must never reach a log
        return f"Session(engine_id={self.engine_id}, pid={self.pid}, endpoints={self.endpoints})"

    @property
    def secret(self) -> bytes:
        """The token as bytes."""
        return bytes.fromhex(self.token)


def session_path() -> Path:
    """Return where the session file lies: the one place that knows it."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    return Path.home() / ".pullbrush" / "engine.json"


def socket_path(path: Path | None = None) -> Path | None:
    """Return where the unix socket lies beside the session file; None where there cannot be one."""
    place = (path or session_path()).with_name("engine.sock")
    if sys.platform == "win32" or len(os.fsencode(place)) > SOCKET_PATH_MAX:
        return None
    return place


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner can enter; raises ProtocolError when it belongs to somebody else."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if sys.platform == "win32":
        return folder
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ProtocolError(
            "session.unsafe", f"{folder} is not a folder of yours. Remove it and try again."
        )
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def write(session: Session, path: Path | None = None) -> Path:
    """Write the session file, whole or not at all, readable by its owner only; returns its path."""
    place = path or session_path()
    private_folder(place.parent)
    beside = place.with_name(f".{place.name}.{ids.new()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(beside, flags, 0o600)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump(session.to_plain(), out)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(place)  # a symlink planted at the place is replaced, never followed
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return place


def read(path: Path | None = None) -> Session:
    """Read the session file; raises ProtocolError `session.missing` or `session.unsafe`."""
    place = path or session_path()
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        file = os.open(place, flags)
    except FileNotFoundError:
        raise ProtocolError("session.missing") from None
    except OSError as error:
        raise ProtocolError(
            "session.unsafe", f"{place} cannot be opened ({error.strerror})."
        ) from None
    with os.fdopen(file, "rb") as source:
        _check_owned(os.fstat(source.fileno()), place)
        text = source.read(SESSION_FILE_MAX + 1)
    try:
        if len(text) > SESSION_FILE_MAX:
            raise ValueError(f"more than {SESSION_FILE_MAX} bytes")
        return Session.from_plain(_object(json.loads(text)))
    except (ValueError, RecursionError, ParamError) as error:
        raise ProtocolError(
            "session.unsafe", f"{place} is not a session file ({error}). Delete it."
        ) from None


def remove(engine_id: str, path: Path | None = None) -> bool:
    """Delete the session file if it is this engine's; tells whether it was."""
    place = path or session_path()
    with contextlib.suppress(ProtocolError, OSError):
        if read(place).engine_id == engine_id:
            place.unlink(missing_ok=True)
            return True
    return False


def is_stale(session: Session) -> bool:
    """Tell whether the engine's process is gone.

    A sandboxed program must not ask: it sees other process numbers. For it, only the handshake tells.
    """
    return not _is_alive(session.pid)


def our_proto() -> Proto:
    """Return the versions this code can speak."""
    return Proto(major=VERSION[0], min_minor=0, max_minor=VERSION[1])


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ParamError("", "must be a map")
    return cast("dict[str, object]", value)


def _check_owned(found: os.stat_result, place: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ProtocolError(
            "session.unsafe", f"{place} is not a plain file. Delete it and start the engine again."
        )
    if sys.platform != "win32" and (found.st_uid != os.getuid() or found.st_mode & 0o077):
        raise ProtocolError(
            "session.unsafe", f"{place} is open to others. Delete it and start the engine again."
        )


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return _is_alive_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return status.rpartition(b")")[2].split()[:1] == [b"Z"]


def _is_alive_windows(pid: int) -> bool:
    # os.kill(pid, 0) would end the process there.
    import ctypes

    kernel: Any = getattr(ctypes, "WinDLL")("kernel32")  # noqa: B009 (exists there only)
    handle = kernel.OpenProcess(0x1000, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE
