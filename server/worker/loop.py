# SPDX-License-Identifier: Apache-2.0
"""The life of a worker: connect, take tasks one by one, survive what goes wrong in them."""

from __future__ import annotations

import gc
import logging
from typing import Protocol

from protocol.sentences import detail_of
from server.worker.error_report import explain, is_out_of_memory
from server.worker.mailbox import Mailbox
from server.worker.task import Task

_log = logging.getLogger("pullbrush.worker")


class Handler(Protocol):
    """A quick or a model worker's own half."""

    def ready(self) -> dict[str, object]: ...

    def handle(self, task: Task, mailbox: Mailbox) -> None: ...


def work(handler: Handler, mailbox: Mailbox) -> None:
    """Serve tasks until the front says stop."""
    mailbox.send({"t": "ready", **handler.ready()})
    while (task := mailbox.next()) is not None:
        _do(handler, task, mailbox)
        del task
        mailbox.tick()
    mailbox.close()


def _do(handler: Handler, task: Task, mailbox: Mailbox) -> None:
    mailbox.send({"t": "started", "task": task.id})
    try:
        handler.handle(task, mailbox)
    except Exception as error:
        code, message, incident = explain(error)
        emptied = is_out_of_memory(error)
        said = {"message": str(message), "detail": detail_of(message)}
        failed = {"t": "failed", "task": task.id, "code": code, **said, "incident": incident}
        mailbox.send(failed)
        del error
        if emptied:
            gc.collect()
