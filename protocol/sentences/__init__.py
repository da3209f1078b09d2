# SPDX-License-Identifier: Apache-2.0
"""What an artist is told when something cannot be done: sentences by message id, filled with values, in any language.

A `Sentence` is its own English text, so that it can be raised, logged and sent as any text; beside it travel its id
and its values, and whoever shows it says it in the artist's language and with its own labels. In a text, `{low}` is a
value and `{field.dx}` the label that the panel (or the option that the command line) has for that message id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import cast

SAY = "say"
"""Under this name the id travels in the detail of an error, beside the values."""
LABELS = ("field", "edit", "role", "list")
"""Values of these names may be message ids of labels."""
WHY = "why"
"""The value of this name is the id of a sentence that goes on with the same values."""
QUOTE = "quote"

Value = str | int | float
LookUp = Callable[[str], str]
"""From a message id to its text, or nothing."""
_SLOT = re.compile(r"\{([a-z_]+(?:\.[A-Za-z0-9_.+-]+)?)\}")
_LABEL = re.compile(r"[a-z_]+\.\S+")
_FOLDERS = ("sentences", "edits/texts", "plugin/strings")


class Sentence(str):
    """An English sentence that knows its message id and the values in it."""

    __slots__ = ("id", "values")

    def __new__(cls, text: str, id: str, values: Mapping[str, Value]) -> Sentence:
        self = super().__new__(cls, text)
        self.id, self.values = id, dict(values)
        return self

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, str, dict[str, Value]]]:
        return Sentence, (str(self), self.id, self.values)

    @property
    def detail(self) -> dict[str, Value]:
        """What travels beside the text."""
        return {SAY: self.id, **self.values}


def say(id: str, /, **values: Value) -> Sentence:
    """Return the sentence with this id; raises KeyError for one that is not in `en.json`."""
    english = _english()
    if id not in sentences()["en"]:
        raise KeyError(f"there is no sentence {id!r}")
    return Sentence(fill(english[id], values, lambda key: english.get(key, "")), id, values)


def heard(text: str, detail: Mapping[str, object]) -> str:
    """Return a text that came with its detail as the Sentence it is, or as it is when it is none."""
    id = detail.get(SAY)
    if not isinstance(id, str):
        return text
    values = {
        key: value if isinstance(value, (str, int, float)) else str(value)
        for key, value in detail.items()
        if key != SAY
    }
    return Sentence(text, id, values)


def detail_of(text: str) -> dict[str, Value]:
    """What travels beside a text: the id and the values of a Sentence, nothing else."""
    return text.detail if isinstance(text, Sentence) else {}


def told(problem: Exception) -> str:
    """Return what an exception says: the Sentence it was raised with, if it was one."""
    message: object = getattr(problem, "message", None)
    if message is None and len(problem.args) == 1:
        message = cast("object", problem.args[0])
    return message if isinstance(message, str) else str(problem)


def fill(text: str, values: Mapping[str, object], look_up: LookUp) -> str:
    """Fill in the values and labels, once: nothing in a value is read as a place for another."""

    def filled(slot: re.Match[str]) -> str:
        name = slot[1]
        if "." in name:
            label = look_up(name)
            return quoted(label, look_up) if label else slot[0]
        if name not in values:
            return slot[0]
        value = values[name]
        if name in LABELS and _LABEL.fullmatch(str(value)):
            label = look_up(str(value)) or str(value).split(".", 1)[1]
            return quoted(label, look_up)
        if name == WHY:
            others = {key: one for key, one in values.items() if key != WHY}
            return fill(look_up(str(value)) or str(value), others, look_up)
        return shown(value)

    return _SLOT.sub(filled, text)


def quoted(label: str, look_up: LookUp) -> str:
    """Put a label in quotation marks as the language does."""
    return (look_up(QUOTE) or "“{name}”").replace("{name}", label)


def shown(value: object) -> str:
    """A value as one reads it: at most one decimal."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


@cache
def sentences() -> dict[str, dict[str, str]]:
    """Return all sentences: {language: {message id: text}}."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


@cache
def _english() -> dict[str, str]:
    """The sentences and every label that may stand in one."""
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        file = Path(__file__).parents[1] / folder / "en.json"
        found |= json.loads(file.read_text(encoding="utf-8"))
    return found
