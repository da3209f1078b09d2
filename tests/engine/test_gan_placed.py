# SPDX-License-Identifier: Apache-2.0
"""A pull on a layer that is transparent around what is pulled: each frame is placed as the result will be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fakes import fields

from protocol.edits import DragGan, DragPath
from server.engine.api import Picture, Step
from server.engine.engine import Engine
from server.engine.models.catalogue import Catalogue

SIDE = 128
FROM, TO = (60.0, 64.0), (76.0, 72.0)
"""x, y of the crossing of the fields in the document, and where it is pulled."""
FULL = 65535


def cut_out() -> Picture:
    """16 bit: a disc around the crossing, nothing else."""
    small = fields.as_pixels((FROM[1] / 2, FROM[0] / 2))
    pixels = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1).astype(np.uint16) * 257
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    disc = np.hypot(x - FROM[0], y - FROM[1]) < 9
    alpha = np.where(disc, FULL, 0)[..., None].astype(np.uint16)
    whole = np.concatenate([pixels, alpha], axis=-1)
    return Picture(pixels=whole, rect=(0, 0, SIDE, SIDE), document=(SIDE, SIDE))


def test_previews_are_placed_as_their_result_is(tmp_path: Path) -> None:
    """What becomes transparent on the way is seen without the layer that it is pulled out of."""
    fields.install(tmp_path, drag={"learning_rate": 0.02, "block": 2, "rows": 10})
    catalogue = Catalogue(bundled=tmp_path / "none", folder=lambda: tmp_path, named=dict)
    edit = DragGan(
        drags=(DragPath(points=(FROM, TO)),), model="fields", preset="quick", iterations=6
    )
    steps: list[Step] = []
    engine = Engine(catalogue, device="cpu")
    result = engine.run(edit, {"source": cut_out()}, steps.append)
    last = [step for step in steps if step.phase == "edit"][-1]
    assert last.preview is not None
    assert last.place is not None
    shown = last.preview()
    assert shown.placement == result.layers[0].placement == "instead"
    x, y, width, height = last.place
    there = result.layers[0].picture.pixels[y : y + height, x : x + width, 3] / FULL
    assert np.abs(shown.picture.pixels[..., 3] / 255 - there).max() < 0.02
