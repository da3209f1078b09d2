# SPDX-License-Identifier: Apache-2.0
"""Values as an artist types them: every slider also takes a typed number, with a unit or a comma if you like."""

from __future__ import annotations

import re

from ..edits import Field, Number, Palette, Seed, Switch

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:[.,]\d{0,40})?|[+-]?[.,]\d{1,40}")
_AUTO = {"auto", "automatic", "automatisch", "automatique", "automático", "自动", "自動"}
_YES = {"1", "yes", "on", "true", "ja", "oui", "sí", "si", "是", "はい"}
_NO = {"0", "no", "off", "false", "nein", "non", "否", "いいえ", "aus"}


def typed(spec: Field, text: str) -> object:
    """Return what the text means for this field; the text itself when it means nothing, so that `parse` says so."""
    if isinstance(spec, Number):
        return _number(spec, text)
    if isinstance(spec, Seed):
        digits = text.strip().replace(" ", "")
        return int(digits) if re.fullmatch(r"-?[0-9]{1,40}", digits) else text
    if isinstance(spec, Switch):
        word = text.strip().lower()
        return True if word in _YES else False if word in _NO else text
    if isinstance(spec, Palette):
        return text.replace(",", " ").split()
    return text


def _number(spec: Number, text: str) -> object:
    body = text.strip().lower().replace("×", "x")
    if spec.auto is not None and body in _AUTO:
        return spec.auto
    percent = body.endswith("%") and spec.unit != "%"
    body = body.removesuffix("%").strip() if body.endswith("%") else body
    if spec.unit:
        body = body.removesuffix(spec.unit.lower()).strip()
    if not _NUMBER.fullmatch(body):
        return text
    value = float(body.replace(",", "."))
    return value / 100 if percent else value
