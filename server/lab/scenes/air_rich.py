# SPDX-License-Identifier: Apache-2.0
"""What hangs in the sky of a scene of world 2: sun or moon, clouds, balloons."""

from collections.abc import Sequence

from server.lab.scenes import odds_rich as odds
from server.lab.scenes.board import Board
from server.lab.scenes.dice import Dice
from server.lab.scenes.scene import Ground, Sky
from server.lab.scenes.sight import seen_share
from server.lab.scenes.things import Balloon, Cloud, Moon, Mountain, Sun, Thing

LOWEST_LIGHT = {"day": 74.0, "sunset": 112.0, "dusk": 104.0, "night": 84.0, "overcast": 74.0}


def light(
    dice: Dice, sky: Sky, ground: Ground, peaks: Sequence[Mountain], board: Board
) -> tuple[Thing, ...]:
    """A sun, a moon or neither, as the sky has it, at most a tenth of it behind a mountain."""
    sun_odds, moon_odds = odds.LIGHT[sky.kind]
    kind = dice.rng.random()
    size = dice.between(*odds.LIGHT_SIZE)
    orange = {"sunset": 0.15, "dusk": 0.85}.get(sky.kind, 0.0) + dice.between(0.0, 0.15)
    if kind < sun_odds:
        thing: Sun | Moon = Sun(name="sun", x=0.0, y=0.0, size=size, orange=orange)
    elif kind < sun_odds + moon_odds:
        thing = Moon(name="moon", x=0.0, y=0.0, size=size)
    else:
        return ()

    def fits(there: Thing) -> bool:
        return seen_share(there, peaks, ground) > 0.9

    spot = board.hang(thing, 28.0, LOWEST_LIGHT[sky.kind], fits)
    return () if spot is None else (spot,)


def clouds(
    dice: Dice, ground: Ground, peaks: Sequence[Mountain], board: Board, number: int
) -> tuple[Cloud, ...]:
    """Clouds apart from all else, mostly clear of the mountains before them."""

    def fits(there: Thing) -> bool:
        return seen_share(there, peaks, ground) > 0.72

    made: list[Cloud] = []
    for _ in range(number):
        lobes = (
            (dice.between(-0.26, -0.16), dice.between(0.12, 0.17)),
            (dice.between(-0.06, 0.08), dice.between(0.18, 0.215)),
            (dice.between(0.18, 0.27), dice.between(0.11, 0.17)),
        )
        size = dice.between(*odds.CLOUD_SIZE)
        cloud = Cloud(name=f"cloud{len(made) + 1}", x=0.0, y=0.0, size=size, lobes=lobes)
        spot = board.hang(cloud, 30.0, ground.horizon - 48.0, fits)
        if spot is not None:
            made.append(spot)
    return tuple(made)


def balloons(dice: Dice, ground: Ground, board: Board, number: int) -> tuple[Balloon, ...]:
    """Hot-air balloons above the land, in front of the mountains but never over a peak."""
    made: list[Balloon] = []
    for _ in range(number):
        color, plain = dice.pick(odds.BALLOON_COLOR), dice.chance(0.25)
        size = dice.between(*odds.BALLOON_SIZE)
        name = f"balloon{len(made) + 1}"
        balloon = Balloon(name=name, x=0.0, y=0.0, size=size, color=color, plain=plain)
        spot = board.hang(balloon, 34.0, ground.horizon - 1.02 * size + 12.0, lambda _: True)
        if spot is not None:
            made.append(spot)
    return tuple(made)
