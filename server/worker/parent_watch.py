# SPDX-License-Identifier: Apache-2.0
"""A worker never outlives its front: its standard input is a pipe that ends when the front does.

The pipe also carries, as its first line, the secret the worker shows when it connects, so that the secret is
in no argument list and no environment.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import BinaryIO


def read_secret(pipe: BinaryIO) -> bytes:
    """The first line of the pipe, as raw bytes. Raises ValueError when it is not hexadecimal."""
    return bytes.fromhex(pipe.readline(256).decode("ascii").strip())


def die_with(pipe: BinaryIO) -> None:
    """End this process, whatever it is doing, when the pipe is closed."""
    _die_with_on_linux()

    def watch() -> None:
        while pipe.read(64):
            pass
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _die_with_on_linux() -> None:
    """Ask the kernel for a KILL when the front dies: holds even while a library keeps Python's lock."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes
    import signal

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
