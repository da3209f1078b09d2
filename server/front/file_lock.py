# SPDX-License-Identifier: Apache-2.0
"""One engine per session file: a lock that the system releases when its holder dies, however it dies."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What the systems say when somebody else holds a lock; anything else is a disk that cannot lock."""


def taken(path: Path) -> bool:
    """Whether an engine holds the lock just now: one runs, starts or ends."""
    if not path.parent.is_dir():
        return False
    lock = Lock(path)
    try:
        lock.take()
    except Taken:
        return True
    lock.release()
    return False


class Taken(Exception):
    """Another engine holds the lock."""


class Lock:
    """Held from `take` until this process ends or calls `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def take(self) -> None:
        """Raises Taken when another process holds it, OSError where nothing can be locked."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(self._path, flags, 0o600)
        try:
            _lock(file)
        except OSError as error:
            os.close(file)
            if error.errno in _HELD:
                raise Taken from None
            raise OSError(error.errno, error.strerror, str(self._path)) from None
        self._file = file

    def release(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


if sys.platform == "win32":

    def _lock(file: int) -> None:
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:

    def _lock(file: int) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
