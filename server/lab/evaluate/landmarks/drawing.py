# SPDX-License-Identifier: Apache-2.0
"""The landmark benchmark's row of `drag-gan` as a paint program has it done: on the drawing, which is inverted first.

The other rows of DragGAN pull what the generator itself makes of the case's latent; this one begins with the same
picture as the un-edited row, the plain warp and `drag` do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocol.edits import DragGan, DragPath
from server.engine.api import Picture, ignore_step
from server.engine.canvas import flatten
from server.engine.engine import Engine
from server.engine.models.catalogue import Catalogue
from server.lab.evaluate.landmarks.cases import LandmarkCase
from server.lab.evaluate.landmarks.paths import apart

Bytes = NDArray[np.uint8]


def drawing_drag(folder: Path, steps: int) -> Callable[[LandmarkCase, tuple[str, ...]], Bytes]:
    """Drags the named landmarks in the engine with the generator in a folder; a case is inverted once."""
    engine = Engine(Catalogue(bundled=folder.parent, folder=lambda: folder / "none", named=dict))

    def work(case: LandmarkCase, names: tuple[str, ...]) -> Bytes:
        pixels = case.source()
        height, width = pixels.shape[:2]
        source = Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height))
        paths = apart([(case.starts[name], case.ends[name]) for name in names])
        drags = tuple(DragPath(points=tuple(path)) for path in paths)
        edit = DragGan(drags=drags, model=folder.name, iterations=steps, feather=0)
        result = engine.run(edit, {"source": source}, ignore_step)
        shown = np.asarray(flatten(source, list(result.layers)).pixels)
        return shown[..., :3].astype(np.uint8)

    return work
