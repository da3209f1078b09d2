# SPDX-License-Identifier: Apache-2.0
"""The lexicon of world 2: how each thing may be called; every word a caption can hold comes from here."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from server.lab.scenes.caption import vocabulary
from server.lab.scenes.claims import Side, Way

Noun = tuple[str, str]
"""How one is called, and how several are."""
Ways = tuple[str, ...]

COLORED: dict[str, tuple[Noun, ...]] = {
    "balloon": (
        ("{color} balloon", "{color} balloons"),
        ("{color} hot air balloon", "{color} hot air balloons"),
    ),
    "boat": (
        ("boat with a {color} sail", "boats with {color} sails"),
        ("{color} boat", "{color} boats"),
        ("sailboat with a {color} sail", "sailboats with {color} sails"),
        ("{color} sailing boat", "{color} sailing boats"),
    ),
    "house": (
        ("house with a {color} roof", "houses with {color} roofs"),
        ("small house with a {color} roof", "small houses with {color} roofs"),
        ("cottage with a {color} roof", "cottages with {color} roofs"),
    ),
    "car": (("{color} car", "{color} cars"),),
    "person": (
        ("person in a {color} coat", "people in {color} coats"),
        ("person in {color}", "people in {color}"),
        ("figure in a {color} coat", "figures in {color} coats"),
        ("waving person in {color}", "waving people in {color}"),
    ),
    "fence": (("{color} fence", "{color} fences"), ("{color} wooden fence", "{color} fences")),
}
PLAIN: dict[str, tuple[Noun, ...]] = {
    "balloon": (("balloon", "balloons"), ("hot air balloon", "hot air balloons")),
    "boat": (("boat", "boats"), ("sailboat", "sailboats"), ("sailing boat", "sailing boats")),
    "house": (("house", "houses"), ("small house", "small houses"), ("cottage", "cottages")),
    "car": (("car", "cars"),),
    "person": (("person", "people"), ("figure", "figures"), ("waving person", "waving people")),
    "fence": (("fence", "fences"), ("wooden fence", "wooden fences")),
    "pine tree": (("pine tree", "pine trees"), ("pine", "pines"), ("fir tree", "fir trees")),
    "round tree": (("round tree", "round trees"), ("leafy tree", "leafy trees")),
    "tree": (("tree", "trees"),),
    "cloud": (("cloud", "clouds"),),
    "mountain": (("mountain", "mountains"), ("mountain", "mountains"), ("peak", "peaks")),
}
LIGHTS: dict[str, Ways] = {
    "sun": ("the sun", "a bright sun", "the bright sun"),
    "moon": ("the moon", "a full moon", "a bright moon"),
}
LIGHT_TAGS: dict[str, Ways] = {"sun": ("sun", "bright sun"), "moon": ("moon", "full moon")}
SEVERAL: Ways = ("", "", "some", "several")
"""Before a plural without a number: two or more."""

TALL: dict[bool, Ways] = {True: ("high", "tall"), False: ("low", "small")}
CAPPED: dict[bool, Ways] = {True: ("snowy", "snowy", "snow capped"), False: ("bare", "rocky")}
BACKGROUND: Ways = ("in the background", "in the distance")

TIMES: dict[str, Ways] = {
    "day": ("by day", "under a blue sky", "in the daytime"),
    "sunset": ("at sunset", "in the evening", "under an orange sky"),
    "dusk": ("at dusk", "after sunset", "under a purple sky", "at twilight"),
    "night": ("at night", "by night", "under a dark sky"),
    "overcast": ("under a gray sky", "on a gray day", "on a cloudy day", "under an overcast sky"),
}
SUNNY, MOONLIT, CLEAR = "on a sunny day", "in the moonlight", ("clear sky", "no clouds")
"""Said of a day with the sun, of a night with the moon, of a sky without clouds."""
SKY_TAGS: dict[str, Ways] = {
    "day": ("blue sky", "day"),
    "sunset": ("sunset", "orange sky", "evening"),
    "dusk": ("dusk", "purple sky", "twilight"),
    "night": ("night", "night sky", "dark sky"),
    "overcast": ("gray sky", "overcast sky", "cloudy day"),
}
ON_LAND: dict[str, Ways] = {
    "grass": ("on green grass", "on a green meadow", "on green hills", "in a grassy field"),
    "sand": ("on yellow sand", "on the sand", "in the desert", "on sand hills"),
    "snow": ("on white snow", "in the snow", "in a snowy field", "on snow hills"),
}
LANDS: dict[str, Ways] = {
    "grass": ("a green meadow", "green hills", "a grassy landscape", "green grass"),
    "sand": ("yellow sand", "a sandy desert", "a desert landscape", "sand hills"),
    "snow": ("white snow", "a snowy landscape", "a winter landscape", "a snowy field"),
}
LAND_TAGS: dict[str, Ways] = {
    "grass": ("green grass", "meadow", "green hills"),
    "sand": ("sand", "desert"),
    "snow": ("snow", "snowy landscape", "winter"),
}
ON_SHORE: dict[str, Ways] = {
    "grass": ("on a green shore", "on a grassy shore"),
    "sand": ("on a sandy shore", "on a beach", "on a sandy beach"),
    "snow": ("on a snowy shore", "on the snowy shore"),
}
SHORE: Ways = ("on the shore", "by the lake", "near the water")
AFLOAT: Ways = ("on the lake", "on a lake", "on the water")
LAKES: Ways = ("a lake", "a calm lake", "calm water")
MIRRORS: Ways = ("a lake with reflections", "a mirror lake", "a calm lake with reflections")
EMPTY_LAKE = "an empty lake"
REFLECTED: Ways = ("reflected in a lake", "reflected in the water", "reflected in the lake")
PATHS: Ways = ("a path", "a winding path", "a road")

STYLE_OF: dict[str, Ways] = {
    "flat": ("a flat illustration of", "a flat picture of"),
    "outlined": ("a drawing with outlines of", "an outlined illustration of", "a cartoon of"),
    "watercolor": ("a watercolor painting of", "a watercolor of", "a watercolour painting of"),
    "pencil": ("a pencil drawing of", "a pencil sketch of"),
}
"""Before a noun."""
STYLE_TAGS: dict[str, Ways] = {
    "flat": ("flat illustration", "flat style"),
    "outlined": ("with outlines", "outlined drawing", "cartoon style", "dark outlines"),
    "watercolor": ("watercolor painting", "in watercolor", "watercolor style", "watercolour"),
    "pencil": ("pencil drawing", "drawn in pencil", "pencil sketch", "in pencil"),
}
"""Set off by a comma or a full stop."""

SIDES: dict[Side, Ways] = {
    "left": ("on the left", "on the left side"),
    "right": ("on the right", "on the right side"),
    "middle": ("in the middle", "in the center"),
}
WAYS: dict[Way, Ways] = {
    "left of": ("left of", "to the left of"),
    "right of": ("right of", "to the right of"),
    "in front of": ("in front of",),
    "behind": ("behind",),
    "above": ("above", "over"),
}
GLUE = (
    "a an the and with two three over above there is are stands stand in the sky a view of "
    "grey red yellow blue green brown white gray purple orange"
)


TABLES = (
    *(COLORED, PLAIN, LIGHTS, LIGHT_TAGS, SEVERAL, TALL, CAPPED, BACKGROUND),
    *(TIMES, SUNNY, MOONLIT, CLEAR, SKY_TAGS, ON_LAND, LANDS, LAND_TAGS, ON_SHORE, SHORE, AFLOAT),
    *(LAKES, MIRRORS, EMPTY_LAKE, REFLECTED, PATHS, STYLE_OF, STYLE_TAGS, SIDES, WAYS, GLUE),
)


@cache
def words() -> tuple[str, ...]:
    """Every word of world 2, sorted, those of world 1 included."""
    said = " ".join(_texts(TABLES)).replace("{color}", "")
    return tuple(sorted({*re.findall(r"[a-z]+", said), *vocabulary()}))


def _texts(table: object) -> Iterable[str]:
    """All texts in nested tables."""
    if isinstance(table, str):
        yield table
    for value in table.values() if isinstance(table, Mapping) else ():
        yield from _texts(value)
    for value in table if isinstance(table, tuple) else ():
        yield from _texts(value)
