# SPDX-License-Identifier: Apache-2.0
"""The texts for one paint program: where it needs words of its own, `gimp.hint.flat` comes before `hint.flat`."""

from __future__ import annotations

from . import FALLBACK, Strings


class HostStrings(Strings):
    """As `Strings`; `host` is the program's name in message ids."""

    def __init__(self, host: str, language: str = FALLBACK) -> None:
        self._host = host
        super().__init__(language)

    def found(self, message: str) -> str:
        """Return this program's text, else everybody's."""
        return super().found(f"{self._host}.{message}") or super().found(message)
