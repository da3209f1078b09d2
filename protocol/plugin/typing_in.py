# SPDX-License-Identifier: Apache-2.0
"""Values as an artist types them: every slider also takes a typed number, with a unit or a comma if you like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from ..edits import Field, Number, Palette, Placed, Range, Seed, Switch, Transform

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:[.,]\d{0,40})?|[+-]?[.,]\d{1,40}")
_BETWEEN = re.compile(r"\s*(?:\.\.+|…|–|—|\bto\b|;)\s*")
_AUTO = {"auto", "automatic", "automatisch", "automatique", "automático", "自动", "自動"}
_YES = {"1", "yes", "on", "true", "ja", "oui", "sí", "si", "是", "はい"}
_NO = {"0", "no", "off", "false", "nein", "non", "否", "いいえ", "aus"}


def typed(spec: Field, text: str) -> object:
    """Return what the text means for this field; the text itself when it means nothing, so that `parse` says so."""
    if isinstance(spec, Number):
        return _number(spec, text)
    if isinstance(spec, Range):
        ends = [_plain_number(part, spec.unit) for part in _BETWEEN.split(text.strip())]
        return text if None in ends or len(ends) != 2 else ends
    if isinstance(spec, Transform):
        return _transform(spec, text)
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
    value = _plain_number(body, spec.unit)
    return text if value is None else value


def _plain_number(text: str, unit: str) -> float | None:
    """A number with a unit or a comma, `50 %` as 0.5; None for anything else."""
    body = text.strip().lower()
    percent = body.endswith("%") and unit != "%"
    body = body.removesuffix("%").strip() if body.endswith("%") else body
    if unit:
        body = body.removesuffix(unit.lower()).strip()
    if not _NUMBER.fullmatch(body):
        return None
    value = float(body.replace(",", "."))
    return value / 100 if percent else value


def _transform(spec: Transform, text: str) -> object:
    """`40,-10`, `40,-10,1.5` or `40,-10,1.5,30`: right, down, size, turn."""
    numbers = [_plain_number(part, "") for part in text.split(",")]
    names = list(spec.columns)
    if None in numbers or not 2 <= len(numbers) <= len(names):
        return text
    return dict(zip(names, numbers, strict=False))


def written(spec: Field, value: object) -> str:
    """A range or a transform as it can be typed; `typed` reads it back."""
    if isinstance(spec, Transform) and isinstance(value, Placed):
        value = spec.plain(value)
    if isinstance(value, Mapping):
        numbers = list(cast("Mapping[str, float]", value).values())
    else:
        numbers = list(cast("Sequence[float]", value)) if isinstance(value, (list, tuple)) else []
    return (".." if isinstance(spec, Range) else ",").join(f"{one:.12g}" for one in numbers)
