# SPDX-License-Identifier: Apache-2.0
"""What is raised when a setting cannot be used, and how its value is shown in the message."""

from __future__ import annotations

from ..errors import ParamError
from ..sentences import WHY, Sentence, Value, say

__all__ = ["ParamError", "of_entry", "say", "show"]


def of_entry(message: str, label: str, number: int) -> str:
    """Return a message about the entry `number`, counted from 1, of the list with this label."""
    if not isinstance(message, Sentence):
        return say("records.entry", list=label, number=number, why=message)
    if WHY in message.values:
        return message
    values: dict[str, Value] = {**message.values, "list": label, "number": number}
    return say("records.entry", **values, why=message.id)


def show(value: object, limit: int = 40) -> str:
    """Shorten a value for a message, so that hostile input cannot flood a panel."""
    if isinstance(value, str):
        text = f"“{repr(value[: limit + 1])[1:-1]}”"
    elif isinstance(value, float):
        text = f"{value:g}"
    elif value is None or isinstance(value, bool):
        text = repr(value)
    elif isinstance(value, int):
        text = repr(value) if value.bit_length() < 128 else "a very large number"
    else:
        return f"a {type(value).__name__}"
    if len(text) <= limit:
        return text
    return text[: limit - 1].rstrip("”") + ("…”" if text.startswith("“") else "…")
