# SPDX-License-Identifier: Apache-2.0
"""What a model worker does: prepare, run, load, unload; one at a time, stoppable before every evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from protocol.edits import Edit, from_params
from server.engine.api import Cancelled, OnStep, Step
from server.worker import pictures, results
from server.worker.engines import ModelEngine
from server.worker.mailbox import Mailbox
from server.worker.reporter import Reporter
from server.worker.task import Task


class Model:
    """Handlers of one model worker. The engine is made when the first task needs it."""

    def __init__(self, make: Callable[[], ModelEngine]) -> None:
        self._make = make
        self._engine: ModelEngine | None = None

    def ready(self) -> dict[str, object]:
        return {}

    def handle(self, task: Task, mailbox: Mailbox) -> None:
        """Do one task and send what came of it. Raises whatever the engine raises."""
        reporter = Reporter(mailbox, task, lambda params: _edit(task, params))
        on_step = reporter.on_step
        try:
            engine = self._loaded(on_step)
            if task.kind in ("run", "prepare"):
                self._edit(engine, task, mailbox, on_step)
            else:
                self._manage(engine, task, mailbox, on_step)
        except Cancelled:
            mailbox.send({"t": "cancelled", "task": task.id, "at_step": reporter.at_step})

    def _loaded(self, on_step: OnStep) -> ModelEngine:
        if self._engine is None:
            on_step(Step(phase="load", step=0, steps=1, fraction=0.0))
            self._engine = self._make()
            on_step(Step(phase="load", step=1, steps=1, fraction=0.0))
        return self._engine

    def _edit(self, engine: ModelEngine, task: Task, mailbox: Mailbox, on_step: OnStep) -> None:
        edit = _edit(task, task.header["params"])
        sources = pictures.read_all(task.header, task.frames)
        if task.kind == "prepare":
            result = engine.prepare(edit, sources, on_step)
        else:
            result = engine.run(edit, sources, on_step)
        header, frames = results.pack(task, result)
        mailbox.send({**header, "facts": engine.facts()}, frames)

    def _manage(self, engine: ModelEngine, task: Task, mailbox: Mailbox, on_step: OnStep) -> None:
        if task.kind == "load":
            engine.load(task.header["model"], on_step)
        elif task.kind == "unload":
            engine.unload(task.header["model"])
        mailbox.send({"t": "done", "task": task.id, "facts": engine.facts()})


def _edit(task: Task, params: dict[str, Any]) -> Edit:
    return from_params(task.header["op"], params)
