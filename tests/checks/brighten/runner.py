# SPDX-License-Identifier: Apache-2.0
"""The runner of `brighten`. It needs no model's network, so nothing is loaded and nothing is inverted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from protocol.edits.brighten import Brighten
from server.engine.api import Layer, Picture, Pictures, Plan, Rect, Result, Size, Step
from server.engine.edits.frame import source_of
from server.engine.edits.result_layer import title_of
from server.engine.edits.runner import PlanContext, RunContext
from server.engine.models.catalogue import Catalogue
from server.engine.models.profile import ModelKind
from server.engine.provenance import provenance

GAMMA = 0.5


@dataclass(frozen=True)
class BrightenRunner:
    """See `EditRunner`."""

    models: ModelKind = "diffusion"
    own_inputs: frozenset[str] = frozenset()

    def plan(
        self, edit: Brighten, *, document: Size, selection: Rect | None, context: PlanContext
    ) -> Plan:
        whole = (0, 0, *document)
        return Plan(
            read_rect=whole, region=whole, crop=whole, model=edit.model,
            bytes=16 * document[0] * document[1], eta_ms=100, evaluations=0,
        )  # fmt: skip

    def check(self, edit: Brighten, pictures: Pictures, catalogue: Catalogue) -> None:
        source_of(pictures)

    def preview(self, edit: Brighten, pictures: Pictures, catalogue: Catalogue) -> Layer:
        return brightened(edit, pictures)

    def prepare(self, edit: Brighten, pictures: Pictures, context: RunContext) -> Result:
        return Result(layers=(), seed=edit.seed)

    def run(self, edit: Brighten, pictures: Pictures, context: RunContext) -> Result:
        context.watch.tell(Step(phase="edit", step=1, steps=1))
        source = source_of(pictures)
        return Result(
            layers=(brightened(edit, pictures),),
            seed=edit.seed,
            provenance=provenance(source, edit.model, source.rect),
        )


def brightened(edit: Brighten, pictures: Pictures) -> Layer:
    """The source, brighter; its depth and profile stay."""
    source = source_of(pictures)
    top = np.iinfo(source.pixels.dtype).max if source.pixels.dtype.kind == "u" else 1.0
    values = source.pixels.astype(np.float32) / top
    colors = values[..., :3]
    lifted = colors**GAMMA if edit.curve == "gamma" else np.minimum(colors + edit.amount, 1.0)
    values[..., :3] = colors + (lifted - colors) * _where(edit, pictures)
    pixels = np.rint(values * top) if top > 1 else values
    picture: Picture = replace(source, pixels=pixels.astype(source.pixels.dtype))
    return Layer(picture=picture, name=title_of(edit))


def _where(edit: Brighten, pictures: Pictures) -> NDArray[np.float32] | float:
    """(h, w, 1) 0..1: how much of the lift every pixel gets."""
    shares: list[NDArray[np.float32]] = []
    for number, light in enumerate(edit.lights):
        pixels = pictures[f"condition.{number}"].pixels.astype(np.float32)
        shares.append(light.weight * pixels[..., :3].mean(axis=-1, keepdims=True) / 255)
    return np.minimum(sum(shares), 1.0) if shares else 1.0  # type: ignore[return-value]
