# SPDX-License-Identifier: Apache-2.0
"""Scenes of world 2 from seeds: every kind, style and ground; about 3 in 10 are scenes of world 1.

Seeds below `HELD_OUT` are for training, all others are never trained on, exactly as in world 1.
"""

from collections import Counter
from itertools import combinations

from server.lab.scenes import odds_rich as odds
from server.lab.scenes.air_rich import balloons, clouds, light
from server.lab.scenes.board import Board
from server.lab.scenes.dice import Dice
from server.lab.scenes.facts import HIGH
from server.lab.scenes.land_rich import ground, mountains
from server.lab.scenes.near_rich import boats, on_land
from server.lab.scenes.sample import sample_scene
from server.lab.scenes.scene import Scene, Sky
from server.lab.scenes.sight import in_front, seen_share
from server.lab.scenes.things import Mountain, Thing

MOST = 7
"""Things in a scene at most, clouds not counted."""
CLEAR = 0.5
"""The part of each thing that is seen at least."""
GAP = 10.0
"""No highest peak rises to within GAP of HIGH, so that high and low mountains differ."""
PEAKS_APART = 34.0


def sample_rich(seed: int) -> Scene:
    """The scene of a seed (0 or larger) in world 2."""
    dice = Dice(seed)
    if dice.chance(odds.FIRST_WORLD):
        scene = sample_scene(seed)
        if is_clear(scene):
            return scene
    while not is_clear(scene := _composed(dice)):
        pass
    return scene


def is_clear(scene: Scene) -> bool:
    """Whether there are few things, all plainly seen, each peak apart, and mountains plainly high or not."""
    things = scene.things
    if sum(thing.kind != "cloud" for thing in things) > MOST:
        return False
    if any(seen_share(t, in_front(scene, t), scene.ground) < CLEAR for t in things):
        return False
    peaks = [thing for thing in things if isinstance(thing, Mountain)]
    if any(abs(a.peak_x - b.peak_x) < PEAKS_APART for a, b in combinations(peaks, 2)):
        return False
    rise = scene.ground.horizon - min((peak.peak_y for peak in peaks), default=0.0)
    return not peaks or abs(rise - HIGH) >= GAP


def _composed(dice: Dice) -> Scene:
    """One layout; rarely a thing ends up hidden, then another one is drawn."""
    style = dice.pick(odds.STYLE)
    sky = Sky(kind=dice.pick(odds.SKY), blend=dice.between(0.0, 1.0))
    sparse = dice.chance(odds.SPARSE)
    number = 0 if sparse and dice.chance(0.5) else dice.pick(odds.MOUNTAINS)
    land = ground(dice, sparse, mirror=number > 0 and dice.chance(odds.REFLECTION))
    peaks = mountains(dice, land, number)
    board = Board(dice, land, cover=0.34 if dice.chance(odds.DEEP) else 0.0)
    for peak in peaks:
        x, y = peak.peak_x, peak.peak_y
        board.take((x - 12.0, y - 6.0, x + 12.0, y + 16.0))
    lights = light(dice, sky, land, peaks, board)
    wanted = _wanted(dice, land.lake, sparse, MOST - len(peaks) - len(lights))
    afloat = boats(dice, land, board, wanted["boat"])
    standing = on_land(dice, land, board, wanted)
    flying = balloons(dice, land, board, wanted["balloon"])
    many = 0 if sparse and dice.chance(0.6) else dice.pick(odds.CLOUDS[sky.kind])
    drifting = clouds(dice, land, peaks, board, many)
    near: list[Thing] = sorted((*afloat, *standing), key=lambda thing: thing.y)
    things = (*lights, *drifting, *peaks, *near, *flying)
    return Scene(sky=sky, ground=land, things=things, style=style)


def _wanted(dice: Dice, lake: bool, sparse: bool, most: int) -> Counter[str]:
    """How many of each kind a scene should hold, `most` in all."""
    numbers = {
        "boat": dice.pick(odds.BOATS) if lake else 0,
        "house": dice.pick(odds.HOUSES),
        "tree": dice.pick(odds.TREES),
        "car": dice.pick(odds.CARS),
        "person": dice.pick(odds.PEOPLE),
        "fence": dice.pick(odds.FENCES),
        "balloon": dice.pick(odds.BALLOONS),
    }
    wishes = [kind for kind, number in numbers.items() for _ in range(number)]
    return Counter(dice.shuffled(wishes)[: min(most, 1) if sparse else most])
