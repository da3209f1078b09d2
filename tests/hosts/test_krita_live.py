# SPDX-License-Identifier: Apache-2.0
"""drag-gan in the real Krita with the real engine and the bundled generator: frames live, Stop, Frame, Apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import krita_rig
import pytest
from PIL import Image

from server.lab.heads import draw, sample_head

pytestmark = pytest.mark.host_krita
DRAGS = [[[149.0, 125.0], [89.0, 125.0]], [[142.0, 145.0], [82.0, 145.0]]]
"""Nose and mouth, so far that the pull goes on until it is stopped."""
PARAMS = {"preset": "quick", "seed": 7}
FRAME = 2
MORE = 2
"""Frames seen after the target was moved."""


def check_frames(facts: dict[str, Any]) -> None:
    """Each frame is another picture, seen in its order, with its handles in the overlay."""
    for run, least in (("steered", 4), ("stopped", 4)):
        seen = facts[run]
        assert len(seen["frames"]) >= least
        assert seen["frames"] == sorted(set(seen["frames"]))
        assert len(set(seen["pictures"])) == len(seen["pictures"]), "a frame was shown twice"
        assert all(seen["dots"]), "a handle is not where the frame has it"
        assert "edit" in seen["phases"]


def test_a_pull_is_watched_steered_stopped_and_applied(screen: str, tmp_path: Path) -> None:
    picture, dump = tmp_path / "head.png", tmp_path / "layer.bgra"
    Image.fromarray(draw(sample_head(1_000_003))).save(picture)
    with krita_rig.rig(screen) as rig:
        rig.bring_engine()
        facts = rig.run(
            "live", timeout=600, picture=str(picture), drags=DRAGS, params=PARAMS, frame=FRAME,
            dump=str(dump), kra=str(tmp_path / "saved.kra"), patience=300, more=MORE,
        ).check()  # fmt: skip
        krita_rig.keep_shots(rig, live=facts)
        out, frame = tmp_path / "out.ora", ("--frame", str(FRAME))
        ours = rig.command_line("drag-gan", picture, facts["drags"], out, *frame)
    assert facts["problems"] == []
    assert facts["model"] == "heads-gan"
    check_frames(facts)
    assert facts["steered"]["handles"][-1] != facts["steered"]["handles"][0]
    moved = [round(a - b) for a, b in zip(facts["target"], facts["drags"][-1][-1], strict=True)]
    assert moved == [0, 10]
    assert facts["taken_over"] == [True, True, facts["target"]], "it did not go on to the target"

    assert facts["kept"] >= FRAME
    assert facts["frame"] == facts["kept"], "Stop kept another frame than the one that was seen"
    assert facts["frames"] > facts["kept"]
    assert facts["final"]
    assert facts["earlier_pixels"] != facts["stop_pixels"] == facts["again_pixels"]
    assert "edit" not in facts["chosen"]["phases"], "it was pulled a second time"

    assert facts["untouched"], "something was written before Apply"
    assert len(facts["added"]) == 1, facts["added"]
    assert facts["source_same"]
    krita_rig.check_pixels(dump, facts["rect"], ours)

    assert facts["took_up"], facts["notice"]
    assert facts["frames_again"] == facts["frames"]
    assert facts["reopened_pixels"] == facts["stop_pixels"]
    assert "edit" not in facts["reopened"]["phases"], "it was pulled a second time"
