# SPDX-License-Identifier: Apache-2.0
"""Sentences a panel shows about an edit: what it will do, how far it is, how long it still takes, with what."""

from __future__ import annotations

from collections.abc import Mapping

from ..messages import JobPlanned, Model
from ..messages.engine import EngineReport
from .basis import hull
from .session.progress import Progress
from .strings import Strings

GIB, MIB = 1 << 30, 1 << 20


def size(nbytes: int) -> str:
    """Bytes in the largest unit that leaves a number to read."""
    return f"{nbytes / GIB:.1f} GB" if nbytes >= GIB else f"{max(1, round(nbytes / MIB))} MB"


def duration(ms: int, strings: Strings) -> str:
    """A time as one says it: rounded up, the coarser the longer."""
    seconds = max(1, -(-ms // 1000))
    if seconds < 90:
        return strings.text("time.seconds", n=seconds)
    return strings.text("time.minutes", n=-(-seconds // 60))


def plan_line(plan: JobPlanned, models: Mapping[str, Model], strings: Strings) -> str:
    """What the edit will do before it does it: how large an area, time, with which model, memory.

    A panel may have room for its beginning only.
    """
    _, _, width, height = hull(plan.region or (plan.read_rect,))
    model, computes = models.get(plan.model), plan.evaluations > 0  # 0: no model is asked
    parts = [
        strings.text("plan.area", width=width, height=height),
        about(plan, strings),
        ((model.label or model.name) if model else plan.model) if computes else "",
        strings.text("plan.memory", size=size(plan.bytes)) if computes and plan.bytes > 1 else "",
    ]
    return " · ".join(part for part in parts if part)


def about(plan: JobPlanned, strings: Strings) -> str:
    """How long an edit will take, and whether that is only guessed; nothing when the engine does not say."""
    if plan.eta_ms <= 1:
        return ""
    key = "plan.about_guess" if plan.eta_guessed else "plan.about"
    return strings.text(key, time=duration(plan.eta_ms, strings))


def progress_line(progress: Progress, sentence: str, strings: Strings) -> str:
    """How far it is, with the time left if the engine says it and any is."""
    if not progress.eta_ms or not progress.phase or progress.fraction >= 1.0:
        return sentence
    return f"{sentence} · {strings.text('time.left', time=duration(progress.eta_ms, strings))}"


def device_line(report: EngineReport | None, strings: Strings) -> str:
    """What computes, and how much memory is free there."""
    if report is None or not report.devices:
        return ""
    device = report.devices[0]
    own = device.label or device.name
    name = strings.text("device.cpu") if own == "cpu" else own
    if not device.bytes:
        return name
    return strings.text("panel.device", name=name, free=size(device.free), total=size(device.bytes))


def queue_line(running: int, waiting: int, strings: Strings) -> str:
    """How much is computed and how much waits."""
    return strings.text("panel.engine_queue", running=running, queued=waiting)
