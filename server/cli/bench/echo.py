# SPDX-License-Identifier: Apache-2.0
"""An engine that gives back what it got: the way of the pixels without anything done to them."""

from __future__ import annotations

from typing import Any

from protocol.edits import Edit
from server.engine.api import Layer, Pictures, Plan, Ready, Rect, Result, Size

NAME = f"{__name__}:Echo"


class Echo:
    """What a quick worker needs."""

    def plan(self, edit: Edit, *, document: Size, selection: Rect | None, ready: Ready) -> Plan:
        whole = (0, 0, *document)
        return Plan(
            read_rect=whole,
            region=whole,
            crop=whole,
            model="echo",
            bytes=0,
            eta_ms=0,
            evaluations=0,
        )

    def warp(self, edit: Edit, pictures: Pictures, *, keep: bool) -> Result:
        return Result(layers=(Layer(picture=pictures["source"], name="echo"),), seed=edit.seed)

    def models(self) -> list[dict[str, Any]]:
        return []
