# SPDX-License-Identifier: Apache-2.0
"""Draws the example document of `pullbrush demo`: `python -m server.lab.example`.

A lake at sunset with a boat, a house and a snowy mountain, and two hidden layers with masks: the sun
with its glow, and the area a taller mountain may take. The command line carries the file, so that a
demo needs no lab.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Picture
from server.engine.canvas.masks import grow
from server.files import OraLayer, write_ora
from server.lab.scenes import Scene, render, sample_scene

PLACE = Path(__file__).resolve().parents[1] / "cli" / "examples" / "lake.ora"
SEED = 1196
EDGE = 2
"""Pixels around other things that a mask leaves out: soft edges belong to both."""

TALLER = 34
"""How much higher the mountain's mask lets it grow."""


def scene() -> Scene:
    """Scene 1196 with a clear sky."""
    return sample_scene(SEED).without("cloud1").without("cloud2")


def write(place: Path = PLACE) -> None:
    """Draw the scene and write it as OpenRaster."""
    drawn = render(scene())
    picture = _picture(drawn.rgb)
    masks = {"sun": _sun(scene()), "mountain": _mountain(scene())}
    layers = [_mask_layer(name, mask, picture) for name, mask in masks.items()]
    layers.append(OraLayer(name="lake", picture=picture))
    place.parent.mkdir(parents=True, exist_ok=True)
    write_ora(place, size=picture.document, layers=layers, merged=picture)


def _sun(world: Scene) -> NDArray[np.uint8]:
    """The sun and its glow, as far as the mountain before it does not hide them."""
    drawn = render(world)
    mask = _grown(drawn.full_masks["sun"], 2 + round(world.thing("sun").reach))
    mask[_grown(drawn.masks["mountain1"], EDGE) > 0] = 0
    return mask


def _mountain(world: Scene) -> NDArray[np.uint8]:
    """The mountain as it is and as it may become, with room around, down to the shore."""
    taller = world.with_peak("mountain1", 0, -TALLER)
    both = np.maximum(*(render(one).full_masks["mountain1"] for one in (world, taller)))
    mask = _grown(both, 20)
    mask[round(world.ground.horizon) - 2 :] = 0
    mask[_grown(render(world).masks["boat1"], EDGE) > 0] = 0
    return mask


def _grown(mask: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]:
    """Every pixel within `radius` of the mask."""
    return np.where(grow(mask > 0, radius), 255, 0).astype(np.uint8)


def _picture(pixels: NDArray[Any]) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height))


def _mask_layer(name: str, mask: NDArray[np.uint8], like: Picture) -> OraLayer:
    """White where the thing is, transparent elsewhere, hidden."""
    white = np.full_like(mask, 255)
    pixels = np.stack((white, mask), axis=2)
    return OraLayer(name=name, picture=replace(like, pixels=pixels), visible=False)


if __name__ == "__main__":
    write()
