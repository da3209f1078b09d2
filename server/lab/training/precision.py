# SPDX-License-Identifier: Apache-2.0
"""Which precision a training computes in: bfloat16 where this machine is clearly quicker with it.

It is measured once, and kept in the user's cache: processes that share a training, and one that goes on with it,
compute alike. What a processor says of itself does not tell: without instructions for it bfloat16 is emulated and ten
times slower than float32, and with them it depends on the libraries that use them.
"""

import hashlib
import os
import platform
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import platformdirs
import torch
from torch import nn

GAIN = 1.1
"""How many times as fast bfloat16 must be: it is less exact, and where both take the same time float32 is better."""
ROUNDS = 3
"""The best of some rounds counts, in turn: what else the machine does at times meets both."""

NAMES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
LIMITS = ("ATEN_CPU_CAPABILITY", "ONEDNN_", "DNNL_", "MKL_")
"""Variables by which libraries are told to do without some instructions."""

Measure = Callable[[torch.dtype], float]


def quicker(measure: Measure) -> torch.dtype:
    """bfloat16 or float32, by the seconds that `measure` finds for one piece of work in each."""
    found: dict[torch.dtype, list[float]] = {torch.float32: [], torch.bfloat16: []}
    for _ in range(ROUNDS):
        for dtype, seconds in found.items():
            seconds.append(measure(dtype))
    wide, half = (min(seconds) for seconds in found.values())
    return torch.bfloat16 if half * GAIN < wide else torch.float32


@cache
def working_dtype(device: str) -> torch.dtype:
    """What a device ("cpu", "cuda") is quicker with: as found before on this machine, or measured in about a second."""
    place = _place(device)
    if (known := _read(place)) is not None:
        return known
    work = _Work(device)
    for dtype in NAMES.values():  # kernels are made at the first call
        work.seconds(dtype)
    found = quicker(work.seconds)
    _keep(place, found)
    return _read(place) or found  # another process may have been first


def _place(device: str) -> Path:
    """The file of this machine as it computes now: another PyTorch or other limits on it are measured anew."""
    limits = {name: value for name, value in os.environ.items() if name.startswith(LIMITS)}
    what = repr(
        (torch.__version__, platform.node(), torch.get_num_threads(), sorted(limits.items()))
    )
    name = hashlib.sha256(what.encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("pullbrush") / "precision" / f"{device}-{name}.txt"


def _read(place: Path) -> torch.dtype | None:
    try:
        return NAMES.get(place.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _keep(place: Path, found: torch.dtype) -> None:
    """Write it as a whole, unless it is there; a cache that cannot be written is done without."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=place.parent, encoding="ascii") as file:
            file.write(next(name for name, dtype in NAMES.items() if dtype == found))
            file.flush()
            os.link(file.name, place)
    except OSError:
        pass


def mixed(device: str) -> torch.autocast:
    """Autocast to bfloat16 where that is quicker, and no cast where it is not."""
    return torch.autocast(device, torch.bfloat16, enabled=working_dtype(device) == torch.bfloat16)


class _Work:
    """A step of a small network of convolutions and matrix products. It leaves the random numbers as they were."""

    def __init__(self, device: str) -> None:
        self._device = device
        with torch.inference_mode(False), torch.random.fork_rng():
            self._conv = nn.Conv2d(48, 48, 3, padding=1).to(
                device, memory_format=torch.channels_last
            )  # pyright: ignore[reportCallIssue]
            self._linear = nn.Linear(48, 192).to(device)
            self._x = torch.linspace(-1, 1, 2 * 48 * 24 * 24, device=device).view(2, 48, 24, 24)
            self._x = self._x.contiguous(memory_format=torch.channels_last)

    def seconds(self, dtype: torch.dtype) -> float:
        """Forward and back."""
        with torch.inference_mode(False), torch.enable_grad():
            began = self._now()
            with torch.autocast(self._device, torch.bfloat16, enabled=dtype == torch.bfloat16):
                y = self._linear(self._conv(self._x).permute(0, 2, 3, 1))
            y.float().square().mean().backward()
            return self._now() - began

    def _now(self) -> float:
        """Seconds; of this process alone on a CPU, which others use, too."""
        if self._device == "cpu":
            return time.process_time()
        torch.accelerator.synchronize()
        return time.perf_counter()
