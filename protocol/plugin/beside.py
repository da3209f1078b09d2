# SPDX-License-Identifier: Apache-2.0
"""What an edit is asked to do beside its picture, where it would only compute an empty layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..edits import Drags, EditModel
from .basis import common
from .host import Host, HostError, Rect, layers_of

Problem = Literal["", "beside", "selected_beside"]


def picture_bounds(host: Host, keys: Sequence[str]) -> list[Rect] | None:
    """Where these layers have pixels, None when the host does not tell; HostError when one is gone or refused."""
    layers = layers_of(host, keys)
    for one in layers:
        if one.refusal:
            raise HostError(one.refusal)
    found = [one.bounds for one in layers]
    return None if None in found else [one for one in found if one is not None]


def beside(
    model: EditModel, params: Mapping[str, Any], selection: Rect | None, bounds: Sequence[Rect]
) -> Problem:
    """Say what begins beside all of `bounds`: a handle that is pulled, or a selection that is needed."""
    if not model.needs_source:
        return ""
    for name, spec in model.fields.items():
        ways: Sequence[Sequence[Sequence[float]]] = params.get(name) or ()
        if isinstance(spec, Drags) and any(
            len(way) > 1 and not any(_holds(rect, way[0]) for rect in bounds) for way in ways
        ):
            return "beside"
    needed = any(role.kind == "mask" and role.required for role in model.roles)
    if needed and selection is not None and not any(common(selection, one)[2] for one in bounds):
        return "selected_beside"
    return ""


def _holds(rect: Rect, point: Sequence[float]) -> bool:
    return rect[0] <= point[0] < rect[0] + rect[2] and rect[1] <= point[1] < rect[1] + rect[3]
