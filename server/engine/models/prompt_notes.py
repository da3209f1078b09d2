# SPDX-License-Identifier: Apache-2.0
"""What an artist is told about how a model read the prompt, in sentences. No torch."""

from __future__ import annotations

from collections.abc import Iterable

from server.engine.api import Note, note
from server.engine.models.prompt_vocabulary import Reading

SHOWN, LETTERS = 12, 24
"""Words a sentence names, and letters of one."""
UNKNOWN, READ_AS, CUT = "words.unknown", "words.read_as", "words.cut"
ALL_UNKNOWN = "words.unknown.all"


def notes_of(reading: Reading) -> tuple[Note, ...]:
    """At most three: words left out, words read as others, the end that did not fit."""
    notes: list[Note] = []
    if reading.unknown:
        code = UNKNOWN if reading.text else ALL_UNKNOWN
        notes.append(note(code, words=listed(reading.unknown)))
    if reading.read_as:
        words = ", ".join(f"{_quoted(a)} → {_quoted(b)}" for a, b in reading.read_as[:SHOWN])
        words += _more(len(reading.read_as))
        notes.append(note(READ_AS, words=words))
    if reading.cut:
        notes.append(note(CUT, words=_quoted(reading.cut)))
    return tuple(notes)


def listed(words: Iterable[str]) -> str:
    """“a”, “b”, “c” and 4 more."""
    several = list(words)
    return ", ".join(_quoted(word) for word in several[:SHOWN]) + _more(len(several))


def _quoted(word: str) -> str:
    return f"“{word if len(word) <= LETTERS else word[: LETTERS - 1].rstrip() + '…'}”"


def _more(count: int) -> str:
    return f", … (+{count - SHOWN})" if count > SHOWN else ""
