# SPDX-License-Identifier: Apache-2.0
"""The landmark benchmark's row of `drag`, the edit by diffusion, with a model that has never seen a head.

The bundled diffusion model knows scenes only, so this row shows what the edit does to what its model does not know.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from protocol.edits import Drag, DragPath
from server.engine.api import Picture, ignore_step
from server.engine.canvas import flatten
from server.engine.engine import Engine
from server.engine.models.bundled_profile import SCENES
from server.lab.evaluate.landmarks.cases import LandmarkCase
from server.lab.evaluate.landmarks.paths import apart

Bytes = NDArray[np.uint8]


def diffusion_drag() -> Callable[[LandmarkCase, tuple[str, ...]], Bytes]:
    """Drags the named landmarks in the engine, as a paint program would have it done; the whole picture may change."""
    engine = Engine()

    def work(case: LandmarkCase, names: tuple[str, ...]) -> Bytes:
        pixels = case.source()
        height, width = pixels.shape[:2]
        rect, document = (0, 0, width, height), (width, height)
        everywhere = np.full((height, width, 1), 255, np.uint8)
        pictures = {
            "source": Picture(pixels=pixels, rect=rect, document=document),
            "mask": Picture(pixels=everywhere, rect=rect, document=document),
        }
        paths = apart([(case.starts[name], case.ends[name]) for name in names])
        drags = tuple(DragPath(points=tuple(path)) for path in paths)
        result = engine.run(Drag(drags=drags, model=SCENES), pictures, ignore_step)
        shown = np.asarray(flatten(pictures["source"], list(result.layers)).pixels)
        return shown[..., :3].astype(np.uint8)

    return work
