# SPDX-License-Identifier: Apache-2.0
"""What the command line says when something cannot be done: one sentence, never a traceback."""

from __future__ import annotations

USAGE, FAILED = 2, 1
"""Exit codes: the input cannot be used (nothing was done); the work was begun and failed."""


class Problem(Exception):
    """Something the person at the keyboard has to know: what happened and what to do next."""

    def __init__(self, sentence: str, *, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
