# SPDX-License-Identifier: Apache-2.0
"""Edits inside the real Krita with the real engine and the bundled model."""

from __future__ import annotations

from pathlib import Path

import krita_rig
import pytest
from PIL import Image

from protocol.plugin.drags import DragList
from server.lab.scenes import render, sample_scene

pytestmark = pytest.mark.host_krita
DRAGS = [[[120.0, 90.0], [150.0, 80.0]], [[40.0, 200.0], [60.0, 200.0]]]
BUSY_MS = 50.0
"""Processor time of the main thread in one turn: the goal; 5 for reading, 12 for a result's small picture."""
DEPTHS = ("U8", "U16", "F32")
ADD = 3.0
"""Times the main thread's own in the same run when Krita alone adds such a layer to 4096²; 0.5 to 1.5 were seen."""
WAYS = ("", " whole")
"""Beside its source, and in its place, as a copy of it."""
PARAMS = {"preset": "quick", "seed": 7}


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("picture") / "scene.png"
    Image.fromarray(render(sample_scene(1_000_003)).rgb).save(place)
    return place


def test_from_drag_to_layer_and_back_again(screen: str, picture: Path, tmp_path: Path) -> None:
    dump = tmp_path / "layer.bgra"
    with krita_rig.rig(screen) as rig:
        rig.bring_engine()
        facts = rig.run(
            "skeleton", timeout=500, picture=str(picture), drags=DRAGS, params=PARAMS,
            dump=str(dump), kra=str(tmp_path / "saved.kra"),
        ).check()  # fmt: skip
        krita_rig.keep_shots(rig)
        ours = rig.command_line("drag", picture, DRAGS, tmp_path / "out.ora")
    assert facts["problems"] == []
    assert facts["modified_by_preview"] is False
    assert facts["source_same"], "the source layer was changed"
    assert len(facts["steps"]) == 1, facts["steps"]
    assert facts["undone"]
    assert facts["redone"]
    krita_rig.check_pixels(dump, facts["rect"], ours)
    assert facts["took_up"], facts["notice"]
    assert facts["drags_again"] == DRAGS
    assert facts["same_again"]
    assert len(facts["names_again"]) == len(facts["names"]) + 1
    assert facts["visible"][-2:] == [False, True], "the new result takes the older one's place"
    assert facts["history"] == 1
    assert DragList.of(DRAGS).plain() == DRAGS


def test_troubles_on_the_way(screen: str, picture: Path) -> None:
    with krita_rig.rig(screen) as rig:
        rig.bring_engine()
        facts = rig.run("troubles", timeout=600, picture=str(picture)).check()
        krita_rig.keep_shots(rig, troubles=facts)
    assert facts["stopping"] == "stopping"
    assert facts["lost"][0] == "lost"
    assert facts["another"], "the engine was not started anew"
    assert facts["after"][0] == "done", facts
    assert facts["closed"] == "closed"
    assert facts["desks"] == 0
    assert facts["problems"] == []


def test_the_main_thread_is_never_held(screen: str) -> None:
    """Figures are kept (PULLBRUSH_SHOTS); what fails here is only what no busy machine explains."""
    with krita_rig.rig(screen) as rig:
        rig.bring_engine()
        facts = rig.run("stalls", timeout=600, depths=["U8", "F32"]).check()
        krita_rig.keep_shots(rig, stalls=facts)
    assert facts["problems"] == []
    for depth in ("U8", "F32"):
        assert facts[depth]["stage"] == "done", facts
        assert facts[depth]["rect"][2] * facts[depth]["rect"][3] >= 1500 * 1500
        assert facts[depth]["busy_max"] <= BUSY_MS, facts


def test_a_large_result_comes_in_bites(screen: str) -> None:
    """All but Krita's own composing, for which its API waits, is spread over turns of a few milliseconds."""
    with krita_rig.rig(screen) as rig:
        facts = rig.run("adding", timeout=900, depths=DEPTHS).check()
        krita_rig.keep_shots(rig, adding=facts)
    assert facts["problems"] == []
    for depth in [f"{depth}{how}" for depth in DEPTHS for how in WAYS]:
        assert facts[depth]["source_seen"] == ("whole" not in depth)
        assert facts[depth]["bites"] > 10, facts
        assert facts[depth]["bite_busy"] <= BUSY_MS, facts
        assert facts[depth]["add_busy"] <= ADD * facts[depth]["plain_busy"], facts
        assert facts[depth]["steps"] == 1
        assert facts[depth]["same"]


def test_outside_the_region_every_depth_stays_bit_for_bit(screen: str) -> None:
    spaces = [("RGBA", "U16"), ("RGBA", "F32"), ("RGBA", "F16"), ("GRAYA", "U8"), ("GRAYA", "U16")]
    with krita_rig.rig(screen) as rig:
        rig.bring_engine()
        facts = rig.run("depths", timeout=500, spaces=spaces).check()
    assert facts["problems"] == []
    for model, depth in spaces:
        found = facts[f"{model} {depth}"]
        assert found["space"][0] == depth
        assert found["outside_bytes"] > 10_000, "there is nothing outside, so this shows nothing"
        for what in ("layer_same", "outside_same", "inside_other", "undone"):
            assert found[what], f"{model} {depth}: {what}"
