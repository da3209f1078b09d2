# SPDX-License-Identifier: Apache-2.0
"""How often world 2 has what: whole-number weights, and sizes as (low, high) in world pixels."""

from server.lab.scenes.scene import GroundKind, SkyKind, Style
from server.lab.scenes.things import BalloonColor, RoofColor, SailColor, Tint, TreeShape
from server.lab.scenes.things_road import CarColor, CoatColor, FenceColor

Range = tuple[float, float]

FIRST_WORLD = 0.70
"""How often the scene of world 1 is taken, where it is clear: about 3 in 10 of all scenes."""
SPARSE = 0.15
"""How often a scene is nearly empty."""

STYLE: dict[Style, int] = {"flat": 22, "outlined": 26, "watercolor": 26, "pencil": 26}
SKY: dict[SkyKind, int] = {"day": 30, "sunset": 20, "dusk": 15, "night": 18, "overcast": 17}
GROUND: dict[GroundKind, int] = {"grass": 50, "sand": 24, "snow": 26}
TINT: dict[Tint, int] = {"blue": 30, "gray": 24, "purple": 24, "brown": 22}
BALLOON_COLOR: dict[BalloonColor, int] = {"red": 28, "yellow": 26, "blue": 24, "green": 22}
SAIL: dict[SailColor, int] = {"white": 36, "red": 34, "yellow": 30}
ROOF: dict[RoofColor, int] = {"red": 40, "brown": 28, "blue": 32}
CAR_COLOR: dict[CarColor, int] = {"red": 28, "yellow": 26, "blue": 26, "green": 20}
COAT: dict[CoatColor, int] = {"red": 30, "yellow": 26, "blue": 26, "green": 18}
FENCE_COLOR: dict[FenceColor, int] = {"brown": 55, "white": 45}
TREE_SHAPE: dict[TreeShape, int] = {"pine": 50, "round": 50}

MOUNTAINS: dict[int, int] = {0: 16, 1: 26, 2: 31, 3: 27}
BALLOONS: dict[int, int] = {0: 52, 1: 33, 2: 13, 3: 2}
CLOUDS: dict[SkyKind, dict[int, int]] = {
    "day": {0: 34, 1: 28, 2: 24, 3: 14},
    "sunset": {0: 38, 1: 30, 2: 22, 3: 10},
    "dusk": {0: 44, 1: 30, 2: 18, 3: 8},
    "night": {0: 50, 1: 30, 2: 20},
    "overcast": {0: 12, 1: 24, 2: 34, 3: 30},
}
HOUSES: dict[int, int] = {0: 54, 1: 32, 2: 14}
TREES: dict[int, int] = {0: 36, 1: 26, 2: 22, 3: 16}
BOATS: dict[int, int] = {0: 24, 1: 56, 2: 20}
CARS: dict[int, int] = {0: 64, 1: 30, 2: 6}
PEOPLE: dict[int, int] = {0: 60, 1: 30, 2: 10}
FENCES: dict[int, int] = {0: 68, 1: 27, 2: 5}

DEEP = 0.7
"""How often things on the land may stand a little before one another."""
LAKE, REFLECTION, OPEN_WATER = 0.45, 0.55, 0.12
"""A lake at all; one that mirrors, where there are mountains; one without a near shore."""
PATH = 0.42
SNOW: dict[GroundKind, float] = {"grass": 0.6, "sand": 0.35, "snow": 0.85}
"""How often mountains carry snow over each ground."""
HIGH = 0.48
"""How often mountains are high."""
LIGHT: dict[SkyKind, tuple[float, float]] = {
    "day": (0.64, 0.0),
    "sunset": (0.78, 0.0),
    "dusk": (0.20, 0.50),
    "night": (0.0, 0.82),
    "overcast": (0.0, 0.0),
}
"""How often a sky holds the sun, and the moon."""

HIGH_PEAK: Range = (101.0, 124.0)
LOW_PEAK: Range = (56.0, 78.0)
LIGHT_SIZE: Range = (28.0, 44.0)
CLOUD_SIZE: Range = (58.0, 92.0)
BALLOON_SIZE: Range = (36.0, 58.0)
BOAT_SIZE: Range = (36.0, 44.0)
HOUSE_SIZE: Range = (44.0, 58.0)
TREE_SIZE: Range = (44.0, 66.0)
CAR_SIZE: Range = (44.0, 56.0)
PERSON_SIZE: Range = (36.0, 46.0)
FENCE_SIZE: Range = (72.0, 112.0)
