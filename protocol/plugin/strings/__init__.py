# SPDX-License-Identifier: Apache-2.0
"""All texts an artist reads, by message id, in the artist's language and else in English.

Ids of edits and their fields come with the edits, sentences about what cannot be done from `protocol/sentences`, and
newer ones of both from the engine; the plug-ins' own are in the JSON files beside this one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ...edits import messages as edit_messages
from ...errors import CODES
from ...sentences import Sentence, fill, sentences

Texts = Mapping[str, str]
FALLBACK = "en"


@cache
def own_texts() -> dict[str, dict[str, str]]:
    """Return the plug-ins' own texts: {language: {message id: text}}."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


class Strings:
    """Texts in one language; what is missing is looked up in a wider one, then in English.

    `language` is what the host says, such as `de`, `de_AT.UTF-8` or `zh-Hans`; `engine` are the texts that came
    with the schema, which win, because the engine may know edits that this plug-in does not.
    """

    def __init__(self, language: str = FALLBACK, engine: Mapping[str, Texts] | None = None) -> None:
        self._wanted = language
        self.learn(engine or {})

    def learn(self, engine: Mapping[str, Texts]) -> None:
        """Take over the texts that an engine sent with its schema; they replace those of the engine before."""
        known = [engine, edit_messages(), sentences(), own_texts()]
        self.language = _best({name for texts in known for name in texts}, self._wanted)
        order = [name for name in (self.language, FALLBACK) if name]
        self._layers = [texts[name] for name in order for texts in known if name in texts]

    def text(self, message: str, /, fallback: str = "", **values: object) -> str:
        """Return the text with `{name}` filled in; `fallback`, else the id, when nobody knows it."""
        return self.filled(message, fallback, values)

    def filled(self, message: str, fallback: str, values: Mapping[str, object]) -> str:
        """Return the text as `text` does."""
        return fill(self.found(message) or fallback, values, self.found) or message

    def found(self, message: str) -> str:
        """Return the text as it stands, or nothing when nobody knows it."""
        return next((texts[message] for texts in self._layers if message in texts), "")

    def said(self, message: str) -> str:
        """Return a Sentence in the artist's language, and any other text as it is."""
        if isinstance(message, Sentence):
            return self.filled(message.id, message, message.values)
        return message

    def error(self, code: str, message: str) -> str:
        """Return an error for the artist: as it was said, else by its code with what the engine said besides."""
        if isinstance(message, Sentence):
            return self.said(message)
        if self.language == FALLBACK:
            return message or CODES.get(code, code)
        translated = self.text(f"error.{code}", message or CODES.get(code, code))
        more = _is_more(message, code) and translated != message
        return f"{translated} ({message})" if more else translated

    def help(self, label: str, english: str) -> str:
        """Return the help of a field or role whose label has this id."""
        return self.text(f"{label}.help", english)


def _is_more(message: str, code: str) -> bool:
    """Whether a message says more than its code does."""
    return message not in ("", CODES.get(code))


def _best(known: set[str], wanted: str) -> str:
    """Choose the known language that fits best: `de_AT.UTF-8` → `de`."""
    parts = wanted.split(".")[0].replace("-", "_").lower().split("_")
    by_lower = {name.lower().replace("-", "_"): name for name in known}
    for length in range(len(parts), 0, -1):
        if name := by_lower.get("_".join(parts[:length])):
            return name
    return FALLBACK
