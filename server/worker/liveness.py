# SPDX-License-Identifier: Apache-2.0
"""Signs that a process gets on although it makes no step: processor time, and what it reads from the disk.

Asked by the receiving thread, whose own time does not count: a computing thread that waits for ever uses none.
"""

from __future__ import annotations

import sys
import time
from typing import TypedDict

if sys.platform != "win32":
    import resource


class Signs(TypedDict):
    """cpu_ms: processor time of all other threads; reads: blocks and pages that came from the disk."""

    cpu_ms: int
    reads: int


def signs() -> Signs:
    """What this process has done since it began, all but the thread that asks."""
    spent = time.process_time() - time.thread_time()
    return Signs(cpu_ms=round(1000 * spent), reads=_reads())


def _reads() -> int:
    if sys.platform == "win32":
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_inblock + used.ru_majflt
