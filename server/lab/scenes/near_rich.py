# SPDX-License-Identifier: Apache-2.0
"""What is near in a scene of world 2: boats on the lake; houses, trees, cars, people and fences on the land."""

from collections.abc import Mapping

from server.lab.scenes import odds_rich as odds
from server.lab.scenes.board import Board
from server.lab.scenes.dice import Dice
from server.lab.scenes.scene import Ground
from server.lab.scenes.things import SIDE, Boat, House, Thing, Tree, TreeShape
from server.lab.scenes.things_road import Car, Fence, Person

GROWS = 0.25
"""How much larger things are at the bottom of the picture than at the horizon."""


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


def travelers(dice: Dice, board: Board, wanted: Mapping[str, int]) -> tuple[Thing, ...]:
    """Cars and people; they find their places first, since a path is no hindrance to them."""
    made: list[Thing | None] = []
    for i in range(wanted["car"]):
        size, color = dice.between(*odds.CAR_SIZE), dice.pick(odds.CAR_COLOR)
        flipped = dice.chance(0.5)
        car = Car(name=f"car{i + 1}", x=0.0, y=0.0, size=size, color=color, flipped=flipped)
        made.append(board.stand(car, 12.0, 64.0, grows=GROWS))
    for i in range(wanted["person"]):
        size, coat = dice.between(*odds.PERSON_SIZE), dice.pick(odds.COAT)
        flipped = dice.chance(0.5)
        person = Person(name=f"person{i + 1}", x=0.0, y=0.0, size=size, coat=coat, flipped=flipped)
        made.append(board.stand(person, 10.0, 66.0, grows=GROWS))
    return tuple(thing for thing in made if thing is not None)


def buildings(
    dice: Dice, ground: Ground, board: Board, wanted: Mapping[str, int]
) -> tuple[Thing, ...]:
    """Houses, trees and a fence."""
    made: list[Thing | None] = []
    for i in range(wanted["house"]):
        size, roof = dice.between(*odds.HOUSE_SIZE), dice.pick(odds.ROOF)
        flipped = dice.chance(0.5)
        house = House(name=f"house{i + 1}", x=0.0, y=0.0, size=size, roof=roof, flipped=flipped)
        made.append(board.stand(house, 4.0, 50.0, grows=GROWS))
    made += _trees(dice, ground, board, wanted["tree"])
    for i in range(wanted["fence"]):
        size, color = dice.between(*odds.FENCE_SIZE), dice.pick(odds.FENCE_COLOR)
        fence = Fence(name=f"fence{i + 1}", x=0.0, y=0.0, size=size, color=color)
        made.append(board.stand(fence, 6.0, 60.0))
    return tuple(thing for thing in made if thing is not None)


def _trees(dice: Dice, ground: Ground, board: Board, number: int) -> list[Thing | None]:
    """Mostly trees of one shape, with snow on them in the snow."""
    made: list[Thing | None] = []
    first = dice.pick(odds.TREE_SHAPE)
    mixed, snowy = dice.chance(0.25), ground.kind == "snow" and dice.chance(0.7)
    other: dict[TreeShape, TreeShape] = {"pine": "round", "round": "pine"}
    for i in range(number):
        shape = other[first] if mixed and i % 2 else first
        size = dice.between(*odds.TREE_SIZE)
        tree = Tree(name=f"tree{i + 1}", x=0.0, y=0.0, size=size, shape=shape, snowy=snowy)
        made.append(board.stand(tree, 4.0, 56.0, grows=GROWS))
    return made
