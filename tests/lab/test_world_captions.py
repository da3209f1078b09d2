# SPDX-License-Identifier: Apache-2.0
"""What captions of world 2 say is true of their scenes, and not of scenes that differ in it."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.lab.scenes import caption, sample_scene, vocabulary
from server.lab.scenes.claims import Claim, Colored, Counted, Placed, Present, Related, States
from server.lab.scenes.describe import Described, describe, say
from server.lab.scenes.facts import KINDS, Facts, Seen, facts
from server.lab.scenes.lexicon import words
from server.lab.scenes.phrase import NUMBERS, Voice, with_articles
from server.lab.scenes.sample_rich import sample_rich
from server.lab.training.tokenizer import merges_for, pieces_of

SEEDS = [*range(220), *range(1_000_000, 1_000_060)]
OTHER = {
    "style": ("flat", "outlined", "watercolor", "pencil"),
    "sky": ("day", "sunset", "dusk", "night", "overcast"),
    "light": ("none", "sun", "moon"),
    "ground": ("grass", "sand", "snow"),
    "tint": ("blue", "gray", "purple", "brown"),
}


def said(seed: int, times: int = 3) -> list[tuple[Facts, Described]]:
    known = facts(sample_rich(seed))
    return [(known, say(known, way)) for way in (None, *range(seed * times, (seed + 1) * times))]


ALL = [pair for seed in SEEDS for pair in said(seed)]
LEXEMES = re.compile(r"[a-z]+|[,.]")


@given(seed=st.integers(0, 2_000_000), way=st.integers(0, 1 << 30))
def test_every_claim_holds_for_its_own_scene(seed: int, way: int) -> None:
    scene = sample_rich(seed)
    described = describe(scene, way)
    assert described.claims
    for claim in described.claims:
        assert claim.holds(facts(scene)), (described.text, claim)


@given(seed=st.integers(0, 2_000_000), way=st.integers(0, 1 << 30))
def test_no_claim_holds_for_a_scene_changed_in_it(seed: int, way: int) -> None:
    known = facts(sample_rich(seed))
    described = say(known, way)
    for claim in described.claims:
        for changed in changes(known, claim):
            assert not claim.holds(changed), (described.text, claim)


def changes(known: Facts, claim: Claim) -> list[Facts]:
    """The facts with just that changed which the claim is about."""
    if isinstance(claim, States):
        now = getattr(known, claim.what)
        if isinstance(now, bool):
            return [replace(known, **{claim.what: not now})]
        return [
            replace(known, **{claim.what: other}) for other in OTHER[claim.what] if other != now
        ]
    if isinstance(claim, Counted) and not claim.more:
        return [numbered(known, claim.thing, claim.color, claim.number + 1)] + [
            numbered(known, claim.thing, claim.color, number) for number in range(claim.number)
        ]
    if isinstance(claim, Counted):
        return [numbered(known, claim.thing, claim.color, number) for number in (0, 1)]
    if isinstance(claim, Present):
        return [numbered(known, claim.thing, "", 0)]
    if isinstance(claim, Colored):
        colors = [color for color in KINDS[claim.thing] if color != claim.color]
        return [repainted(known, claim.thing, claim.color, color) for color in colors]
    if isinstance(claim, Placed | Related):
        ends = (0.0, 255.0) if getattr(claim, "side", "") == "middle" else (0.0,)
        return [mirrored(known, end, claim) for end in ends]
    raise AssertionError(f"nothing is known about {claim}")


def numbered(known: Facts, kind: str, color: str, number: int) -> Facts:
    """As many things of a kind as wanted."""
    if kind == "cloud":
        return replace(known, clouds=number)
    if kind == "mountain":
        return replace(known, mountains=number)
    there = known.of(kind, color)
    rest = tuple(seen for seen in known.things if seen not in there)
    name = "round tree" if kind == "tree" else kind
    paint = color or (KINDS[name] or ("",))[0]
    made = [Seen(kind=name, color=paint, x=10.0 + i, y=200.0) for i in range(number)]
    return replace(known, things=(*rest, *made))


def repainted(known: Facts, kind: str, before: str, after: str) -> Facts:
    things = tuple(
        replace(seen, color=after) if (seen.kind, seen.color) == (kind, before) else seen
        for seen in known.things
    )
    return replace(known, things=things)


def mirrored(known: Facts, end: float, claim: Placed | Related) -> Facts:
    """The picture turned upside down and left to right, or things on one side or at the bottom."""
    if isinstance(claim, Placed) and claim.side == "middle":
        return replace(known, things=tuple(replace(seen, x=end) for seen in known.things))
    if isinstance(claim, Related) and claim.way == "over":
        low = tuple(s if s.kind == claim.other else replace(s, y=250.0) for s in known.things)
        return replace(known, things=low)
    turned = tuple(replace(seen, x=256 - seen.x, y=256 - seen.y) for seen in known.things)
    return replace(known, things=turned)


def crowded(number: int, switch: bool) -> list[Facts]:
    """Facts with `number` of every kind, under every sky on every ground in every style."""
    things = [
        Seen(kind=kind, color=color, x=20.0 * i + 9.0, y=60.0 if kind == "mountain" else 20.0 * i)
        for kind, colors in KINDS.items()
        if kind not in ("sun", "moon", "cloud", "mountain")
        for color in (colors or ("",))[:2]
        for i in range(number)
    ]
    peaks = [Seen(kind="mountain", x=128.0, y=60.0)] * number
    return [
        Facts(
            style=OTHER["style"][i % 4],
            sky=OTHER["sky"][i % 5],
            light=OTHER["light"][(i + number) % 3],
            clouds=(0, number, number)[i % 3],
            mountains=number,
            tint=OTHER["tint"][i % 4],
            snow=i % 4 > 1,
            high=i % 2 > 0,
            ground=OTHER["ground"][i % 3],
            lake=switch,
            reflection=switch and i % 2 > 0,
            path=i % 3 > 0,
            fence=True,
            things=(*peaks, *(things if i % 7 else ())),
        )
        for i in range(60)
    ]


def test_captions_use_the_words_and_all_of_them() -> None:
    many = [f for n in (1, 2, 3) for switch in (False, True) for f in crowded(n, switch)]
    texts = [say(known, way).text for known in many for way in range(6)]
    texts += [described.text for _, described in ALL]
    assert [t for t in texts if not re.fullmatch(r"[a-z]+((, |\. | )[a-z]+)*", t)] == []
    used, known = set(re.findall(r"[a-z]+", " ".join(texts))), set(words())
    assert used <= known, used - known
    assert known <= used | set(vocabulary()), known - used - set(vocabulary())
    assert list(words()) == sorted(known)
    assert set(vocabulary()) <= known
    assert len(known) <= 160


def test_every_word_is_one_token() -> None:
    ranks = {pair: rank for rank, pair in enumerate(merges_for(words()))}
    assert all(len(pieces_of(word, ranks)) == 1 for word in words())


def test_captions_fit_a_text_encoder() -> None:
    longest = max(len(LEXEMES.findall(described.text)) for _, described in ALL)
    assert 40 < longest <= 75  # of 77 places, two go to start and end


def test_a_seed_is_a_caption_and_seeds_differ() -> None:
    known = facts(sample_rich(11))
    assert say(known, 5) == say(known, 5) == describe(sample_rich(11), 5)
    assert describe(sample_rich(11)) == say(known, None)
    assert len({say(known, way).text for way in range(60)}) >= 50


def test_canonical_phrases_of_the_first_world_stay_near_its_captions() -> None:
    scene = sample_scene(311)
    assert caption(scene).endswith("three round trees on green meadow")
    assert describe(scene).text == (
        "the sun over a snowy brown mountain by day, "
        "a house with a red roof and three round trees on green grass"
    )


def test_canonical_phrases_name_everything() -> None:
    for known, described in ALL[::4]:
        claims = set(described.claims)
        assert States(what="sky", value=known.sky) in claims, described.text
        for kind in ("balloon", "boat", "house", "car", "person", "fence"):
            colors = {seen.color for seen in known.of(kind)}
            assert {c.color for c in claims if isinstance(c, Colored) and c.thing == kind} == colors
        counted = {(c.thing, c.number) for c in claims if isinstance(c, Counted)}
        if known.mountains:
            assert ("mountain", known.mountains) in counted, described.text
            assert States(what="tint", value=known.tint) in claims
        if known.clouds:
            assert ("cloud", known.clouds) in counted, described.text
        if known.style != "flat":
            assert States(what="style", value=known.style) in claims


def test_styles_other_than_flat_are_always_named() -> None:
    named = {style: [0, 0] for style in OTHER["style"]}
    for known, described in ALL:
        named[known.style][0] += 1
        named[known.style][1] += any(claim.kind == "style" for claim in described.claims)
    assert all(count == total for s, (total, count) in named.items() if s != "flat")
    assert 0.1 < named["flat"][1] / named["flat"][0] < 0.4


STATED = {
    "watercolou?r": ("style", "watercolor"),
    "pencil": ("style", "pencil"),
    "outline(s|d)|cartoon": ("style", "outlined"),
    "sunset|evening|orange": ("sky", "sunset"),
    "night|moonlight": ("sky", "night"),
    "overcast|cloudy": ("sky", "overcast"),
    "moon": ("light", "moon"),
    "lake|water|shore|beach": ("lake", True),
    "path|road": ("path", True),
    "fences?": ("fence", True),
    "reflect.*|mirror": ("reflection", True),
    "desert|sand|sandy": ("ground", "sand"),
    "meadow|grassy|grass": ("ground", "grass"),
    "winter": ("ground", "snow"),
    "rocky|bare": ("snow", False),
    "peaks?|mountains?": ("mountains", range(1, 4)),
}
"""What some words alone must mean, whatever the code that wrote them thinks of them."""


@pytest.mark.parametrize("pattern", STATED)
def test_words_mean_what_they_say(pattern: str) -> None:
    what, meant = STATED[pattern]
    met = 0
    for known, described in ALL:
        text = described.text.replace("after sunset", "dusk")
        if re.search(rf"\b({pattern})\b", text):
            met += 1
            true = getattr(known, what)
            assert true in meant if isinstance(meant, range) else true == meant, described.text
    assert met >= 4, pattern


def test_counts_in_the_text_are_the_counts_in_the_picture() -> None:
    nouns = {
        "clouds?": "cloud",
        "cars?": "car",
        "balloons?": "balloon",
        "(mountains?|peaks?)": "mountain",
    }
    met: Counter[int] = Counter()
    for known, described in ALL:
        for pattern, kind in nouns.items():
            for number, word in NUMBERS.items():
                colored = kind in ("balloon", "car")
                look = r"((hot air|[a-z]+) )??" if not colored else r"(hot air )?"
                if re.search(
                    rf"\b(an|{word}) {look}{pattern}\b", described.text.replace("an ", "a ")
                ):
                    met[number] += 1
                    assert known.count(kind) == number, described.text
    assert min(met[number] for number in NUMBERS) >= 20, met


def test_every_kind_of_claim_is_made_often() -> None:
    kinds = Counter(kind for _, d in ALL for kind in {claim.kind for claim in d.claims})
    assert {kind for kind, count in kinds.items() if count > 0.3 * len(ALL)} == {
        *("style", "sky", "light", "ground", "mountains", "presence", "color", "count", "place"),
    }, kinds
    ways = Counter(c.way for _, d in ALL for c in d.claims if isinstance(c, Related))
    sides = Counter(c.side for _, d in ALL for c in d.claims if isinstance(c, Placed))
    assert min(ways.values()) >= 8, ways
    assert len(ways) == 6
    assert min(sides.values()) >= 30, sides


def test_captions_are_full_partial_and_tags() -> None:
    lengths = [len(described.text.split()) for _, described in ALL]
    short = sum(length <= 6 for length in lengths) / len(ALL)
    long = sum(length >= 18 for length in lengths) / len(ALL)
    assert 0.05 < short < 0.3, short
    assert 0.3 < long < 0.75, long


def test_impossible_claims_and_facts_are_refused() -> None:
    known = facts(sample_rich(11))
    with pytest.raises(ValueError, match="weather"):
        States(what="weather", value="fine")
    with pytest.raises(ValueError, match="-1"):
        Counted(thing="cloud", number=-1)
    with pytest.raises(ValueError, match=r"'dragon'.*balloon"):
        Seen(kind="dragon", x=1, y=1)
    with pytest.raises(ValueError, match=r"car has red, .*'pink'"):
        Seen(kind="car", color="pink", x=1, y=1)
    with pytest.raises(ValueError, match="'lamp'"):
        replace(known, light="lamp")
    with pytest.raises(ValueError, match="-2 clouds"):
        replace(known, clouds=-2)


def test_a_voice_without_a_seed_takes_the_first_way() -> None:
    voice = Voice(None)
    assert voice.one_of("abc") == "a"
    assert voice.some([1, 2, 3], 1, 1) == [1, 2, 3]
    assert not voice.chance(1.0)
    assert with_articles("a orange sky and a red one, a empty lake") == (
        "an orange sky and a red one, an empty lake"
    )


def test_a_cut_out_has_no_sides() -> None:
    for seed, (known, _) in enumerate(ALL):
        claims = say(known, seed, sides=False).claims
        assert not any(isinstance(claim, Placed) for claim in claims)
