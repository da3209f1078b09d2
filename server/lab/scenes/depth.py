# SPDX-License-Identifier: Apache-2.0
"""How far things are: 0 at the eye … 1 the sky."""

import numpy as np

from server.lab.scenes.palette import Floats
from server.lab.scenes.scene import Ground
from server.lab.scenes.things import SIDE, Balloon, Cloud, Moon, Mountain, Sun, Thing

NEAREST, HORIZON = 0.06, 0.70
"""Depth of level ground at the bottom of the picture and at the horizon."""


def ground_distance(y: Floats, ground: Ground) -> Floats:
    """Depth of level ground seen at the rows y (world pixels), quadratic towards the horizon."""
    far = np.clip((np.float32(SIDE) - y) / np.float32(SIDE - ground.horizon), 0, 1)
    return np.float32(NEAREST) + np.float32(HORIZON - NEAREST) * far * far


def distance(thing: Thing, ground: Ground) -> float:
    """Depth of a thing: where it stands on the ground, or by its kind and size when it does not."""
    match thing:
        case Sun() | Moon():
            return 0.98
        case Cloud():
            return 0.92
        case Mountain():
            return 0.74 + 0.14 * thing.haze
        case Balloon():
            return float(np.clip(18.0 / thing.size, 0.1, HORIZON))
        case _:
            return float(ground_distance(np.array([thing.y], np.float32), ground)[0])
