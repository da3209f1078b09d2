# SPDX-License-Identifier: Apache-2.0
"""The product's own engines. Which models there are is read from the catalogue, without torch."""

from __future__ import annotations

from typing import Any

from protocol.edits import Edit
from server.engine.api import Layer, Pictures, Plan, Rect, Size
from server.engine.edits import plan, warp
from server.engine.models.catalogue import Catalogue
from server.engine.models.profile import ModelProfile
from server.worker.engines import ModelEngine, QuickEngine


class Quick:
    """Plans and warps of the engine's edits for the catalogue's models."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def plan(self, edit: Edit, *, document: Size, selection: Rect | None) -> Plan:
        profile = self._catalogue.profile(edit.model)
        return plan(edit, document=document, selection=selection, profile=profile)

    def warp(self, edit: Edit, pictures: Pictures) -> Layer:
        return warp(edit, pictures, self._catalogue.profile(edit.model))

    def models(self) -> list[dict[str, Any]]:
        return [_entry(profile) for profile in self._catalogue.profiles()]


def quick() -> QuickEngine:
    """The engine of the quick worker: numpy only."""
    return Quick(Catalogue())


def model() -> ModelEngine:
    """The engine of a model worker: imports torch."""
    from server.engine.engine import Engine

    return Engine(Catalogue())


def _entry(profile: ModelProfile) -> dict[str, Any]:
    return {
        "name": profile.id,
        "label": profile.title,
        "family": profile.family,
        "bytes": profile.weight_bytes,
        "ops": ["drag", "move"],
    }
