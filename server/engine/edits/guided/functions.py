# SPDX-License-Identifier: Apache-2.0
"""What sets one guided edit apart from another: a handful of functions and the papers' numbers. No torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from protocol.edits import GuidedEdit
from server.engine.api import Note, Picture, Rect, Size
from server.engine.canvas import Crop, Mask
from server.engine.diffusion.dragon_settings import DragonSettings
from server.engine.edits.frame import Frame
from server.engine.edits.guided.geometry import Geometry, Motion
from server.engine.models.profile import GuidedSettings, ModelProfile

if TYPE_CHECKING:  # these know torch, which the quick worker does not load
    from server.engine.diffusion.dragging import Dragging
    from server.engine.diffusion.published.modes import Setup

E = TypeVar("E", bound=GuidedEdit)


@dataclass(frozen=True, kw_only=True)
class GuidedTask(Generic[E]):
    """An edit and its pictures, brought together. motion: on the grid of the frame's view."""

    edit: E
    frame: Frame
    geometry: Geometry
    motion: Motion

    @property
    def crop(self) -> Crop:
        return self.frame.crop


Region: TypeAlias = Callable[[E, Size, Rect | None], Rect]
"""The largest area that may change, given the document and the bounds of its selection; empty when nothing of it is
in the document. Raises EngineError."""
MakeGeometry: TypeAlias = Callable[
    [E, Crop, NDArray[np.float32], Picture | None, Mask | None], Geometry
]
"""What goes where, given the crop, its picture (h, w, 3) at the model's size, the mask, and the layer's alpha on the
crop, None when it is opaque. Raises EngineError."""
Blend: TypeAlias = Callable[[E, Geometry, Motion], Mask]
"""How much of the result is put back, (crop h, crop w) 0..1."""
Notes: TypeAlias = Callable[[E, Size, Rect | None], list[Note]]
"""What an artist should know first, given the document and the bounds of its selection."""
Reference: TypeAlias = "Callable[[GuidedTask[E], Dragging], Setup]"
"""The edit as the published code does it, given the method without its energies. Raises ValueError for what that
refuses."""


@dataclass(frozen=True, kw_only=True)
class GuidedFunctions(Generic[E]):
    """One guided edit. published: the papers' numbers for it, where a model has none of its own."""

    region: Region[E]
    geometry: MakeGeometry[E]
    blend: Blend[E]
    notes: Notes[E]
    reference: Reference[E]
    published: DragonSettings

    def settings(self, edit: E, profile: ModelProfile) -> GuidedSettings:
        """How this model is guided."""
        usual = GuidedSettings(dragon=self.published, published=self.published)
        return profile.guided.get(edit.KIND, usual)
