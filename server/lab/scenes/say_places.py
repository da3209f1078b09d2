# SPDX-License-Identifier: Apache-2.0
"""Where things are, in words: "a house on the left", "a red car in front of the house"."""

from collections.abc import Sequence
from itertools import permutations

from server.lab.scenes import lexicon
from server.lab.scenes.claims import Claim, Placed, Related, Side, Way, on_side, related
from server.lab.scenes.facts import Facts, Seen
from server.lab.scenes.phrase import Phrase, Voice
from server.lab.scenes.say_things import Item

CLEARLY: dict[Way, float] = {
    "left of": 24.0,
    "right of": 24.0,
    "in front of": 8.0,
    "behind": 8.0,
    "above": 16.0,
}
"""A place is said only when it holds by this many world pixels more than a judge asks for."""
OFTEN: dict[Way, int] = {"left of": 1, "right of": 1, "above": 2, "in front of": 6, "behind": 4}
"""How often each is said where several hold: the rarer ones are preferred."""
CLEAR_SIDE, HIGHER = 12.0, 6.0
STANDS = ("house", "pine tree", "round tree", "tree", "person", "car")
ALONE = (*STANDS, "boat", "balloon", "sun", "moon")
"""Kinds whose place is told by that of another thing."""


def placed(facts: Facts, named: Sequence[Item], voice: Voice) -> list[Item]:
    """The items, of which at most one is said to be somewhere; two that are related become one."""
    made = list(named)
    if voice.chance(0.45):
        pairs: list[tuple[Item, Way, Item]] = [
            (one, way, other)
            for one, other in _pairs(facts, made)
            for way in CLEARLY
            if _stands(facts, one, way, other)
        ]
        if pairs:
            best = voice.pick({way: OFTEN[way] for _, way, _ in pairs})
            one, way, other = voice.one_of([pair for pair in pairs if pair[1] == best])
            made[made.index(one)] = _related(one, way, other, voice)
            made.remove(other)
            return made
    if voice.sides and voice.chance(0.35):
        sides: list[tuple[Item, Side]] = [
            (item, side) for item in made for side in lexicon.SIDES if _is_on(facts, item, side)
        ]
        if sides:
            item, side = voice.one_of(sides)
            made[made.index(item)] = _on_side(item, side, voice)
    return made


def all_over(facts: Facts, named: Sequence[Item], peaks: str = "mountain") -> tuple[Claim, ...]:
    """Claims that all the items are higher than the lowest peak, or () where one is not clearly so."""
    lowest = max((peak.y for peak in facts.of(peaks)), default=0.0)
    claims: list[Claim] = []
    for item in named:
        if any(lowest - seen.y < HIGHER for seen in _seen(facts, item)):
            return ()
        claims.append(Related(thing=item.kind, color=item.color, way="over", other=peaks))
    return tuple(claims)


def _seen(facts: Facts, item: Item) -> tuple[Seen, ...]:
    return facts.of(item.kind, item.color)


def _pairs(facts: Facts, named: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Pairs of single things that their names tell apart from all others."""
    single = [item for item in named if len(_seen(facts, item)) == item.number == 1]
    known = [item for item in single if item.kind in ALONE]
    return list(permutations(known, 2))


def _stands(facts: Facts, one: Item, way: Way, other: Item) -> bool:
    """Whether it is clear, and natural to say, that one thing stands so to the other."""
    if way in ("in front of", "behind") and not (one.kind in STANDS and other.kind in STANDS):
        return False
    if way == "above" and not (one.zone == "air" and other.zone != "air"):
        return False
    if way in ("left of", "right of") and one.zone != other.zone:
        return False
    first, second = _seen(facts, one)[0], _seen(facts, other)[0]
    return related(first, way, second, CLEARLY[way])


def _related(one: Item, way: Way, other: Item, voice: Voice) -> Item:
    """ "a red car in front of a house"."""
    relation = Related(
        thing=one.kind, color=one.color, way=way, other=other.kind, other_color=other.color
    )
    text = f"{one.phrase.text} {voice.one_of(lexicon.WAYS[way])} {other.phrase.text}"
    return one.said(Phrase(text=text, claims=(*one.phrase.claims, *other.phrase.claims, relation)))


def _is_on(facts: Facts, item: Item, side: Side) -> bool:
    seen = _seen(facts, item)
    return len(seen) == item.number == 1 and on_side(seen[0], side, CLEAR_SIDE)


def _on_side(item: Item, side: Side, voice: Voice) -> Item:
    claim = Placed(thing=item.kind, color=item.color, side=side)
    text = f"{item.phrase.text} {voice.one_of(lexicon.SIDES[side])}"
    return item.said(Phrase(text=text, claims=(*item.phrase.claims, claim)))
