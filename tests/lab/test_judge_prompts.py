# SPDX-License-Identifier: Apache-2.0
"""Prompts and their claims: true of their own scenes, mostly untrue of others, and counted right."""

import numpy as np
import pytest

from server.lab.evaluate.prompts.held_out import (
    Share,
    drawings,
    keep,
    other_drawings,
    prompts,
    true_facts,
)

ASKED = prompts(120)
FACTS = true_facts(ASKED)


def test_prompts_are_held_out_and_repeat() -> None:
    assert [p.text for p in prompts(5)] == [p.text for p in ASKED[:5]]
    assert [p.text for p in prompts(5, seed=1)] != [p.text for p in ASKED[:5]]
    assert len({p.text for p in ASKED}) > 100
    assert all(p.claims for p in ASKED)


def test_every_claim_is_true_of_its_own_scene() -> None:
    shares = keep(ASKED, FACTS)
    assert all(share.part == 1 for share in shares.values())
    assert shares["all claims"].made == sum(len(p.claims) for p in ASKED)


def test_all_the_targets_have_their_lines() -> None:
    """What the model card reports must not be empty for lack of such prompts."""
    shares = keep(ASKED, FACTS)
    for sort in ("what is named", "colors of things", "number of mountains", "style", "place"):
        assert shares[sort].made >= 10, sort


def test_claims_do_not_hold_of_another_scene() -> None:
    shares = keep(ASKED, [*FACTS[1:], FACTS[0]])
    for sort in ("what is named", "colors of things", "number of mountains", "style", "place"):
        assert shares[sort].part < 0.6, sort


def test_shares_count_single_claims() -> None:
    """One prompt kept, one not: the sum over kinds is the sum over claims."""
    shares = keep(ASKED[:2], [FACTS[0], FACTS[0]])
    kinds = {claim.kind for p in ASKED[:2] for claim in p.claims}
    assert sum(shares[kind].made for kind in kinds) == shares["all claims"].made
    by_hand = len(ASKED[0].claims) + sum(claim.holds(FACTS[0]) for claim in ASKED[1].claims)
    assert shares["all claims"].held == by_hand < shares["all claims"].made


def test_pictures_of_prompts_and_of_others_differ() -> None:
    asked, others = drawings([p.scene for p in ASKED[:3]]), other_drawings(3)
    assert asked.shape == others.shape == (3, 256, 256, 3)
    assert asked.dtype == np.uint8
    assert not any(np.array_equal(a, b) for a in asked for b in others)


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        Share(held=3, made=2)
    assert Share(held=0, made=0).part == 1.0
