# SPDX-License-Identifier: Apache-2.0
"""What is near in a scene of world 2: boats on the lake; houses, trees, cars, people and fences on the land."""

from collections.abc import Mapping

from server.lab.scenes import odds_rich as odds
from server.lab.scenes.board import COVERABLE, Board
from server.lab.scenes.dice import Dice
from server.lab.scenes.scene import Ground
from server.lab.scenes.things import SIDE, Boat, House, Thing, Tree, TreeShape
from server.lab.scenes.things_road import Car, Fence, Person

GROWS = 0.25
"""How much larger things are at the bottom of the picture than at the horizon."""
ROWS = {
    "house": (4.0, 50.0),
    "tree": (4.0, 56.0),
    "car": (12.0, 64.0),
    "person": (10.0, 66.0),
    "fence": (6.0, 60.0),
}
"""How many rows below the edge of the near land things stand, first and last."""


def boats(dice: Dice, ground: Ground, board: Board, number: int) -> tuple[Boat, ...]:
    """Boats between the horizon and the near shore, larger when near."""
    made: list[Boat] = []
    last = min(ground.near.top, SIDE - 6.0) - 8.0
    for _ in range(number):
        size, sail = dice.between(*odds.BOAT_SIZE), dice.pick(odds.SAIL)
        flipped = dice.chance(0.5)
        y = dice.between(ground.horizon + 14.0, last)
        near = (y - ground.horizon) / (SIDE - ground.horizon)
        size = round((size + 22.0 * near) * 16) / 16
        name = f"boat{len(made) + 1}"
        boat = Boat(name=name, x=0.0, y=0.0, size=size, sail=sail, flipped=flipped)
        spot = board.hang(boat, y, y, lambda _: True)
        if spot is not None:
            made.append(spot)
    return tuple(made)


def on_land(
    dice: Dice, ground: Ground, board: Board, wanted: Mapping[str, int]
) -> tuple[Thing, ...]:
    """Houses, trees, cars, people and fences, half of the later ones beside an earlier one."""
    made: list[Thing] = []
    crowd = [
        *_houses(dice, wanted["house"]),
        *_trees(dice, ground, wanted["tree"]),
        *_cars(dice, wanted["car"]),
        *_people(dice, wanted["person"]),
        *_fences(dice, wanted["fence"]),
    ]
    for thing in crowd:
        near = [other for other in made if other.kind in COVERABLE]
        beside = dice.shuffled(near)[0] if near and board.cover and dice.chance(0.6) else None
        first, last = ROWS[thing.kind]
        moves = thing.kind in ("car", "person")
        grows = 0.0 if thing.kind == "fence" else GROWS
        spot = board.stand(thing, first, last, grows=grows, beside=beside, on_path=moves)
        if spot is not None:
            made.append(spot)
    return tuple(made)


def _houses(dice: Dice, number: int) -> list[Thing]:
    made: list[Thing] = []
    for i in range(number):
        size, roof = dice.between(*odds.HOUSE_SIZE), dice.pick(odds.ROOF)
        turned = dice.chance(0.5)
        made.append(House(name=f"house{i + 1}", x=0.0, y=0.0, size=size, roof=roof, flipped=turned))
    return made


def _trees(dice: Dice, ground: Ground, number: int) -> list[Thing]:
    """Mostly trees of one shape, with snow on them in the snow."""
    made: list[Thing] = []
    first = dice.pick(odds.TREE_SHAPE)
    mixed, snowy = dice.chance(0.25), ground.kind == "snow" and dice.chance(0.7)
    other: dict[TreeShape, TreeShape] = {"pine": "round", "round": "pine"}
    for i in range(number):
        shape, size = other[first] if mixed and i % 2 else first, dice.between(*odds.TREE_SIZE)
        made.append(Tree(name=f"tree{i + 1}", x=0.0, y=0.0, size=size, shape=shape, snowy=snowy))
    return made


def _cars(dice: Dice, number: int) -> list[Thing]:
    made: list[Thing] = []
    for i in range(number):
        size, color = dice.between(*odds.CAR_SIZE), dice.pick(odds.CAR_COLOR)
        turned = dice.chance(0.5)
        made.append(Car(name=f"car{i + 1}", x=0.0, y=0.0, size=size, color=color, flipped=turned))
    return made


def _people(dice: Dice, number: int) -> list[Thing]:
    made: list[Thing] = []
    for i in range(number):
        size, coat = dice.between(*odds.PERSON_SIZE), dice.pick(odds.COAT)
        turned = dice.chance(0.5)
        made.append(
            Person(name=f"person{i + 1}", x=0.0, y=0.0, size=size, coat=coat, flipped=turned)
        )
    return made


def _fences(dice: Dice, number: int) -> list[Thing]:
    made: list[Thing] = []
    for i in range(number):
        size, color = dice.between(*odds.FENCE_SIZE), dice.pick(odds.FENCE_COLOR)
        made.append(Fence(name=f"fence{i + 1}", x=0.0, y=0.0, size=size, color=color))
    return made
