# SPDX-License-Identifier: Apache-2.0
"""All that helps to find a fault, as text to copy: whatever is broken, the rest is still told."""

from __future__ import annotations

import platform

from .guard import problems
from .seat import Seat


def diagnostics(seat: Seat) -> str:
    """How plug-in, engine and document stand, without pictures, prompts or paths of the artist's."""
    lines: list[str] = []
    for name, part in _PARTS.items():
        try:
            lines += part(seat)
        except Exception as problem:  # it is told of a program in which anything may be broken
            lines.append(f"{name}: not known ({type(problem).__name__})")
    return "\n".join(lines)


def _program(seat: Seat) -> list[str]:
    return [seat.about, f"Python {platform.python_version()}, {platform.platform()}"]


def _engine(seat: Seat) -> list[str]:
    state, engine = seat.engine_state, seat.engine
    return [
        f"engine: {state.kind} {state.sentence}".rstrip(),
        f"connected: {'yes' if engine.ready else 'no'} {engine.problem}".rstrip(),
        f"restarts: {engine.restarts}",
        f"models: {', '.join(sorted(engine.models)) or 'none'}",
    ]


def _report(seat: Seat) -> list[str]:
    report = seat.report
    if report is None:
        return ["engine version: unknown, it has told nothing yet"]
    devices = ", ".join(device.name for device in report.devices) or "none"
    return [
        f"engine version: {report.version}, devices: {devices}",
        f"engine's jobs: {report.running} running, {report.queued} waiting",
    ]


def _document(seat: Seat) -> list[str]:
    if seat.open is None:
        return ["document: none"]
    if seat.open.host.document_key() is None:
        return ["document: closed"]
    extent = seat.open.host.extent_and_profile()
    return [f"document: {extent.width} × {extent.height}, {extent.profile}"]


def _edit(seat: Seat) -> list[str]:
    desk = seat.desk
    if desk is None:
        return ["edit: none"]
    session = desk.session
    lines = [f"edit: {desk.kind}, {session.stage}, {session.status.open_jobs} jobs"]
    if session.stale is not None:
        lines.append(f"picture: {session.stale.change}")
    if session.failure is not None:
        lines.append(f"failure: {session.failure.code}: {session.failure.message}")
    return lines


def _documents(seat: Seat) -> list[str]:
    return [
        f"open documents: {len(seat.desks)}, of them computing {sum(d.status.busy for d in seat.desks)}"
    ]


def _problems(_seat: Seat) -> list[str]:
    return list(problems)


_PARTS = {
    "program": _program,
    "engine": _engine,
    "engine version": _report,
    "document": _document,
    "edit": _edit,
    "documents": _documents,
    "problems": _problems,
}
