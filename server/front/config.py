# SPDX-License-Identifier: Apache-2.0
"""How long the front waits for what, and how much it keeps."""

from __future__ import annotations

from dataclasses import dataclass, fields

from protocol import limits


@dataclass(frozen=True, kw_only=True)
class Config:
    """Seconds and bytes; the defaults are those of the protocol. Raises ValueError for negative ones."""

    idle_exit_s: float = limits.IDLE_EXIT_MS / 1000
    """Without any session for this long, the engine exits."""
    handshake_s: float = limits.HANDSHAKE_MS / 1000
    session_silent_s: float = 30.0
    """A client that says nothing for this long (it pings every 2 s) is taken for gone."""
    result_kept_s: float = limits.RESULT_KEPT_MS / 1000
    no_credit_s: float = limits.NO_CREDIT_DROP_MS / 1000
    watchdog_s: float = 60.0
    """A worker that gives no sign of life for this long is killed: makes no step, computes nothing, reads nothing."""
    loading_s: float = 120.0
    """The same while it starts or loads a model."""
    cancel_grace_s: float = 5.0
    restarts: int = 5
    stable_s: float = 10.0
    """A worker that ran this long before it died starts counting from one again."""
    backoff_s: float = 0.2
    """Wait before the first restart; doubles with each."""
    cooldown_s: float = 60.0
    """After the last restart, a worker is tried again when this has passed and somebody asks."""
    worker_ping_s: float = 2.0
    blob_quota: int = limits.BLOB_QUOTA
    results_quota: int = limits.GIB
    jobs_queued: int = limits.JOBS_QUEUED
    model_workers: int = 1

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 0:
                raise ValueError(f"{field.name} must not be negative, got {value}")
        if self.model_workers < 1:
            raise ValueError(f"an engine needs at least one model worker, got {self.model_workers}")
