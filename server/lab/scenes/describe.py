# SPDX-License-Identifier: Apache-2.0
"""Descriptions: what an artist would type for a scene of world 2, and what each of its words claims."""

from collections.abc import Callable
from dataclasses import dataclass

from server.lab.scenes import lexicon, say_land
from server.lab.scenes.claims import Claim
from server.lab.scenes.facts import Facts, facts
from server.lab.scenes.phrase import NOTHING, Phrase, Voice, joined, listed, with_articles
from server.lab.scenes.say_places import all_over, placed
from server.lab.scenes.say_things import Item, Zone, items
from server.lab.scenes.scene import Scene

Template = Callable[[Facts, Voice], tuple[Phrase, bool]]
"""Facts in words, and whether these begin with a noun."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """A caption and its claims, which are true of the scene it was made for."""

    text: str
    claims: tuple[Claim, ...]


def describe(scene: Scene, seed: int | None = None, *, sides: bool = True) -> Described:
    """What the scene shows: without a seed the canonical phrase, with one a natural variation, full or partial.

    With `sides` False nothing is said to be on the left or right of the picture, as suits a cut-out of it.
    """
    return say(facts(scene), seed, sides=sides)


def say(known: Facts, seed: int | None = None, *, sides: bool = True) -> Described:
    """Known facts in words."""
    voice = Voice(seed, sides=sides)
    template = voice.one_of(TEMPLATES)
    phrase, noun = template(known, voice)
    styled = say_land.in_style(known, phrase, noun, voice)
    text = with_articles(styled.text)
    if voice.chance(0.3):
        text = text.replace("gray", "grey")
    return Described(text=text, claims=tuple(dict.fromkeys(styled.claims)))


def _has_place(item: Item) -> bool:
    return any(claim.kind == "place" for claim in item.phrase.claims)


def _by_zone(named: list[Item], zone: Zone) -> list[Phrase]:
    return [item.phrase for item in named if item.zone == zone]


def _near(known: Facts, named: list[Item], voice: Voice) -> list[Phrase]:
    """Boats on the lake, then what stands on the land, or the land and the lake themselves."""
    boats, standing = listed(_by_zone(named, "water")), listed(_by_zone(named, "land"))
    water = joined(boats, say_land.afloat(voice)) if boats else say_land.lake(known, voice)
    if standing:
        return [water, joined(standing, say_land.standing_on(known, voice))]
    return [water, NOTHING if known.lake else say_land.ground(known, voice)]


def _classic(known: Facts, voice: Voice) -> tuple[Phrase, bool]:
    """Air over mountains at some time, then what is near."""
    named = placed(known, items(known, voice), voice)
    flying = [item for item in named if item.zone == "air"]
    air, peaks = listed([item.phrase for item in flying]), say_land.mountains(known, voice)
    plain = not any(_has_place(item) for item in flying)
    over = all_over(known, flying) if air and peaks and plain else ()
    if over:
        high = joined(air, peaks.after(voice.one_of(("over", "over", "above"))))
        first = Phrase(text=high.text, claims=(*high.claims, *over))
    else:
        first = listed([peaks, *(item.phrase for item in flying)])
    near = _near(known, named, voice)
    if not first:
        first, near = joined(*near, by=", "), []
    time = say_land.sky(known, voice)
    if voice.chance(0.25):
        return joined(time, first, *near, by=", "), False
    return joined(joined(first, time), *near, say_land.no_clouds(known, voice), by=", "), True


def _view(known: Facts, voice: Voice) -> tuple[Phrase, bool]:
    """Mountains, lake or land at some time with all the rest."""
    named = placed(known, items(known, voice), voice)
    peaks, water = say_land.mountains(known, voice), say_land.lake(known, voice)
    heads = [part for part in (peaks, water or say_land.ground(known, voice)) if part]
    head = voice.one_of(heads)
    others = [part for part in heads if part is not head]
    time = say_land.sky(known, voice)
    first = joined(head, time) if not voice.chance(0.1) else head
    rest = listed(voice.some([*others, *(item.phrase for item in named)], 1, 9))
    if voice.chance(0.15):
        first = first.after("a view of")
    return joined(first, rest.after("with") if rest else NOTHING), True


def _sentences(known: Facts, voice: Voice) -> tuple[Phrase, bool]:
    """There is a house on the grass. There are mountains in the background …"""
    named = placed(known, items(known, voice), voice)
    boats, land, air = ([i for i in named if i.zone == zone] for zone in ("water", "land", "air"))
    parts: list[Phrase] = []
    if boats:
        parts.append(_there_is(boats, say_land.afloat(voice)))
    elif known.lake:
        parts.append(say_land.lake(known, voice).after("there is"))
    if land:
        where = say_land.standing_on(known, voice)
        parts.append(_stands(land, where) if voice.chance(0.3) else _there_is(land, where))
    if air:
        parts.append(_there_is(air, Phrase(text="in the sky")))
    peaks = say_land.mountains(known, voice)
    if peaks:
        verb = "there are" if known.mountains > 1 else "there is"
        parts.append(peaks.after(verb).before(voice.one_of(lexicon.BACKGROUND)))
    if not parts:
        return _partial(known, voice)
    time = say_land.sky(known, voice)
    said = joined(*voice.some(parts, 2, 4), by=". ")
    if voice.chance(0.3):
        return joined(said, say_land.sky_tag(known, voice), by=". "), False
    return joined(time, said, by=", "), False


def _there_is(named: list[Item], where: Phrase) -> Phrase:
    verb = "there are" if named[0].number > 1 else "there is"
    return joined(listed([item.phrase for item in named]), where).after(verb)


def _stands(named: list[Item], where: Phrase) -> Phrase:
    verb = "stands" if len(named) == named[0].number == 1 else "stand"
    return joined(listed([item.phrase for item in named]).before(verb), where)


def _partial(known: Facts, voice: Voice) -> tuple[Phrase, bool]:
    """Only a few of the things, perhaps with the time and the place."""
    some = placed(known, voice.some(items(known, voice), 1, 3), voice)
    peaks = say_land.mountains(known, voice) if voice.chance(0.45) else NOTHING
    land = say_land.lake(known, voice) or say_land.ground(known, voice)
    place = land if not (some or peaks) or voice.chance(0.25) else NOTHING
    said = listed([*(item.phrase for item in some), peaks, place])
    time = say_land.sky(known, voice) if voice.chance(0.5) else NOTHING
    if time and voice.chance(0.25):
        return joined(time, said, by=", "), False
    return joined(said, time), True


def _tags(known: Facts, voice: Voice) -> tuple[Phrase, bool]:
    """Words between commas."""
    tags = [item.tag for item in items(known, voice)]
    peaks, water = say_land.mountains(known, voice), say_land.lake(known, voice)
    tags += [Phrase(text=p.text.removeprefix("a "), claims=p.claims) for p in (peaks, water) if p]
    if not known.lake:
        tags.append(say_land.ground_tag(known, voice))
    tags.append(say_land.sky_tag(known, voice))
    tags += [clear] if (clear := say_land.no_clouds(known, voice)) else []
    return joined(*voice.some(tags, 2, 6), by=", "), False


TEMPLATES: tuple[Template, ...] = (
    *(_classic,) * 5,
    *(_view,) * 3,
    *(_sentences,) * 2,
    *(_partial,) * 4,
    *(_tags,) * 4,
)
"""How captions are built; each place is one chance in as many. The first is the canonical one."""
