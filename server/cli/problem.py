# SPDX-License-Identifier: Apache-2.0
"""What the command line says when something cannot be done: one sentence, never a traceback; and its exit codes."""

from __future__ import annotations

DONE, FAILED, USAGE, ENGINE, CANCELLED, UNREAD = 0, 1, 2, 3, 130, 141

EXIT_CODES: dict[int, str] = {
    DONE: "Done.",
    FAILED: "The work was begun and failed, or something that is needed is missing (`doctor`, `models --check`); "
    "nothing half-finished was written.",
    USAGE: "What was asked for cannot be done, such as a file that is not there, or one that is there already; "
    "nothing was begun.",
    ENGINE: "No engine could be started or reached.",
    CANCELLED: "Cancelled with Ctrl+C.",
    UNREAD: "Who read the output went away, as `head` does.",
}
"""All of them, with what they mean: the docs are made from this."""

NAMES = {
    FAILED: "failed",
    USAGE: "input.invalid",
    ENGINE: "engine.unreachable",
    CANCELLED: "cancelled",
    UNREAD: "output.closed",
}
"""What `--json` calls a failure that has no better name of its own."""


class Problem(Exception):
    """Something the person at the keyboard has to know: what happened and what to do next.

    `code` is one of `EXIT_CODES`; `name` says in dotted words what happened, for programs.
    """

    def __init__(self, sentence: str, *, code: int = USAGE, name: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.name = name or NAMES[code]
