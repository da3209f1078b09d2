# SPDX-License-Identifier: Apache-2.0
"""How many threads a model worker computes with."""

from __future__ import annotations

import os


def compute_threads() -> int:
    """`OMP_NUM_THREADS` where it is set, else half of the cores: the others stay the artist's own.

    More threads than idle cores make an edit many times slower, not faster.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    return max(1, (os.cpu_count() or 2) // 2)


def calm() -> None:
    """Let libraries loaded from now on in this process compute like a worker: before torch is imported."""
    os.environ.setdefault("OMP_NUM_THREADS", str(compute_threads()))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
