# SPDX-License-Identifier: Apache-2.0
"""The land of a scene of world 2: ground, path and mountains."""

from typing import cast

from server.lab.scenes import odds_rich as odds
from server.lab.scenes.dice import Dice
from server.lab.scenes.scene import Ground, Hill, Path
from server.lab.scenes.things import Mountain, Tint

Shoulders = tuple[float, float, float, float]


def ground(dice: Dice, sparse: bool, mirror: bool) -> Ground:
    """A lake with or without a near shore, or near land that takes up the lower quarter or more.

    With `mirror` a lake reflects; that is seen only where there is a mountain to be reflected.
    """
    kind = dice.pick(odds.GROUND)
    crest, near_crest = dice.between(20.0, 236.0), dice.between(0.0, 256.0)
    if dice.chance(odds.LAKE):
        horizon = dice.between(146.0, 168.0)
        far = Hill(top=horizon - dice.between(5.0, 11.0), crest=crest, sag=dice.between(0.0, 3.0))
        open_water = dice.chance(0.5 if sparse else odds.OPEN_WATER)
        top = 300.0 if open_water else dice.between(208.0, 232.0)
        near = Hill(top=top, crest=near_crest, sag=dice.between(2.0, 8.0))
        return Ground(kind=kind, horizon=horizon, far=far, near=near, lake=True, reflection=mirror)
    horizon = dice.between(150.0, 174.0)
    far = Hill(top=horizon - dice.between(0.0, 8.0), crest=crest, sag=dice.between(2.0, 5.0))
    top = horizon + dice.between(18.0, 32.0)
    near = Hill(top=top, crest=near_crest, sag=dice.between(-6.0, 10.0))
    path = _path(dice) if dice.chance(odds.PATH) else None
    return Ground(kind=kind, horizon=horizon, far=far, near=near, path=path)


def _path(dice: Dice) -> Path:
    head = dice.between(48.0, 208.0)
    foot = min(max(head + dice.between(-70.0, 70.0), 40.0), 216.0)
    return Path(
        head=head, foot=foot, width=dice.between(40.0, 56.0), bend=dice.between(-24.0, 24.0)
    )


def mountains(dice: Dice, ground: Ground, number: int) -> tuple[Mountain, ...]:
    """The highest one at the back, in slots from left to right so that each peak stands apart."""
    tint, high = dice.pick(odds.TINT), dice.chance(odds.HIGH)
    snowy = dice.chance(odds.SNOW[ground.kind])
    slots = dice.shuffled((58.0, 128.0, 198.0))[:number]
    first = dice.between(*(odds.HIGH_PEAK if high else odds.LOW_PEAK))
    later = (58.0, 92.0) if high else (44.0, 64.0)
    made: list[Mountain] = []
    for i, slot in enumerate(slots):
        rise = first if i == 0 else min(dice.between(*later), first - 4.0)
        shape = (slot + dice.between(-14.0, 14.0), rise, dice.between(0.32, 0.44) if snowy else 0.0)
        made.append(_mountain(dice, ground, i, shape, tint))
    return tuple(made)


def _mountain(
    dice: Dice, ground: Ground, number: int, shape: tuple[float, float, float], tint: Tint
) -> Mountain:
    """The mountain with the middle, rise and snow of `shape`."""
    x, rise, snow = shape
    shoulders = tuple(dice.between(-0.06, 0.06) for _ in range(4))
    zigzag = tuple((0.07 if k % 2 else -0.07) + dice.between(-0.03, 0.03) for k in range(6))
    ridge = (dice.between(-0.02, 0.10), dice.between(-0.10, 0.02), dice.between(0.04, 0.20))
    foot = max(ground.far.height_at(0.0), ground.far.height_at(256.0), ground.horizon) + 6.0
    return Mountain(
        name=f"mountain{number + 1}",
        x=x,
        y=foot,
        size=max(rise * dice.between(1.5, 1.9), 100.0),
        peak_x=x + dice.between(-10.0, 10.0),
        peak_y=ground.horizon - rise,
        tint=tint,
        haze=(0.30, 0.18, 0.10)[number],
        snow=snow,
        shoulders=cast(Shoulders, shoulders),
        ridge=ridge,
        zigzag=zigzag,
    )
