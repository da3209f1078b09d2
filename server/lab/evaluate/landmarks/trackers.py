# SPDX-License-Identifier: Apache-2.0
"""Trackers that the landmark benchmark compares: DragGAN's own, templates of features, templates of the picture.

RAFT and PIPs, which DragGAN's article compares, are networks with weights of their own and are not bundled.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from server.engine.gan.drag import Drag
from server.engine.gan.supervision import Start, Tracker, nearest
from server.engine.gan.template_tracking import HALF, Template, fitted

Exchange = Callable[[Drag], None]
"""Gives a drag its tracker before its first step."""


class PictureTemplate:
    """A `Tracker` that looks at the picture alone, as an eye would: patches of colors. It makes every picture."""

    def __init__(self, drag: Drag) -> None:
        self.drag = drag
        self._before: Tensor | None = None

    @torch.no_grad()
    def __call__(
        self, features: Tensor, size: int, start: Start, handles: Tensor, radius: int
    ) -> Tensor:
        now = self.drag.generator.synthesis(self.drag.ws, how=self.drag.how)
        before = self._before = now if self._before is None else self._before
        return fitted(
            before,
            now,
            size,
            origins=start.handles,
            handles=handles,
            radius=radius,
            half=HALF,
        )


def _own(tracker: Tracker) -> Exchange:
    def give(drag: Drag) -> None:
        drag.track = tracker

    return give


def _picture(drag: Drag) -> None:
    drag.track = PictureTemplate(drag)


TRACKERS: dict[str, Exchange] = {
    "nearest feature": _own(nearest),
    "template of features": _own(Template()),
    "template of the picture": _picture,
}
