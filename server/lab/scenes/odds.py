# SPDX-License-Identifier: Apache-2.0
"""How often the world has what: whole-number weights; changing one changes the scene of every seed."""

from server.lab.scenes.scene import GroundKind, SkyKind
from server.lab.scenes.things import BalloonColor, RoofColor, SailColor, Tint, TreeShape

SKY: dict[SkyKind, int] = {"day": 42, "sunset": 24, "dusk": 14, "night": 20}
GROUND: dict[GroundKind, int] = {"grass": 60, "sand": 18, "snow": 22}
TINT: dict[Tint, int] = {"blue": 36, "gray": 24, "purple": 24, "brown": 16}
BALLOON_COLOR: dict[BalloonColor, int] = {"red": 34, "yellow": 26, "blue": 22, "green": 18}
SAIL: dict[SailColor, int] = {"white": 45, "red": 30, "yellow": 25}
ROOF: dict[RoofColor, int] = {"red": 50, "brown": 28, "blue": 22}
TREE_SHAPE: dict[TreeShape, int] = {"pine": 60, "round": 40}

MOUNTAINS: dict[int, int] = {1: 30, 2: 45, 3: 25}
BALLOONS: dict[int, int] = {0: 40, 1: 42, 2: 18}
CLOUDS: dict[int, int] = {0: 30, 1: 30, 2: 26, 3: 14}
HOUSES: dict[int, int] = {0: 55, 1: 33, 2: 12}
TREES: dict[int, int] = {0: 34, 1: 22, 2: 24, 3: 20}
