# SPDX-License-Identifier: Apache-2.0
"""What people say for things that a small model may know by another word: British spellings, synonyms, numbers.

A target counts only when the model knows all of its words, so one list serves models of different vocabularies.
Of several targets, the first that is known is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SPELLING = (
    "grey:gray colour:color colours:colors coloured:colored watercolour:watercolor harbour:harbor"
)
_NUMBERS = "1:one|a 2:two 3:three 4:four 5:five 6:six one:a couple:two pair:two"
_COLORS = (
    "crimson:red scarlet:red cherry:red maroon:dark red violet:purple lilac:purple lavender:purple "
    "azure:blue navy:dark blue turquoise:blue cyan:blue teal:blue golden:yellow gold:yellow amber:orange "
    "ivory:white silver:gray charcoal:dark gray lime:green emerald:green olive:green tan:brown beige:brown"
)
_TIMES = (
    "sundown:sunset nightfall:dusk twilight:dusk dawn:sunrise|dusk sunrise:dawn|sunset morning:day noon:day "
    "midday:day daytime:day daylight:day nighttime:night midnight:night nocturnal:night"
)
_LAND = (
    "peak:mountain summit:mountain mount:mountain alp:mountain alps:mountains peaks:mountains hill:hills|mountain "
    "snowcapped:snowy snowcovered:snowy snowclad:snowy wintry:snowy winter:snow ice:snow frost:snow "
    "pond:lake sea:lake|water ocean:lake|water river:water waters:water beach:sand|shore coast:shore bank:shore "
    "lawn:grass field:meadow|grass pasture:meadow|grass desert:sand dune:sand dunes:sand road:path trail:path "
    "track:path street:path|road"
)
_THINGS = (
    "cottage:house hut:house cabin:house home:house building:house villa:house barn:house cottages:houses "
    "huts:houses cabins:houses homes:houses buildings:houses village:houses fir:pine tree|pine spruce:pine tree|pine "
    "conifer:pine tree|pine firs:pine trees|pines pines:pine trees oak:round tree|tree bush:round tree|tree "
    "forest:trees wood:trees woods:trees sailboat:sailing boat|boat ship:boat yacht:boat dinghy:boat ferry:boat "
    "sailboats:boats ships:boats yachts:boats sails:sail zeppelin:balloon airship:balloon sunlight:sun "
    "sunshine:sun moonlight:moon moonlit:moon overcast:clouds cloudy:clouds auto:car automobile:car vehicle:car "
    "van:car truck:car human:person man:person woman:person boy:person girl:person figure:person guy:person "
    "people:persons|person men:persons|person women:persons|person fences:fence railing:fence"
)
_LOOKS = (
    "tiny:small little:small big:large|high huge:large|high large:big|high tall:high lofty:high towering:high "
    "quiet:calm still:calm peaceful:calm serene:calm tranquil:calm shiny:bright shining:bright gleaming:bright "
    "glowing:bright radiant:bright gloomy:dark dim:dark clear:blue circular:round spherical:round above:over "
    "atop:on upon:on below:under beneath:under underneath:under beside:by near:by next:by inside:in within:in "
    "sketch:pencil drawn:pencil crayon:pencil aquarelle:watercolor contour:outlined outline:outlined "
    "contoured:outlined cartoon:outlined|flat"
)


def _table(*lines: str) -> dict[str, tuple[str, ...]]:
    """{word: targets}; entries "word:target|target" run from one colon's word to the next entry's."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        word, targets = "", ""
        for piece in line.split():
            if ":" in piece:
                if word:
                    found[word] = tuple(targets.split("|"))
                word, targets = piece.split(":")
            else:
                targets += " " + piece
        found[word] = tuple(targets.split("|"))
    return found


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    _table(_SPELLING, _NUMBERS, _COLORS, _TIMES, _LAND, _THINGS, _LOOKS)
)
"""Word → what it may be read as, best first; a target may be several words."""

PASSED_OVER = _set(
    "a an the of to is are was were be been it its this that these those there here as some any such very "
    "rather quite so too just also both each every which who whose where while when then from for "
    "has have having my your his her our their"
)
"""Words that say nothing about a picture: left out without a remark when a model does not know them."""

LINKS = _set(
    "a an the with without and or in on at by near over under above below behind before after of "
    "to from one two three four five some many several"
)
"""Words that only introduce another one, and go with it when it is left out."""

QUALITIES = _set(
    "red orange yellow green blue purple pink brown white black gray dark bright small big large high low "
    "calm snowy bare round full hot sunny grey tall empty clear cloudy grassy leafy "
    "rocky sandy wooden winding two three four five six"
)
"""Words that describe the next one, and go with it when it is left out."""

JOINTS = _set("and or with without of")
"""Links that stand between two things, and mean nothing when the first was left out."""
