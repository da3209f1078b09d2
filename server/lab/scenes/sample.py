# SPDX-License-Identifier: Apache-2.0
"""Scenes from seeds: the same seed is the same scene, on every machine and for good.

Seeds below `HELD_OUT` are for training, all others are never trained on.
"""

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

from server.lab.scenes import odds
from server.lab.scenes.place import Places
from server.lab.scenes.scene import Ground, Hill, Scene, Sky
from server.lab.scenes.things import Balloon, Boat, Cloud, House, Moon, Mountain, Sun, Thing, Tree

T = TypeVar("T", bound=Hashable)
HELD_OUT = 1_000_000
"""The first seed that no training may use."""


def sample_scene(seed: int) -> Scene:
    """The scene of a seed (0 or larger)."""
    if seed < 0:
        raise ValueError(f"a scene seed is 0 or larger, got {seed}")
    rng = np.random.default_rng(seed)
    sky = _sky(rng)
    ground = _ground(rng, sparse := bool(rng.random() < 0.15))
    places = Places(rng)
    mountains = _mountains(
        rng, ground, 0 if sparse and rng.random() < 0.5 else _pick(rng, odds.MOUNTAINS)
    )
    light = _light(rng, sky, ground, places, mountains, sparse)
    boat = _boat(rng, ground, places, sparse)
    needed = not light and not boat
    balloons = _balloons(
        rng, ground, places, 1 if needed else 0 if sparse else _pick(rng, odds.BALLOONS)
    )
    clouds = () if sparse and rng.random() < 0.6 else _clouds(rng, ground, places)
    houses = () if sparse else _houses(rng, ground, places)
    trees = () if sparse else _trees(rng, ground, places)
    standing = sorted((*boat, *houses, *trees), key=lambda thing: thing.y)
    return Scene(sky=sky, ground=ground, things=(*light, *clouds, *mountains, *standing, *balloons))


def _pick(rng: np.random.Generator, odds: Mapping[T, int]) -> T:
    """One of the keys; its value is its weight."""
    mark = int(rng.integers(sum(odds.values())))
    for value, weight in odds.items():
        mark -= weight
        if mark < 0:
            return value
    raise AssertionError("weights are positive")


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number in low … high, rounded to 1/16 so that it is exact everywhere."""
    return round(float(rng.uniform(low, high)) * 16) / 16


def _sky(rng: np.random.Generator) -> Sky:
    return Sky(kind=_pick(rng, odds.SKY), blend=_between(rng, 0.0, 1.0))


def _ground(rng: np.random.Generator, sparse: bool) -> Ground:
    kind = _pick(rng, odds.GROUND)
    horizon = _between(rng, 150, 176)
    crest = _between(rng, 20, 236)
    if rng.random() < 0.55:
        far = Hill(top=horizon - _between(rng, 5, 11), crest=crest, sag=_between(rng, 0, 3))
        low = 300.0 if sparse and rng.random() < 0.5 else _between(rng, 218, 240)
        near = Hill(top=low, crest=_between(rng, 0, 256), sag=_between(rng, 3, 12))
        return Ground(kind=kind, horizon=horizon, far=far, near=near, lake=True)
    far = Hill(top=horizon - _between(rng, 0, 8), crest=crest, sag=_between(rng, 2, 5))
    near = Hill(
        top=horizon + _between(rng, 20, 36), crest=_between(rng, 0, 256), sag=_between(rng, -8, 14)
    )
    return Ground(kind=kind, horizon=horizon, far=far, near=near)


def _mountains(rng: np.random.Generator, ground: Ground, count: int) -> tuple[Mountain, ...]:
    tint = _pick(rng, odds.TINT)
    slot = int(rng.integers(3))
    middles = [(60.0, 196.0, 128.0)[(slot + i) % 3] for i in range(count)]
    made: list[Mountain] = []
    for i, middle in enumerate(middles):
        height = _between(rng, 84, 122) if i == 0 else _between(rng, 56, 96)
        x = middle + _between(rng, -26, 26)
        wide = height * _between(rng, 1.5, 2.0)
        made.append(
            Mountain(
                name=f"mountain{i + 1}",
                x=x,
                y=max(ground.far.height_at(0.0), ground.far.height_at(256.0), ground.horizon) + 6.0,
                size=max(wide, 110.0),
                peak_x=x + _between(rng, -14, 14),
                peak_y=ground.horizon - height,
                tint=tint,
                haze=(0.30, 0.18, 0.10)[i],
                snow=_between(rng, 0.32, 0.44),
                shoulders=tuple(_between(rng, -0.06, 0.06) for _ in range(4)),  # pyright: ignore[reportArgumentType]
                ridge=(
                    _between(rng, -0.02, 0.10),
                    _between(rng, -0.10, 0.02),
                    _between(rng, 0.04, 0.20),
                ),
                zigzag=tuple(
                    (0.07 if k % 2 else -0.07) + _between(rng, -0.03, 0.03) for k in range(6)
                ),
            )
        )
    return tuple(made)


def _light(
    rng: np.random.Generator,
    sky: Sky,
    ground: Ground,
    places: Places,
    mountains: tuple[Mountain, ...],
    sparse: bool,
) -> tuple[Thing, ...]:
    """A sun by day and at sunset, a moon by night, either or neither at dusk; clear of the mountains mostly."""
    if rng.random() < (0.10 if sparse else 0.16):
        return ()
    size = _between(rng, 26, 44)
    moon = sky.kind == "night" or (sky.kind == "dusk" and rng.random() < 0.6)
    low = {"day": 74.0, "sunset": 104.0, "dusk": 104.0, "night": 80.0}[sky.kind]
    hidden = rng.random() < 0.15
    for _ in range(24):
        x, y = _between(rng, 28, 228), _between(rng, 30, low)
        spots = (
            [(x, y + 0.1 * size)]
            if hidden
            else [(x + side * 0.45 * size, y + 0.4 * size) for side in (-1, 0, 1)]
        )
        blocked = max((_under(m, *spot) for m in mountains for spot in spots), default=-1.0)
        if blocked < 0:
            break
    else:
        x, y = _between(rng, 28, 228), 30.0
    places.take((x - 0.7 * size, y - 0.7 * size, x + 0.7 * size, y + 0.7 * size))
    if moon:
        return (Moon(name="moon", x=x, y=y, size=size),)
    orange = {"day": 0.0, "sunset": 0.15, "dusk": 0.85}[sky.kind] + _between(rng, 0.0, 0.15)
    return (Sun(name="sun", x=x, y=y, size=size, orange=orange),)


def _under(mountain: Mountain, x: float, y: float) -> float:
    """How far (x, y) lies below the straight flank of a mountain; negative above it."""
    base = mountain.x - mountain.size / 2 if x < mountain.peak_x else mountain.x + mountain.size / 2
    if (x - base) * (mountain.peak_x - base) <= 0:
        return y - mountain.y
    rise = (x - base) / (mountain.peak_x - base)
    return y - (mountain.y - rise * mountain.height)


def _clouds(rng: np.random.Generator, ground: Ground, places: Places) -> tuple[Cloud, ...]:
    made: list[Cloud] = []
    for i in range(_pick(rng, odds.CLOUDS)):
        wide = _between(rng, 58, 92)
        lobes = (
            (_between(rng, -0.26, -0.16), _between(rng, 0.12, 0.17)),
            (_between(rng, -0.06, 0.08), _between(rng, 0.18, 0.215)),
            (_between(rng, 0.18, 0.27), _between(rng, 0.11, 0.17)),
        )
        cloud = Cloud(name=f"cloud{i + 1}", x=0.0, y=0.0, size=wide, lobes=lobes)
        spot = places.find(cloud, (20, 236), (30, ground.horizon - 68))
        if spot is not None:
            made.append(spot)
    return tuple(made)


def _balloons(
    rng: np.random.Generator, ground: Ground, places: Places, count: int
) -> tuple[Balloon, ...]:
    made: list[Balloon] = []
    for i in range(count):
        paint = _pick(rng, odds.BALLOON_COLOR)
        size, plain = _between(rng, 34, 58), bool(rng.random() < 0.25)
        balloon = Balloon(name=f"balloon{i + 1}", x=0.0, y=0.0, size=size, color=paint, plain=plain)
        spot = places.find(balloon, (34, 222), (34, ground.horizon - 36))
        if spot is not None:
            made.append(spot)
    return tuple(made)


def _boat(
    rng: np.random.Generator, ground: Ground, places: Places, sparse: bool
) -> tuple[Boat, ...]:
    if not ground.lake or rng.random() < (0.45 if sparse else 0.30):
        return ()
    low = min(ground.near.top, 246.0) - 10.0
    y = _between(rng, ground.horizon + 16, low)
    near = (y - ground.horizon) / (256.0 - ground.horizon)
    boat = Boat(
        name="boat1",
        x=_between(rng, 40, 216),
        y=y,
        size=_between(rng, 34, 42) + 22.0 * near,
        sail=_pick(rng, odds.SAIL),
        flipped=bool(rng.random() < 0.5),
    )
    places.take(boat.box)
    return (boat,)


def _houses(rng: np.random.Generator, ground: Ground, places: Places) -> tuple[House, ...]:
    made: list[House] = []
    for i in range(_pick(rng, odds.HOUSES)):
        roof = _pick(rng, odds.ROOF)
        house = House(
            name=f"house{i + 1}",
            x=0.0,
            y=0.0,
            size=_between(rng, 36, 54),
            roof=roof,
            flipped=bool(rng.random() < 0.5),
        )
        spot = places.stand(house, ground, (28, 228))
        if spot is not None:
            made.append(spot)
    return tuple(made)


def _trees(rng: np.random.Generator, ground: Ground, places: Places) -> tuple[Tree, ...]:
    made: list[Tree] = []
    shape = "pine" if ground.kind == "snow" else _pick(rng, odds.TREE_SHAPE)
    snowy = ground.kind == "snow" and bool(rng.random() < 0.7)
    for i in range(_pick(rng, odds.TREES)):
        tree = Tree(
            name=f"tree{i + 1}", x=0.0, y=0.0, size=_between(rng, 38, 64), shape=shape, snowy=snowy
        )
        spot = places.stand(tree, ground, (14, 242))
        if spot is not None:
            made.append(spot)
    return tuple(made)
