# SPDX-License-Identifier: Apache-2.0
"""One thing alone, on a patch of its own; and the classes of the segmentation map."""

from typing import assert_never, cast

from server.lab.scenes.draw_air import draw_balloon, draw_cloud, draw_moon, draw_sun
from server.lab.scenes.draw_land import draw_boat, draw_house, draw_mountain, draw_tree
from server.lab.scenes.draw_road import draw_car, draw_fence, draw_person
from server.lab.scenes.scene import Sky
from server.lab.scenes.shapes import Patch
from server.lab.scenes.things import (
    Balloon,
    Boat,
    Cloud,
    House,
    Moon,
    Mountain,
    Sun,
    Thing,
    Tree,
)
from server.lab.scenes.things_road import Car, Fence, Person

AnyThing = Sun | Moon | Cloud | Mountain | House | Tree | Boat | Balloon | Car | Person | Fence

CLASSES = (
    *("sky", "sun", "moon", "cloud", "mountain", "land", "lake", "path"),
    *("house", "tree", "boat", "balloon", "car", "person", "fence"),
)
"""What the numbers of a segmentation map mean."""


def draw(thing: Thing, sky: Sky, size: int) -> Patch:
    """The thing in the light of a sky, in the flat style that all others start from."""
    known = cast(AnyThing, thing)
    match known:
        case Sun():
            return draw_sun(known, sky, size)
        case Moon():
            return draw_moon(known, sky, size)
        case Cloud():
            return draw_cloud(known, sky, size)
        case Mountain():
            return draw_mountain(known, sky, size)
        case House():
            return draw_house(known, sky, size)
        case Tree():
            return draw_tree(known, sky, size)
        case Boat():
            return draw_boat(known, sky, size)
        case Balloon():
            return draw_balloon(known, sky, size)
        case Car():
            return draw_car(known, sky, size)
        case Person():
            return draw_person(known, sky, size)
        case Fence():
            return draw_fence(known, sky, size)
        case _:
            assert_never(known)
