# SPDX-License-Identifier: Apache-2.0
"""The texts for one paint program: where it needs words of its own, `gimp.hint.flat` comes before `hint.flat`."""

from __future__ import annotations

from collections.abc import Mapping

from . import FALLBACK, Strings, Texts


class HostStrings(Strings):
    """As `Strings`; `host` is the program's name in message ids."""

    def __init__(
        self, host: str, language: str = FALLBACK, engine: Mapping[str, Texts] | None = None
    ) -> None:
        self._host = host
        super().__init__(language, engine)

    def found(self, message: str) -> str:
        """Return this program's text, else everybody's."""
        return super().found(f"{self._host}.{message}") or super().found(message)
