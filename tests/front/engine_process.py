# SPDX-License-Identifier: Apache-2.0
"""A real engine process for the tests: started, watched, and ended by them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from patience import PATIENCE_S

from protocol import session
from protocol.client import Client
from protocol.images import Document, Image
from protocol.job_request import JobRequest
from protocol.messages import PreviewWish
from protocol.places import log_path

ROOT = Path(__file__).parents[2]

DRAG = {"drags": [[[2.0, 2.0], [9.0, 5.0]]]}


class Engine:
    """`python -m server` with a fake engine in its workers."""

    def __init__(
        self, folder: Path, engine: str = "Inverter", *options: str, **environment: str
    ) -> None:
        self.folder = folder
        self.file = folder / "engine.json"
        self.diary_file = folder / "diary"
        self.gates = folder / "gates"
        self.gates.mkdir(exist_ok=True)
        self._command = [
            *(sys.executable, "-m", "server", "--quiet", "--session-file", str(self.file)),
            *("--engine", f"fakes.engine:{engine}", "--quick-engine", "fakes.engine:Quick"),
            *options,
        ]
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                filter(None, (str(ROOT / "tests"), os.environ.get("PYTHONPATH")))
            ),
            "FAKE_ENGINE_DIARY": str(self.diary_file),
            "FAKE_ENGINE_GATES": str(self.gates),
            "OMP_NUM_THREADS": "1",
            **environment,
        }
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start it (again) and wait until its session file is there."""
        self.process = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        wait_for(self._is_there, "the session file", self)
        return self.process

    def _is_there(self) -> bool:
        if self.process.poll() is not None:
            assert self.process.stderr is not None
            with self.process.stderr as said:
                raise AssertionError(f"the engine ended: {said.read().decode()}")
        with suppress(Exception):
            return session.read(self.file).pid == self.process.pid
        return False

    @property
    def session(self) -> session.Session:
        return session.read(self.file)

    @property
    def log(self) -> str:
        return log_path(self.file).read_text(encoding="utf-8", errors="replace")

    def diary(self, word: str = "") -> list[str]:
        """Lines that the fake engines wrote, those with this word in second place."""
        if not self.diary_file.exists():
            return []
        lines = self.diary_file.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not word or line.split()[1] == word]

    def wait_diary(self, word: str, times: int = 1, client: Client | None = None) -> list[str]:
        """Wait for lines in the diary; the client goes on meanwhile and keeps its events."""
        wait_for(
            lambda: len(self.diary(word)) >= times, f"{times} × {word} in the diary", self, client
        )
        return self.diary(word)

    def close_gate(self, name: str) -> None:
        (self.gates / name).touch()

    def open_gate(self, name: str) -> None:
        (self.gates / name).unlink(missing_ok=True)

    def client(self, **more: object) -> Client:
        return Client("test", session=self.file, **more)  # type: ignore[arg-type]

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """End it politely, and impolitely when that does not help."""
        for number in (signal.SIGCONT, signal.SIGTERM):
            with suppress(ProcessLookupError):
                self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=PATIENCE_S / 10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


def wait_for(
    condition: Callable[[], object],
    what: str,
    engine: Engine | None = None,
    client: Client | None = None,
) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if client is not None:
            client._courier.advance()  # as `receive` does, but the events stay for the test
        if time.monotonic() > deadline:
            tail = (
                engine.log[-3000:] if engine is not None and log_path(engine.file).exists() else ""
            )
            raise AssertionError(f"waited {PATIENCE_S:g} s in vain for {what}\n{tail}")
        time.sleep(0.02)


def picture(width: int = 16, height: int = 12, value: int = 7) -> bytes:
    """Some RGBA pixels that are not all alike."""
    return bytes((value + i) % 256 for i in range(width * height * 4))


def submit(
    client: Client,
    *,
    key: str = "document",
    size: tuple[int, int] = (16, 12),
    blob: str | None = None,
    seed: int = 0,
    task: str = "edit",
    previews: int = 0,
    **more: object,
) -> str:
    """Submit a drag of a small picture and return the job."""
    width, height = size
    blob = blob or client.put(picture(width, height))
    image = Image(
        name="source",
        shape=(height, width, 4),
        dtype="u1",
        order="rgba",
        alpha="straight",
        rect=(0, 0, width, height),
        blob=blob,
    )
    params = {**DRAG, "seed": seed}
    if previews:
        more["preview"] = PreviewWish(credit=previews)
    document = Document(key=key, width=width, height=height)
    asked = JobRequest(
        op="drag", document=document, images=(image,), params=params, task=task, **more
    )  # type: ignore[arg-type]
    return client.submit(asked)
