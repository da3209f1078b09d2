# SPDX-License-Identifier: Apache-2.0
"""The story of an artist in the real Krita with the real engine, told by mouse and keyboard alone."""

from __future__ import annotations

from pathlib import Path

import krita_rig
import pytest
from PIL import Image

from server.lab.scenes import render, sample_scene

pytestmark = [pytest.mark.host_krita, pytest.mark.timeout(1800)]
LOW_PX = 740
"""What a screen of 768 pixels leaves to a window."""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    place = tmp_path / "scene.png"
    Image.fromarray(render(sample_scene(1_000_003)).rgb).save(place)
    return place


def test_the_morning(screen: str, picture: Path, tmp_path: Path) -> None:
    with krita_rig.rig(screen) as rig:
        rig.bring_engine()
        kra = str(tmp_path / "scene.kra")
        facts = rig.run("story", timeout=1200, picture=str(picture), kra=kra).check()
        krita_rig.keep_shots(rig, story=facts)
    assert facts["problems"] == []
    assert facts["docker"] == [True, True]
    assert facts["least_height"] <= LOW_PX, "the docker pushes Krita's window off a low screen"
    assert facts["idle_jobs"] == "empty", "a key of Krita's started something"

    assert (facts["views"], facts["drawn_meanwhile"]) == (3, 0), "panning was taken from Krita"
    assert facts["untouched"], "something was written before Apply"
    assert len(facts["steps"]) == 1, "Apply pressed twice is one layer and one step"
    assert facts["names"][-1].startswith("drag: a yellow sun [Pullbrush] (")
    assert facts["pen_after_apply"], "the pen changed by itself"
    assert "Apply" in facts["words_after_undo"]
    assert facts["words_after_redo"] == "Applied."
    assert not facts["pen_after_b"], "b takes the brush"
    assert facts["drags_kept"]
    assert facts["words"] == "a yellow sun", "a key went into the words"

    assert facts["pulled"] == pytest.approx([110, 54], abs=1), "the known handle was not pulled"
    assert facts["cancelled"] == ["ready", True]
    assert facts["replaced"] == [True, False, True]
    assert not facts["pen_in_reopened"], "the pen belongs to the document where it was taken"
    assert facts["effort_kept"] == "quick"
    assert len(facts["drags_again"]) == 1
    assert len(facts["second"]) == 4
    assert facts["history"] == 3


def test_the_afternoon(screen: str, picture: Path) -> None:
    with krita_rig.rig(screen) as rig:
        rig.bring_engine()
        facts = rig.run("story_troubles", timeout=1200, picture=str(picture)).check()
        krita_rig.keep_shots(rig, troubles=facts)
    assert facts["problems"] == []
    alpha = facts["alpha"]
    assert alpha["visible"] == [False, True]
    assert alpha["other_kept"], "what was not moved is not in the result"
    assert alpha["moved_away"] == 0
    assert min(alpha["old_place"]) > 150, "the preview shows the object at its old place, too"
    assert alpha["half_seen"] == pytest.approx(alpha["half_before"], abs=12), "seen twice"
    assert facts["group"] == {"top": ["Group"], "inside": ["Shapes", "drag"]}
    assert facts["deep"] == {"depth": "U16"}

    cropped = facts["cropped"]
    assert cropped["stale"] == ""
    assert cropped["shift"] == pytest.approx([-20, -12], abs=2)
    painted = facts["painted"]
    assert "Compute again" in painted["said"]
    assert (painted["preview"], painted["apply"]) == (False, False)
    assert painted["layers"] == 1
    assert facts["closed"] == {"stage": "closed", "desks": 0}
