# SPDX-License-Identifier: Apache-2.0
"""Making sentences of what others say."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .sentences import in_words


def sentence(text: str, *names: object) -> str:
    """The text as a sentence: a full stop, and a capital unless it begins with an option or one of these names."""
    text = in_words(text).strip()
    if text and text[-1] not in ".!?":
        text += "."
    first = text.split(" ", 1)[0]
    named = any(str(name) and text.startswith(str(name)) for name in names)
    if named or first.startswith("-") or "." in first.rstrip("."):
        return text
    return text[:1].upper() + text[1:]


def typed(*words: str) -> str:
    """A command of ours as it can be typed here: by its name where that is found, else by its place."""
    own = Path(sys.executable).with_name("pullbrush")
    name = "pullbrush" if shutil.which("pullbrush") else str(own)
    return " ".join((name, *words))


def of_os_error(problem: OSError, what: str = "") -> str:
    """What the system refused, with the file's name, as a sentence."""
    name = problem.filename or what
    why = problem.strerror or str(problem) or type(problem).__name__
    return f"{name}: {why}." if name else f"{why}."
