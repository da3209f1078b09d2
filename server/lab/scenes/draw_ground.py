# SPDX-License-Identifier: Apache-2.0
"""The sky and the bands of ground: far land, water, near land."""

from typing import Literal

import numpy as np

from server.lab.scenes.draw_road import draw_path
from server.lab.scenes.palette import AIR, WATER, Floats, gradient, land_stops, mix, sky_stops
from server.lab.scenes.scene import Ground, Hill, Sky
from server.lab.scenes.shapes import Cover, Patch
from server.lab.scenes.things import SIDE

BandName = Literal["far", "lake", "near", "path"]
Band = tuple[BandName, Patch, Cover, Floats]


def draw_sky(sky: Sky, horizon: float, size: int) -> Floats:
    """The gradient from the top of the picture to the horizon, (3, size, 1)."""
    rows = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(SIDE / size)
    return gradient(sky_stops(sky), (0.0, 0.55 * horizon, horizon), rows)


def draw_bands(ground: Ground, sky: Sky, size: int) -> list[Band]:
    """From back to front: name, patch, coverage and color of each band of ground."""
    upper, lower = land_stops(ground.kind, sky)
    air = AIR[sky.kind]
    far_top = mix(upper, air, 0.30)
    far_low = mix(lower, air, 0.12)
    bands: list[Band] = [_band("far", ground.far, size, (far_top, far_low), ground.far.top + 34)]
    if ground.lake:
        bands.append(_water(ground, sky, size))
    if ground.near.top < SIDE:
        bands.append(_band("near", ground.near, size, (upper, lower), ground.near.top + 60))
        if ground.path is not None:
            bands.append(("path", *draw_path(ground.path, ground, sky, size)))
    return bands


def _band(
    name: BandName,
    hill: Hill,
    size: int,
    stops: tuple[Floats, Floats],
    end: float,
) -> Band:
    top = min(hill.height_at(0.0), hill.height_at(float(SIDE)), hill.top)
    patch = Patch((0.0, top, float(SIDE), float(SIDE)), size)
    across = (patch.x - np.float32(hill.crest)) / np.float32(128)
    edge = np.float32(hill.top) + np.float32(hill.sag) * (across * across)
    cover = patch.cover(edge - patch.y)
    return name, patch, cover, gradient(stops, (top, end), patch.y[:, 0])


def _water(ground: Ground, sky: Sky, size: int) -> Band:
    patch = Patch((0.0, ground.horizon, float(SIDE), float(SIDE)), size)
    cover = patch.cover(np.float32(ground.horizon) - patch.y)
    far, near = WATER[sky.kind]
    return (
        "lake",
        patch,
        cover,
        gradient((far, near), (ground.horizon, ground.horizon + 62.0), patch.y[:, 0]),
    )
