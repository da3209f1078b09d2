# SPDX-License-Identifier: Apache-2.0
"""Real small engines for the tests of the processes: one that works, and ones that misbehave on purpose.

The edit of all of them is deterministic numpy: every step inverts a band of the picture, and takes as long as the
environment says. What an engine did is appended to the file `FAKE_ENGINE_DIARY`, one line each, for the test to read.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from protocol.edits import Edit
from server.engine.api import (
    Cost,
    EngineError,
    Layer,
    OnStep,
    Picture,
    Pictures,
    Plan,
    Ready,
    Rect,
    Result,
    Size,
    Step,
)
from server.worker.task import Control

STEPS = int(os.environ.get("FAKE_ENGINE_STEPS", "5"))
STEP_S = float(os.environ.get("FAKE_ENGINE_STEP_S", "0.1"))
CRUNCH_S = float(os.environ.get("FAKE_ENGINE_CRUNCH_S", "8"))
DIARY = os.environ.get("FAKE_ENGINE_DIARY", "")
GATES = os.environ.get("FAKE_ENGINE_GATES", "")


def note(*words: object) -> None:
    """Write a line into the diary at once, whatever happens to the process afterwards."""
    if DIARY:
        with Path(DIARY).open("a", encoding="utf-8") as diary:
            diary.write(" ".join(str(word) for word in (os.getpid(), *words)) + "\n")


def hold(name: str) -> None:
    """Wait while a file of this name lies in the folder of gates: lets a test choose the moment."""
    while GATES and (Path(GATES) / name).exists():
        time.sleep(0.01)


class Quick:
    """Plans by adding a margin, warps by shifting everything one pixel to the right."""

    def plan(self, edit: Edit, *, document: Size, selection: Rect | None, ready: Ready) -> Plan:
        note("plan", edit.KIND)
        whole = selection or (0, 0, *document)
        return Plan(
            read_rect=whole,
            region=whole,
            crop=whole,
            model=edit.model,
            bytes=1,
            eta_ms=60_000 if ready.models else 90_000,
            evaluations=STEPS,
            inverted=Cost(eta_ms=40_000, evaluations=STEPS - 1),
            edited=Cost(eta_ms=40_000, evaluations=STEPS - 2),
        )

    def warp(self, edit: Edit, pictures: Pictures, *, keep: bool) -> Result:
        note("warp", edit.KIND)
        hold("warp")
        source = pictures["source"]
        shifted = np.roll(source.pixels, 1, axis=1)
        picture = Picture(
            pixels=shifted,
            rect=source.rect,
            document=source.document,
            icc=source.icc,
            linear=source.linear,
        )
        layer = Layer(picture=picture, name="warp")
        return Result(layers=(layer,), seed=edit.seed, provenance={"kept": str(keep)})

    def models(self) -> list[dict[str, Any]]:
        return [
            {
                "name": "scenes",
                "label": "Scenes",
                "family": "sd15",
                "bytes": 1,
                "ops": ["drag", "move"],
            }
        ]


class Inverter:
    """The engine that works."""

    def __init__(self) -> None:
        note("born")
        self.loaded: list[str] = []
        hold("birth")

    def prepare(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result:
        note("prepare", edit.seed)
        self._steps(edit, pictures["source"], on_step, "invert")
        note("prepared", edit.seed)
        return Result(
            layers=(), seed=edit.seed, provenance={"trajectory": f"trajectory-{edit.seed}"}
        )

    def run(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result:
        note("run", edit.seed)
        source = pictures["source"]
        pixels, last = self._steps(edit, source, on_step, "edit")
        note("ran", edit.seed)
        picture = Picture(
            pixels=pixels,
            rect=source.rect,
            document=source.document,
            icc=source.icc,
            linear=source.linear,
        )
        metrics: dict[str, float | int | str] = {"evaluations": STEPS, "seed_at_end": last.seed}
        return Result(
            layers=(Layer(picture=picture, name="inverted"),), seed=last.seed, metrics=metrics
        )

    def load(self, model: str, on_step: OnStep) -> None:
        on_step(Step(phase="load", step=0, steps=1))
        hold("load")
        if model != "scenes":
            raise EngineError("model.missing", f"There is no model “{model}” here.")
        self.loaded = [model]

    def unload(self, model: str) -> None:
        self.loaded = [name for name in self.loaded if name != model]

    def facts(self) -> dict[str, Any]:
        return {"device": "cpu", "models": self.loaded, "bytes": len(self.loaded)}

    def _steps(self, edit: Edit, source: Picture, on_step: OnStep, phase: Any) -> tuple[Any, Edit]:
        pixels = source.pixels.copy()
        bands = np.array_split(np.arange(pixels.shape[0]), STEPS)
        for i, band in enumerate(bands):
            picture = Picture(pixels=pixels, rect=source.rect, document=source.document)
            layer = Layer(picture=picture, name="preview", placement="instead")
            far = {"fraction": i / STEPS, "eta_ms": 1000 * (STEPS - i)}
            newer = on_step(
                Step(phase=phase, step=i, steps=STEPS, preview=lambda p=layer: p, **far)
            )
            if newer is not None:
                note("updated", newer.seed)
                edit = newer
            note("evaluate", i)
            self.evaluate(i)
            pixels[band] = inverted(pixels[band])
        on_step(Step(phase=phase, step=STEPS, steps=STEPS, fraction=1.0, eta_ms=0))
        return pixels, edit

    def evaluate(self, i: int) -> None:
        """Stands for one network evaluation."""
        time.sleep(STEP_S)
        hold(f"step-{i}")
        hold("step")


class Listening(Inverter):
    """Works, and notes a cancel once its process has heard it."""

    def __init__(self) -> None:
        hear = Control.cancel

        def cancel(control: Control) -> None:
            hear(control)
            note("cancel")

        Control.cancel = cancel  # pyright: ignore[reportAttributeAccessIssue] - another name of self
        super().__init__()


def inverted(pixels: Any) -> Any:
    """The edit itself: full value minus value."""
    top = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    return (top - pixels).astype(pixels.dtype)


class Killer(Inverter):
    """Dies without a word in its second evaluation: always, or the first time only (`crash-once`)."""

    def evaluate(self, i: int) -> None:
        super().evaluate(i)
        flag = Path(GATES) / "crash-once" if GATES else None
        if i == 1 and (flag is None or flag.exists()):
            if flag is not None:
                flag.unlink()
            note("dies")
            os.kill(os.getpid(), signal.SIGSEGV)


class Hanger(Inverter):
    """Never comes back from its second evaluation."""

    def evaluate(self, i: int) -> None:
        super().evaluate(i)
        if i == 1:
            note("hangs")
            threading.Event().wait()


class Cruncher(Inverter):
    """Computes for long in its second evaluation, and is not heard of meanwhile."""

    def evaluate(self, i: int) -> None:
        super().evaluate(i)
        if i == 1:
            note("crunches")
            until = time.monotonic() + CRUNCH_S
            while time.monotonic() < until:
                hashlib.pbkdf2_hmac("sha256", b"a pass", b"through a slow network", 100_000)


class Glutton(Inverter):
    """Runs out of memory in its second evaluation, like torch does or like Python does, by the seed."""

    def run(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result:
        if edit.seed == 1:
            raise MemoryError
        if edit.seed == 2:
            raise RuntimeError(
                "[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 GiB"
            )
        if edit.seed == 3:
            raise KeyError("prompt “a secret word” in a traceback")
        result = super().run(edit, pictures, on_step)
        if edit.seed == 5:
            result.metrics.update({f"metric {n}": n for n in range(2000)})
        if edit.seed == 6:
            result.metrics["psnr"] = float("inf")
        return result


class Stillborn:
    """Cannot even be made."""

    def __init__(self) -> None:
        note("stillborn")
        os._exit(3)
