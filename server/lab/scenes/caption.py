# SPDX-License-Identifier: Apache-2.0
"""Captions: what a scene shows, in a small vocabulary; one canonical phrase, or a varied one per seed."""

import re
from collections import Counter
from typing import TypeVar

import numpy as np

from server.lab.scenes.scene import Scene
from server.lab.scenes.things import Balloon, Boat, House, Mountain, Thing, Tree

T = TypeVar("T", bound=Thing)
NUMBERS = {1: "a", 2: "two", 3: "three"}
TIMES = {
    "day": ("by day", "on a sunny day", "under a blue sky"),
    "sunset": ("at sunset", "in the evening", "under an orange sky"),
    "dusk": ("at dusk", "after sunset", "under a purple sky"),
    "night": ("at night", "by night", "under a dark sky"),
}
GROUNDS = {
    "grass": ("green meadow", "green grass", "green hills"),
    "sand": ("yellow sand", "sand", "sand hills"),
    "snow": ("white snow", "snow", "snow hills"),
}


def caption(scene: Scene, seed: int | None = None) -> str:
    """What the scene shows; without a seed the canonical phrase, with one a natural variation of it."""
    say = _Say(seed)
    air, land = _air(scene, say), _land(scene, say)
    mountains = _mountains(scene, say)
    time = say.one_of(TIMES[scene.sky.kind])
    where = f"over {mountains}" if air and mountains else mountains
    first = " ".join(filter(None, (air, where))) or _ground(scene, say)
    parts = [f"{first} {time}", *land]
    if say.chance(0.25):
        parts = [time, first, *land]
    return ", ".join(part for part in parts if part)


def vocabulary() -> tuple[str, ...]:
    """Every word a caption may hold, sorted."""
    fixed = (
        "a an the and over with two three on in at by day night under sun moon white bright round full yellow orange "
        "cloud clouds mountain mountains snowy blue gray purple brown high red green balloon balloons "
        "house houses roof roofs tree trees pine lake water boat sailing sail hot air calm small shore"
    )
    phrases = [
        *(" ".join(p) for p in TIMES.values()),
        *(" ".join(p) for p in GROUNDS.values()),
        fixed,
    ]
    return tuple(sorted(set(re.findall(r"[a-z]+", " ".join(phrases)))))


class _Say:
    """Choices between ways of saying the same; without a seed always the first."""

    def __init__(self, seed: int | None) -> None:
        self.rng = None if seed is None else np.random.default_rng(seed)

    def one_of(self, ways: tuple[str, ...]) -> str:
        return ways[0] if self.rng is None else ways[int(self.rng.integers(len(ways)))]

    def chance(self, likely: float) -> bool:
        return self.rng is not None and bool(self.rng.random() < likely)


def _all(scene: Scene, kind: type[T]) -> list[T]:
    return [thing for thing in scene.things if isinstance(thing, kind)]


def _listed(parts: list[str]) -> str:
    return (
        parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
    )


def _counted(number: int, one: str, many: str) -> str:
    article = "an" if one[0] in "aeiou" else "a"
    return f"{article} {one}" if number == 1 else f"{NUMBERS[number]} {many}"


def _air(scene: Scene, say: _Say) -> str:
    """Balloons, then the sun or the moon, then clouds."""
    parts: list[str] = []
    for paint, number in Counter(b.color for b in _all(scene, Balloon)).items():
        way = say.one_of(("balloon", "balloon", "hot air balloon"))
        parts.append(_counted(number, f"{paint} {way}", f"{paint} {way}s"))
    for thing in scene.things:
        if thing.kind == "sun":
            parts.append(
                say.one_of(
                    (
                        "the sun",
                        f"a{'n' if thing.colors[0] == 'orange' else ''} {thing.colors[0]} sun",
                        "a bright sun",
                    )
                )
            )
        if thing.kind == "moon":
            parts.append(say.one_of(("the moon", "a full moon", "a white moon")))
    clouds = sum(thing.kind == "cloud" for thing in scene.things)
    if clouds and not say.chance(0.2):
        parts.append(_counted(clouds, "cloud", "clouds"))
    return _listed(parts)


def _mountains(scene: Scene, say: _Say) -> str:
    mountains = _all(scene, Mountain)
    if not mountains:
        return ""
    tint = mountains[0].tint
    look = say.one_of((f"snowy {tint}", "snowy", f"high {tint}"))
    return _counted(len(mountains), f"{look} mountain", f"{look} mountains")


def _ground(scene: Scene, say: _Say) -> str:
    return (
        say.one_of(("a calm lake", "a lake", "calm water"))
        if scene.ground.lake
        else say.one_of(GROUNDS[scene.ground.kind])
    )


def _land(scene: Scene, say: _Say) -> list[str]:
    """The boat on the lake, houses and trees on the shore or the land."""
    parts: list[str] = []
    lake = scene.ground.lake
    boats = _all(scene, Boat)
    if boats:
        sail = boats[0].sail
        boat = say.one_of(
            (f"a {sail} boat", f"a boat with a {sail} sail", f"a {sail} sailing boat")
        )
        parts.append(f"{boat} on {say.one_of(('a lake', 'the lake', 'the water'))}")
    elif lake:
        parts.append(say.one_of(("a calm lake", "a lake", "calm water")))
    standing = _standing(scene, say)
    land = say.one_of(GROUNDS[scene.ground.kind])
    if standing:
        parts.append(f"{standing} {'on the shore' if lake else f'on {land}'}")
    elif not lake:
        parts.append(land)
    return parts


def _standing(scene: Scene, say: _Say) -> str:
    parts: list[str] = []
    for roof, number in Counter(h.roof for h in _all(scene, House)).items():
        ways = (
            _counted(number, f"house with a {roof} roof", f"houses with {roof} roofs"),
            _counted(number, "house", "houses"),
            _counted(number, "small house", "small houses"),
        )
        parts.append(say.one_of(ways))
    trees = _all(scene, Tree)
    if trees:
        look = "pine tree" if trees[0].shape == "pine" else "round tree"
        parts.append(_counted(len(trees), look, f"{look}s"))
    return _listed(parts)
