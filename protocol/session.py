# SPDX-License-Identifier: Apache-2.0
"""The session file: where the running engine is, and the secret that proves it.

Whoever can read it can use the engine, so only its owner may: the file is 0600, written beside its place and renamed
over an older session file, but over nothing else. Where it lies says `places.py`, what folders must be `private.py`.
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
from .places import VARIABLE, session_path
from .private import create, file_folder, unsafe
from .record import Record


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


def write(session: Session, path: Path | None = None) -> Path:
    """Write the session file, whole or not at all, readable by its owner only; returns its path.

    Raises ProtocolError `session.unsafe` where it must not lie (see `check_place`) or cannot be private; OSError.
    """
    place = path or session_path()
    check_place(place)
    beside = place.with_name(f".{place.name}.{ids.new()}")
    file = create(beside)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump(session.to_plain(), out)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(place)  # a symlink planted meanwhile is replaced, never followed
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return place


def check_place(place: Path) -> None:
    """Make the session file's folder if need be, and see that nothing of somebody else's lies at its place.

    Raises ProtocolError `session.unsafe`: a folder that others can write into, a file that is no session file; OSError.
    """
    file_folder(place.parent)
    if not os.path.lexists(place):
        return
    if place.is_symlink() or not place.is_file():
        raise unsafe(
            f"{place} is not a plain file, so it is left alone. "
            f"Set {VARIABLE} to a file that is not there yet."
        )
    with place.open("rb") as source:
        text = source.read(SESSION_FILE_MAX + 1)
    try:
        _parsed(text)
    except (ValueError, ProtocolError):
        raise unsafe(
            f"{place} is a file that Pullbrush did not write, so it is left alone. "
            f"Set {VARIABLE} to a file that is not there yet, or delete it if you do not need it."
        ) from None


def read(path: Path | None = None) -> Session:
    """Read the session file; raises ProtocolError `session.missing` or `session.unsafe`."""
    place = path or session_path()
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        file = os.open(place, flags)
    except (FileNotFoundError, NotADirectoryError):
        raise ProtocolError("session.missing") from None
    except OSError as error:
        raise unsafe(
            f"{place} cannot be opened ({error.strerror}). "
            f"Set {VARIABLE} to a file in a folder of yours, or remove what lies there."
        ) from None
    try:
        _check_owned(os.fstat(file), place)
    except ProtocolError:
        os.close(file)
        raise
    with os.fdopen(file, "rb") as source:
        text = source.read(SESSION_FILE_MAX + 1)
    try:
        return _parsed(text)
    except ValueError as error:
        raise ProtocolError(
            "session.unsafe", f"{place} is not a session file ({error}). Delete it."
        ) from None


def _parsed(text: bytes) -> Session:
    """Raises ValueError for what is no session file, and ProtocolError for endpoints that are elsewhere."""
    if len(text) > SESSION_FILE_MAX:
        raise ValueError(f"more than {SESSION_FILE_MAX} bytes")
    try:
        return Session.from_plain(_object(json.loads(text)))
    except (RecursionError, ParamError) as error:
        raise ValueError(str(error)) from None


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
            "session.unsafe",
            f"{place} is not a plain file. Set {VARIABLE} to a file that is not there yet.",
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
