# SPDX-License-Identifier: Apache-2.0
"""How fast pixels travel: ours against PNG over HTTP and against a bare copy, in one run.

Ours is the whole way through real processes: client → front → worker → front → client, with a
worker that gives back what it got. Ratios are what counts; milliseconds depend on the machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocol import session
from protocol.client import Client
from protocol.edits import Drag, DragPath, to_params
from protocol.events import Result
from protocol.images import Document, Image
from protocol.job_request import JobRequest
from protocol.plugin.saying import size as amount
from server.cli.problem import FAILED, Problem

from . import http as bench_http
from .echo import NAME

START_S, JOB_S = 30.0, 120.0


def bench(side: int, repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Median round trips of a side × side RGBA picture of 8 bit, in ms, and how they compare."""
    pixels = photograph(side)
    found: dict[str, float] = {}
    say(f"{side} × {side} RGBA, {amount(pixels.nbytes)}, there and back, median of {repeats}")
    found["memcpy"] = _median(repeats, lambda: pixels.copy().copy())
    for transport in ("pyzmq", "stdlib"):
        with (
            engine() as place,
            Client("pullbrush-bench", session=place, transport=transport) as client,
        ):
            found[f"ours_{transport}"] = _median(repeats, lambda c=client: round_trip(c, pixels))
    with bench_http.other_end() as port:
        for level in (1, 6):
            few = max(1, repeats // 3)
            http = _median(few, lambda z=level: bench_http.round_trip(port, pixels, z))
            found[f"png{level}_http"] = http
    starts = [start_to_welcome() for _ in range(repeats)]
    for name, ms in found.items():
        say(f"  {name:14} {ms:9.1f} ms   {ms / found['ours_pyzmq']:8.2f} × ours")
    say(f"  engine start to welcome: {statistics.median(starts):.0f} ms")
    return {
        "side": side,
        "bytes": pixels.nbytes,
        "repeats": repeats,
        "round_trip_ms": found,
        "share_of_png1_http": found["ours_pyzmq"] / found["png1_http"],
        "share_of_png6_http": found["ours_pyzmq"] / found["png6_http"],
        "times_memcpy": found["ours_pyzmq"] / found["memcpy"],
        "front_start_ms": statistics.median(starts),
    }


def photograph(side: int) -> NDArray[np.uint8]:
    """Something as hard to pack as a photograph: soft shapes with grain, (side, side, 4)."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 6.28, side, dtype=np.float32)
    base = 128 + 60 * np.sin(ramp)[:, None] * np.cos(1.7 * ramp)[None, :]
    shades = base[..., None] + np.array([30, 0, -30, 0], np.float32)
    grainy = shades + rng.normal(0, 6, (side, side, 4)).astype(np.float32)
    pixels = np.clip(grainy, 0, 255).astype(np.uint8)
    pixels[..., 3] = 255
    return pixels


def round_trip(client: Client, pixels: NDArray[np.uint8]) -> None:
    """Upload a picture, have it given back, and see that it is the same size."""
    height, width, channels = pixels.shape
    blob = client.put(pixels.data.cast("B"))
    source = Image(
        name="source",
        shape=(height, width, channels),
        dtype="u1",
        order="rgba",
        alpha="straight",
        rect=(0, 0, width, height),
        blob=blob,
    )
    edit = Drag(drags=(DragPath(points=((0.5, 0.5), (1.5, 1.5))),))
    document = Document(key="bench", width=width, height=height)
    request = JobRequest(
        op=edit.KIND, document=document, images=(source,), params=to_params(edit), task="warp"
    )
    job = client.submit(request)
    ending = client.wait(job, JOB_S)
    client.drop(blob)
    if not isinstance(ending, Result):
        raise Problem(f"The round trip failed: {ending}.", code=FAILED)
    returned = sum(len(picture.pixels) for picture in ending.pictures.values())
    if returned != pixels.nbytes:
        raise Problem(f"{returned} bytes of {pixels.nbytes} came back.", code=FAILED)


@contextmanager
def engine() -> Generator[Path]:
    """A front of its own with an echo in place of the quick worker; the path of its session file."""
    with tempfile.TemporaryDirectory(prefix="pbb-") as folder:
        place = Path(folder) / "run" / "engine.json"
        process = _start(place)
        try:
            yield place
        finally:
            process.terminate()
            process.wait(20)


def start_to_welcome() -> float:
    """Milliseconds from starting an engine's process until it has let a client in."""
    with tempfile.TemporaryDirectory(prefix="pbb-") as folder:
        place = Path(folder) / "run" / "engine.json"
        begun = time.perf_counter()
        process = _start(place)
        try:
            with Client("pullbrush-bench", session=place) as client:
                client.connect(START_S)
            return (time.perf_counter() - begun) * 1000
        finally:
            process.terminate()
            process.wait(20)


def _start(place: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "server", "--quiet", "--session-file", str(place)]
    process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        [*command, "--quick-engine", NAME], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + START_S
    while not place.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise Problem("The engine for this measurement did not start.", code=FAILED)
        time.sleep(0.002)
    session.read(place)
    return process


def _median(repeats: int, do: Callable[[], object]) -> float:
    """Milliseconds, after one run that does not count."""
    do()
    times: list[float] = []
    for _ in range(repeats):
        begun = time.perf_counter()
        do()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)
