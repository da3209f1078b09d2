# SPDX-License-Identifier: Apache-2.0
"""From plain parameters to an edit and back, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .drag import Drag
from .drag_gan import DragGan
from .edit import Edit
from .move import Move
from .objects import parse_mapping
from .problem import ParamError, say

EDITS: dict[str, type[Edit]] = {edit.KIND: edit for edit in (Drag, Move, DragGan)}


def from_params(kind: str, params: object, edits: Mapping[str, type[Edit]] = EDITS) -> Edit:
    """Return the edit `kind` with these parameters.

    Raises ParamError with the path of what is unknown, missing, of the wrong type or out of range.
    """
    edit = edits.get(kind)
    if edit is None:
        known = ", ".join(edits)
        raise ParamError("edit", say("kind.unknown", name=kind[:40], known=known))
    values: dict[str, Any] = parse_mapping(edit.described_fields(), params, "")
    return edit(**values)


def to_params(edit: Edit) -> dict[str, object]:
    """Return all parameters as JSON and msgpack can hold them."""
    return {name: spec.plain(getattr(edit, name)) for name, spec in edit.described_fields().items()}
