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

    def filled(self, message: str, fallback: str, values: Mapping[str, object]) -> str:
        """Return this program's text, else everybody's."""
        own = f"{self._host}.{message}"
        found = super().filled(own, "", values)
        return found if found != own else super().filled(message, fallback, values)
