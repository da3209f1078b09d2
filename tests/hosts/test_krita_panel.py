# SPDX-License-Identifier: Apache-2.0
"""Panel and overlay inside the real Krita, without an engine."""

from __future__ import annotations

from pathlib import Path

import krita_rig
import pytest
from PIL import Image

from server.lab.scenes import render, sample_scene

pytestmark = pytest.mark.host_krita


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    place = tmp_path / "scene.png"
    Image.fromarray(render(sample_scene(1_000_003)).rgb).save(place)
    return place


def test_a_selected_object_by_mouse_and_keys_that_are_ours(screen: str, picture: Path) -> None:
    with krita_rig.rig(screen) as rig:
        facts = rig.run("moves", timeout=600, picture=str(picture)).check()
        krita_rig.keep_shots(rig)
    assert facts["problems"] == []
    dx, dy = facts["moved"]
    assert abs(dx - 30) < 1
    assert abs(dy + 10) < 1
    assert 1.3 < facts["scale"] < 1.7
    assert facts["nudged"] == pytest.approx(dx - 10)
    assert facts["down"] == [90, 61]
    assert facts["deleted"] == 1
    assert facts["undone"] == 2
    assert facts["untouched"], "a key went to the program as well"
    assert facts["steps"] == []
    assert facts["cleared"], "with the pen put away, Delete is the program's"
    assert facts["strokes_kept"] == 2


def test_drags_by_mouse_and_on_a_layer(screen: str, picture: Path, tmp_path: Path) -> None:
    with krita_rig.rig(screen) as rig:
        facts = rig.run(
            "panel", timeout=600, picture=str(picture), kra=str(tmp_path / "saved.kra")
        ).check()
        krita_rig.keep_shots(rig)
    assert facts["problems"] == []
    errors = [error for view in facts["errors"] for error in view]
    assert len(errors) == 12
    assert max(errors) < 1, facts["errors"]
    assert facts["count"] == 2
    assert facts["nudged"] == 1
    assert facts["after_delete"] == 1
    assert not facts["ink_while_on"]
    assert facts["steps_while_on"] == []
    assert facts["layers"][-1] == "Pullbrush drags"
    assert facts["shapes"] == ["pullbrush-1", "pullbrush-2"]
    assert facts["read_back"] == facts["drags"], "what the program rounds came back"
    assert facts["moved"] != facts["drags"], "an arrow moved on the layer did not move the drag"
    assert facts["rewritten"] == 1
    assert [[round(v) for p in way for v in p] for way in facts["reopened"]] == [[120, 90, 150, 80]]
    assert facts["ink_while_off"], "with the pen put away, the brush must paint"
    assert facts["drags_while_off"] == 1
