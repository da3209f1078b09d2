# SPDX-License-Identifier: Apache-2.0
"""A job whose time is measured from its beginning to its end, on the device that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch

from server.engine.api import OnStep
from server.engine.step_watch import Watch
from server.engine.timing.running import Running


@contextmanager
def timed(running: Running, on_step: OnStep) -> Iterator[Watch]:
    """What was measured is learned, however the job ends; when it ends well, a last step says that the bar is full."""
    watch = Watch(on_step, running=running)
    try:
        yield watch
    except BaseException:
        running.learn()
        raise
    running.finish()
    watch.tell(replace(watch.step, step=watch.step.steps, preview=None))


def settled(device: torch.device) -> Callable[[], None]:
    """Waits for a device that is told what to do and goes on by itself."""
    return torch.cuda.synchronize if device.type == "cuda" else lambda: None


def described(device: torch.device, dtype: torch.dtype) -> str:
    """What times depend on besides the model: the device, how many threads, the kind of numbers."""
    kind = str(dtype).removeprefix("torch.")
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, {kind}"
    return f"{device.type}, {torch.get_num_threads()} threads, {kind}"
