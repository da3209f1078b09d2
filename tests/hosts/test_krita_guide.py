# SPDX-License-Identifier: Apache-2.0
"""An artist's first drag in the real Krita with the real engine, by the display's own mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import krita_rig
import numpy as np
import pytest
from PIL import Image

from server.lab.scenes import render, sample_scene

pytestmark = pytest.mark.host_krita
DRAGS = [[[123.0, 78.0], [123.0, 58.0]], [[213.0, 92.0], [205.0, 72.0]]]
PARAMS = {"preset": "quick", "seed": 7}


def test_two_drags_turned_and_zoomed_give_the_command_lines_pixels(
    screen: str, tmp_path: Path
) -> None:
    picture, dump = tmp_path / "scene.png", tmp_path / "layer.bgra"
    Image.fromarray(render(sample_scene(1_000_003)).rgb).save(picture)
    with krita_rig.rig(screen) as rig:
        rig.bring_engine()
        facts = rig.run(
            "guide", timeout=900, picture=str(picture), drags=DRAGS, params=PARAMS,
            dump=str(dump), patience=600,
        ).check()  # fmt: skip
        krita_rig.keep_shots(rig)
        ours = rig.command_line("drag", picture, facts["drags"], tmp_path / "out.ora")
    for got, meant in zip(facts["drags"], DRAGS, strict=True):
        assert np.abs(np.array(got) - np.array(meant)).max() < 1, "more than a pixel beside it"
    krita_rig.check_pixels(dump, facts["rect"], ours)
    assert facts["problems"] == []
    assert facts["untouched"], "something was written before Enter"
    assert len(facts["added"]) == 1
    assert facts["source_same"]
    assert facts["history"] == 1
    assert facts["pen_stays"]
    assert abs(facts["moved"][0] + 152) < 1.5
    assert facts["escaped"] == ["Background", "Selection Mask"], "Escape left something behind"
    assert "mid" in facts, "no step was seen on the way"
