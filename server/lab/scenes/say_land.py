# SPDX-License-Identifier: Apache-2.0
"""Sky, mountains, lake, ground and style in words, each with its claims."""

from server.lab.scenes import lexicon
from server.lab.scenes.claims import Claim, Counted, Placed, Present, States, on_side
from server.lab.scenes.facts import Facts
from server.lab.scenes.phrase import NOTHING, NUMBERS, Phrase, Voice
from server.lab.scenes.say_things import counted


def sky(facts: Facts, voice: Voice) -> Phrase:
    """When it is: "at sunset", "on a sunny day"."""
    now = States(what="sky", value=facts.sky)
    if facts.sky == "day" and facts.light == "sun" and voice.chance(0.25):
        return Phrase(text=lexicon.SUNNY, claims=(now, States(what="light", value="sun")))
    if facts.sky == "night" and facts.light == "moon" and voice.chance(0.2):
        return Phrase(text=lexicon.MOONLIT, claims=(now, States(what="light", value="moon")))
    return Phrase(text=voice.one_of(lexicon.TIMES[facts.sky]), claims=(now,))


def sky_tag(facts: Facts, voice: Voice) -> Phrase:
    """The sky as a tag: "sunset", "gray sky"."""
    claims = (States(what="sky", value=facts.sky),)
    return Phrase(text=voice.one_of(lexicon.SKY_TAGS[facts.sky]), claims=claims)


def no_clouds(facts: Facts, voice: Voice) -> Phrase:
    """ "no clouds", now and then, where there is none."""
    if facts.clouds or facts.sky == "overcast" or not voice.chance(0.3):
        return NOTHING
    return Phrase(text=voice.one_of(lexicon.CLEAR), claims=(Counted(thing="cloud", number=0),))


def mountains(facts: Facts, voice: Voice) -> Phrase:
    """Mountains with up to two of height, snow and tint: "two snowy blue mountains"."""
    number = facts.mountains
    if not number:
        return NOTHING
    height = (voice.one_of(lexicon.TALL[bool(facts.high)]), States(what="high", value=facts.high))
    cap = (voice.one_of(lexicon.CAPPED[bool(facts.snow)]), States(what="snow", value=facts.snow))
    tint = (facts.tint or "", States(what="tint", value=facts.tint))
    looks = voice.one_of(
        ((cap, tint), (cap,), (height,), (height, tint), (height, cap), (tint,), (cap,), ())
    )
    look = " ".join(word for word, _ in looks)
    one, many = voice.one_of(lexicon.PLAIN["mountain"])
    noun = (f"{look} {one}".strip(), f"{look} {many}".strip())
    text = counted(noun, "", number, voice)
    vague = not text.startswith(NUMBERS.get(number, " "))
    claims: tuple[Claim, ...] = (
        Present(thing="mountain"),
        Counted(thing="mountain", number=2 if vague else number, more=vague),
        *(claim for _, claim in looks),
    )
    return _where(facts, Phrase(text=text, claims=claims), voice)


def _where(facts: Facts, peaks: Phrase, voice: Voice) -> Phrase:
    """The mountains with their mirror image or, a single one, with its side of the picture; mostly without."""
    if facts.reflection and voice.chance(0.25):
        mirror: tuple[Claim, ...] = (
            States(what="lake", value=True),
            States(what="reflection", value=True),
        )
        text = f"{peaks.text} {voice.one_of(lexicon.REFLECTED)}"
        return Phrase(text=text, claims=(*peaks.claims, *mirror))
    if facts.mountains == 1 and voice.sides and voice.chance(0.3):
        for side, ways in lexicon.SIDES.items():
            if on_side(facts.of("mountain")[0], side, 12.0):
                claim = Placed(thing="mountain", side=side)
                text = f"{peaks.text} {voice.one_of(ways)}"
                return Phrase(text=text, claims=(*peaks.claims, claim))
    return peaks


def lake(facts: Facts, voice: Voice) -> Phrase:
    """The lake, with its reflections or its emptiness where it has them."""
    if not facts.lake:
        return NOTHING
    there: tuple[Claim, ...] = (States(what="lake", value=True),)
    if facts.reflection and not voice.chance(0.3):
        claims = (*there, States(what="reflection", value=True))
        return Phrase(text=voice.one_of(lexicon.MIRRORS), claims=claims)
    if not facts.of("boat") and voice.chance(0.15):
        return Phrase(text=lexicon.EMPTY_LAKE, claims=(*there, Counted(thing="boat", number=0)))
    return Phrase(text=voice.one_of(lexicon.LAKES), claims=there)


def ground(facts: Facts, voice: Voice) -> Phrase:
    """The land as something to be seen: "a green meadow"."""
    claims = (States(what="ground", value=facts.ground),)
    return Phrase(text=voice.one_of(lexicon.LANDS[facts.ground]), claims=claims)


def ground_tag(facts: Facts, voice: Voice) -> Phrase:
    """The land as a tag: "desert"."""
    claims = (States(what="ground", value=facts.ground),)
    return Phrase(text=voice.one_of(lexicon.LAND_TAGS[facts.ground]), claims=claims)


def standing_on(facts: Facts, voice: Voice) -> Phrase:
    """Where things on land stand: "on green grass", "on the shore"."""
    land = States(what="ground", value=facts.ground)
    if not facts.lake:
        return Phrase(text=voice.one_of(lexicon.ON_LAND[facts.ground]), claims=(land,))
    water = States(what="lake", value=True)
    if voice.chance(0.6):
        return Phrase(text=voice.one_of(lexicon.ON_SHORE[facts.ground]), claims=(land, water))
    return Phrase(text=voice.one_of(lexicon.SHORE), claims=(water,))


def afloat(voice: Voice) -> Phrase:
    """Where boats are."""
    claims = (States(what="lake", value=True),)
    return Phrase(text=voice.one_of(lexicon.AFLOAT), claims=claims)


def in_style(facts: Facts, said: Phrase, noun: bool, voice: Voice) -> Phrase:
    """The caption with its style: before it where it begins with a noun, or set off by a comma.

    A flat picture is mostly not called so; every other style is always named.
    """
    if facts.style == "flat" and not voice.chance(0.3):
        return said
    claims = (States(what="style", value=facts.style), *said.claims)
    if noun and not voice.chance(0.45):
        text = f"{voice.one_of(lexicon.STYLE_OF[facts.style])} {said.text}"
    else:
        tag = voice.one_of(lexicon.STYLE_TAGS[facts.style])
        text = f"{tag}, {said.text}" if voice.chance(0.4) else f"{said.text}, {tag}"
    return Phrase(text=text, claims=claims)
