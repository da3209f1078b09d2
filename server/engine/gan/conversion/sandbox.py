# SPDX-License-Identifier: Apache-2.0
"""Takes from this process what reading numbers does not need: network, files, programs, modules, memory.

The second wall behind `opcodes`, should that one have a hole. It cannot be undone in this process.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
ALLOWED = frozenset(
    (
        *("builtins.id", "sys._getframe", "sys._getframemodulename", "sys.unraisablehook"),
        *("sys.excepthook", "object.__getattr__", "object.__setattr__", "object.__delattr__"),
        *("cpython._PySys_ClearAuditHooks", "cpython.PyInterpreterState_Clear"),
    )
)
CPU_SECONDS = 900
HEADROOM = 2 << 30


def confine(size: int) -> None:
    """From now on: no network, no opening of files, no programs, no imports; memory by the file's ``size``.

    What is open stays open. Every Python event that `ALLOWED` does not name raises PermissionError.
    """
    if sys.platform == "linux":
        _leave_the_network()
    _limit(size)
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event not in ALLOWED:
        raise PermissionError(f"{event} is not needed for reading numbers")


def _leave_the_network() -> None:
    """An empty network namespace, where the kernel lets us; the audit hook holds in any case."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def _limit(size: int) -> None:
    """Memory, seconds of the processor, size of what is written."""
    if sys.platform == "win32":
        return
    import resource

    limits = {
        resource.RLIMIT_AS: HEADROOM + 6 * size,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: (64 << 20) + 4 * size,
        resource.RLIMIT_CORE: 0,
    }
    for kind, wanted in limits.items():
        _, most = resource.getrlimit(kind)
        soft = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(kind, (soft, soft))
