# SPDX-License-Identifier: Apache-2.0
"""The adapter inside the real Krita: it loads, keeps every promise of the suite for hosts, and of every format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import krita_rig
import pytest
from fakes.host_suite import CASES

pytestmark = pytest.mark.host_krita


@pytest.fixture(scope="module")
def rig(screen: str) -> Iterator[krita_rig.Rig]:
    with krita_rig.rig(screen) as one:
        yield one


def test_it_loads_and_its_docker_is_seen(rig: krita_rig.Rig) -> None:
    facts = rig.run("loads").check()
    assert facts["problems"] == []
    assert facts["visible"]
    assert facts["controllers"] == 1
    assert facts["action"]
    assert facts["protocol"], "protocol is not the plug-in's own"
    assert not facts["top_level"], "the plug-in put a top-level protocol into Krita's Python"
    assert facts["msgpack"] == "pullbrush._vendor.msgpack.fallback"


def test_the_suite_for_hosts(rig: krita_rig.Rig) -> None:
    facts = rig.run("suite", timeout=900).check()
    assert facts["passed"] == list(CASES)
    assert facts["problems"] == []


def test_every_format_comes_back_bit_for_bit(rig: krita_rig.Rig, tmp_path: Path) -> None:
    report = rig.run("formats", timeout=400, kra=str(tmp_path / "notes.kra"))
    facts = report.check()
    assert len(facts["spaces"]) == 8
    linear = {name for name, (_, is_linear, _, _) in facts["spaces"].items() if is_linear}
    assert "RGBA F32" in linear
    assert "RGBA U8" not in linear
    assert set(facts["refused"]) == {"hidden", "cmyk", "animated", "mask"}
    assert len(facts["handled"]) == 5
    assert facts["problems"] == []


def test_a_second_drag_goes_on_from_the_result(rig: krita_rig.Rig) -> None:
    facts = rig.run("going_on").check()
    assert facts["problems"] == []
    assert facts["went_on"], "the first result is not in what the second one was made of"
    assert facts["composed"], "not what Krita composes of the two layers"
    assert facts["steps"] == 1
    assert facts["lineage"] == 3, "over, the paper, the first result"
    assert facts["hidden"] == [False, False, False, True], "a full copy hides all it was made of"
    assert facts["covered"]
    assert facts["shown_again"] == [True, True, True]


@pytest.mark.parametrize("seed", [20])
def test_two_hundred_random_deeds(rig: krita_rig.Rig, seed: int) -> None:
    report = rig.run("monkey", timeout=400, seed=seed, deeds=200)
    facts = report.check()
    assert facts["problems"] == []
    assert sum(facts["did"].values()) == 200
    assert len(facts["did"]) >= 12
    assert facts["applied"] >= 2


def test_without_an_engine_the_panel_says_what_to_do(rig: krita_rig.Rig) -> None:
    facts = rig.run("absent").check()
    krita_rig.keep_shots(rig)
    assert facts["state"] == ["absent", "pullbrush serve"]
    assert facts["grey"]
    assert facts["problems"] == []
    assert facts["diagnostics"].startswith("Pullbrush ")


SPACES = (
    *(("RGBA", "U8", ""), ("RGBA", "U16", ""), ("RGBA", "F16", ""), ("RGBA", "F32", "")),
    *(("RGBA", "U8", "sRGB-elle-V2-g10.icc"), ("RGBA", "U16", "sRGB-elle-V2-g10.icc")),
    *(("GRAYA", "U8", ""), ("GRAYA", "U16", "")),
)


def test_what_will_be_seen_is_right_in_every_depth(rig: krita_rig.Rig) -> None:
    """Qt puts eight bits together; deeper layers are converted first, beside the document."""
    facts = rig.run("foreseen", timeout=300, spaces=SPACES).check()
    assert len(facts["off"]) == len(SPACES)
    # of 16-bit gray a few pixels were seen to be ten levels off, a fifth of a level in the mean
    allowed = {name: 12 if name == "GRAYA U16" else 3 for name in facts["off"]}
    assert {name: off for name, off in facts["off"].items() if off[0] > allowed[name]} == {}
    assert {name: off for name, off in facts["off"].items() if off[1] > 1} == {}
    assert facts["bites"]["U16"] == 8 * facts["bites"]["U8"], "conversion takes its time, too"
