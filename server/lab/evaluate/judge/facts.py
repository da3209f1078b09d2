# SPDX-License-Identifier: Apache-2.0
"""Facts of the world as the evaluator's labels, and its answers as facts again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from server.lab.evaluate.judge.fields import Fields, Labels, Spot
from server.lab.scenes.facts import KINDS, LIGHTS, Facts, Seen
from server.lab.scenes.scene import GroundKind, SkyKind, Style
from server.lab.scenes.things import Tint

NO_YES = ("no", "yes")
NONE = "none"
SWITCHES = ("lake", "reflection", "path", "fence")
MOST = 5
"""Counts are told apart up to this number; more than that count as this number."""


def count_of(kind: str) -> str:
    """The name of the attribute that counts a kind."""
    return f"how many: {kind}"


WORLD = Fields(
    values={
        "style": get_args(Style),
        "sky": get_args(SkyKind),
        "light": LIGHTS,
        "ground": get_args(GroundKind),
        **dict.fromkeys(SWITCHES, NO_YES),
        "tint": (NONE, *get_args(Tint)),
        "snow": (NONE, *NO_YES),
        "high": (NONE, *NO_YES),
        **{count_of(kind): tuple(str(n) for n in range(MOST + 1)) for kind in KINDS},
    },
    kinds={kind: colors or ("",) for kind, colors in KINDS.items()},
)
"""All that the evaluator answers about this world."""


def labels_of(facts: Facts) -> Labels:
    """The true answers for a picture with these facts."""
    values: dict[str, str] = {
        name: str(getattr(facts, name)) for name in ("style", "sky", "light", "ground")
    }
    values |= {name: NO_YES[getattr(facts, name)] for name in SWITCHES}
    values["tint"] = facts.tint or NONE
    values |= {name: _maybe(getattr(facts, name)) for name in ("snow", "high")}
    for kind in KINDS:
        values[count_of(kind)] = str(min(len(facts.of(kind)), MOST))
    spots = tuple(
        Spot(kind=seen.kind, x=seen.x, y=seen.y, color=seen.color) for seen in facts.things
    )
    return Labels(values=values, spots=spots)


def facts_of(labels: Labels) -> Facts:
    """The facts that answers amount to; counts are those of the things that were found."""
    values: Mapping[str, Any] = labels.values
    mountains = len(labels.of("mountain"))
    return Facts(
        style=values["style"],
        sky=values["sky"],
        light=values["light"],
        ground=values["ground"],
        clouds=len(labels.of("cloud")),
        mountains=mountains,
        tint=values["tint"] if mountains and values["tint"] != NONE else None,
        snow=_truth(values["snow"]) if mountains else None,
        high=_truth(values["high"]) if mountains else None,
        lake=values["lake"] == "yes",
        reflection=values["reflection"] == "yes" and values["lake"] == "yes",
        path=values["path"] == "yes",
        fence=values["fence"] == "yes",
        things=tuple(
            Seen(kind=spot.kind, x=spot.x, y=spot.y, color=spot.color) for spot in labels.spots
        ),
    )


def _maybe(known: bool | None) -> str:
    return NONE if known is None else NO_YES[known]


def _truth(word: str) -> bool | None:
    return None if word == NONE else word == "yes"
