# SPDX-License-Identifier: Apache-2.0
"""What a worker needs of an engine, and how it gets one.

`module:factory` names a callable that returns one. The product's own are the defaults; tests name
misbehaving ones, because a crash cannot be provoked in an engine that works.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol, cast

from protocol.edits import Edit
from server.engine.api import OnStep, Pictures, Plan, Ready, Rect, Result, Size

QUICK = "server.worker.product_engines:quick"
MODEL = "server.worker.product_engines:model"


class QuickEngine(Protocol):
    """Geometry and instant warps, within milliseconds."""

    def plan(self, edit: Edit, *, document: Size, selection: Rect | None, ready: Ready) -> Plan: ...

    def warp(self, edit: Edit, pictures: Pictures, *, keep: bool) -> Result:
        """The edit as a warp alone; `keep` when it is a result, which remembers how it was made, not a preview."""
        ...

    def models(self) -> list[dict[str, Any]]:
        """Every model that could be used: `id`, `name`, `edits`, and more that a panel may show."""
        ...


class ModelEngine(Protocol):
    """Everything that evaluates a network."""

    def prepare(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result:
        """Invert the picture now, so that `run` need not. Layers, if any, are to be looked at only."""
        ...

    def run(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result: ...

    def load(self, model: str, on_step: OnStep) -> None: ...

    def unload(self, model: str) -> None: ...

    def facts(self) -> dict[str, Any]:
        """What is loaded and where: `device`, `models`, `bytes`; asked between jobs."""
        ...


def quick_engine(name: str) -> QuickEngine:
    """Make the engine of a quick worker. Raises ImportError, AttributeError or ValueError."""
    return cast("QuickEngine", _make(name))


def model_engine(name: str) -> ModelEngine:
    """Make the engine of a model worker. Raises ImportError, AttributeError or ValueError."""
    return cast("ModelEngine", _make(name))


def _make(name: str) -> object:
    module, _, factory = name.partition(":")
    if not module or not factory:
        raise ValueError(f"an engine is named as module:factory, got {name!r}")
    return getattr(importlib.import_module(module), factory)()
