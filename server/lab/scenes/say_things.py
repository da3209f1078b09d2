# SPDX-License-Identifier: Apache-2.0
"""Things in words: "two red balloons", "a house with a blue roof", "some pine trees", each with its claims."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from server.lab.scenes import lexicon
from server.lab.scenes.claims import Claim, Colored, Counted, Present, States
from server.lab.scenes.facts import Facts
from server.lab.scenes.lexicon import Noun
from server.lab.scenes.phrase import NUMBERS, Phrase, Voice

Zone = Literal["air", "water", "land"]
ZONES: dict[str, Zone] = {
    "balloon": "air",
    "sun": "air",
    "moon": "air",
    "cloud": "air",
    "boat": "water",
    "house": "land",
    "pine tree": "land",
    "round tree": "land",
    "tree": "land",
    "person": "land",
    "car": "land",
    "fence": "land",
    "path": "land",
}
"""Where each kind is, in the order in which things are named."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """Things that are named together. `color` is empty where none is said; `tag` is the phrase without an article."""

    kind: str
    number: int
    phrase: Phrase
    tag: Phrase
    color: str = ""

    @property
    def zone(self) -> Zone:
        return ZONES[self.kind]

    def said(self, phrase: Phrase) -> "Item":
        """The same things in other words."""
        return replace(self, phrase=phrase)


def items(facts: Facts, voice: Voice) -> list[Item]:
    """All that is there but mountains, lake and ground, in the order in which it is named."""
    made: list[Item] = []
    for kind in ZONES:
        if kind in ("sun", "moon"):
            made += [_light(kind, voice)] if facts.light == kind else []
        elif kind == "path":
            made += [_path(voice)] if facts.path else []
        elif kind in lexicon.COLORED:
            made += _colored(facts, kind, voice)
        elif kind == "cloud":
            made += [named(kind, "", facts.clouds, voice)] if facts.clouds else []
    return sorted(made + _trees(facts, voice), key=lambda item: list(ZONES).index(item.kind))


def named(kind: str, color: str, number: int, voice: Voice) -> Item:
    """A number of things of a kind, of one color or with their color unsaid."""
    noun = voice.one_of(lexicon.COLORED[kind] if color else lexicon.PLAIN[kind])
    phrase = counted(noun, color, number, voice)
    vague = not phrase.startswith(NUMBERS.get(number, " "))
    claims: list[Claim] = [Present(thing=kind)]
    if color:
        claims.append(Colored(thing=kind, color=color))
    claims.append(Counted(thing=kind, color=color, number=2 if vague else number, more=vague))
    tag = phrase.removeprefix("a ")
    said = tuple(claims)
    return Item(
        kind=kind,
        number=number,
        color=color,
        phrase=Phrase(text=phrase, claims=said),
        tag=Phrase(text=tag, claims=said),
    )


def counted(noun: Noun, color: str, number: int, voice: Voice) -> str:
    """The noun with its number; two and more are now and then left uncounted."""
    one, many = (form.format(color=color) for form in noun)
    if number == 1:
        return f"a {one}"
    if number in NUMBERS and not voice.chance(0.22):
        return f"{NUMBERS[number]} {many}"
    return f"{voice.one_of(lexicon.SEVERAL)} {many}".strip()


def _colored(facts: Facts, kind: str, voice: Voice) -> list[Item]:
    """One item per color, or all together with their colors unsaid."""
    colors = Counter(seen.color for seen in facts.of(kind))
    if colors and voice.chance(0.2):
        return [named(kind, "", sum(colors.values()), voice)]
    return [named(kind, color, number, voice) for color, number in colors.items()]


def _trees(facts: Facts, voice: Voice) -> list[Item]:
    """One item per kind of tree, or all of them as trees."""
    number = facts.count("tree")
    if number and voice.chance(0.25):
        return [named("tree", "", number, voice)]
    kinds = [(kind, facts.count(kind)) for kind in ("pine tree", "round tree")]
    return [named(kind, "", many, voice) for kind, many in kinds if many]


def _light(kind: str, voice: Voice) -> Item:
    claims = (States(what="light", value=kind),)
    phrase = Phrase(text=voice.one_of(lexicon.LIGHTS[kind]), claims=claims)
    tag = Phrase(text=voice.one_of(lexicon.LIGHT_TAGS[kind]), claims=claims)
    return Item(kind=kind, number=1, phrase=phrase, tag=tag)


def _path(voice: Voice) -> Item:
    claims = (States(what="path", value=True),)
    text = voice.one_of(lexicon.PATHS)
    return Item(
        kind="path",
        number=1,
        phrase=Phrase(text=text, claims=claims),
        tag=Phrase(text=text.removeprefix("a "), claims=claims),
    )
