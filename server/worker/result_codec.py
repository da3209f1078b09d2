# SPDX-License-Identifier: Apache-2.0
"""From an engine's result to the `done` message: a description and one raw frame per layer, and one for its film."""

from __future__ import annotations

import math
from dataclasses import asdict

from server.engine.api import Result
from server.worker import image_codec
from server.worker.messages import Header
from server.worker.task import Task

FILM = "film"
"""The image of a result that holds its frames, beside its layers."""


def pack(task: Task, result: Result) -> tuple[Header, list[memoryview]]:
    """The message that ends a task. Raises ValueError for a layer whose profile no client could resolve."""
    spaces = image_codec.profiles(task.header, task.frames)
    layers: list[Header] = []
    frames: list[memoryview] = []
    for i, layer in enumerate(result.layers):
        layers.append(
            {
                "image": image_codec.describe(layer.picture, f"layer.{i}", spaces),
                "name": layer.name,
                "placement": layer.placement,
            }
        )
        frames.append(image_codec.raw(layer.picture.pixels))
    header: Header = {
        "t": "done",
        "task": task.id,
        "layers": layers,
        "seed": result.seed,
        "metrics": {name: _plain(value) for name, value in result.metrics.items()},
        "provenance": result.provenance,
        "notes": [asdict(note) for note in result.notes],
    }
    if result.film is not None:
        header["film"] = image_codec.describe(result.film, FILM)
        frames.append(image_codec.raw(result.film.pixels))
    return header, frames


def _plain(value: float | int | str) -> float | int | str:
    """A metric as the wire carries it; one that is not finite is told in words."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    return value
