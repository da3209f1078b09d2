# SPDX-License-Identifier: Apache-2.0
"""What the quick worker does: plans, warps, the list of models. No network is ever evaluated here."""

from __future__ import annotations

from dataclasses import asdict

from protocol.edits import from_params
from server.engine.api import Ready
from server.worker import image_codec, preview_codec, result_codec
from server.worker.engine_interface import QuickEngine
from server.worker.mailbox import Mailbox
from server.worker.task import Task


class Quick:
    """Handlers of one quick worker by kind of task."""

    def __init__(self, engine: QuickEngine) -> None:
        self._engine = engine

    def ready(self) -> dict[str, object]:
        return {"models": self._engine.models()}

    def handle(self, task: Task, mailbox: Mailbox) -> None:
        """Do one task and send what came of it. Raises whatever the engine raises."""
        if task.kind == "models":
            mailbox.send({"t": "done", "task": task.id, "models": self._engine.models()})
        elif task.kind == "plan":
            self._plan(task, mailbox)
        else:
            self._warp(task, mailbox)

    def _plan(self, task: Task, mailbox: Mailbox) -> None:
        header = task.header
        edit = from_params(header["op"], header["params"])
        selection = header.get("selection")
        plan = self._engine.plan(
            edit,
            document=(header["document"][0], header["document"][1]),
            selection=tuple(selection) if selection else None,
            ready=Ready(worker=header["worker"], models=frozenset(header["models"])),
        )
        mailbox.send({"t": "done", "task": task.id, "plan": asdict(plan)})

    def _warp(self, task: Task, mailbox: Mailbox) -> None:
        """With preview credit, an 8-bit sRGB copy goes ahead: not every host can convert floats quickly."""
        edit = from_params(task.header["op"], task.header["params"])
        keep = task.header["task_kind"] == "edit"
        result = self._engine.warp(edit, image_codec.read_all(task.header, task.frames), keep=keep)
        if task.control.spend():
            preview_codec.send(mailbox, task, result.layers[0], step=0)
        header, frames = result_codec.pack(task, result)
        mailbox.send(header, frames)
