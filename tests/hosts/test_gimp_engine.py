# SPDX-License-Identifier: Apache-2.0
"""The engine as an artist in GIMP 3 meets it: started by the plug-in, or missing; and what edits leave behind."""

from __future__ import annotations

from collections.abc import Iterator

import gimp_rig
import pytest
from PIL import Image

from server.lab.scenes import render, sample_scene

pytestmark = pytest.mark.host_gimp
AT_ONCE_S = 1.5
VALUES = {"drags": "120,90:150,80", "method": "warp", "seed": "1"}


@pytest.fixture(scope="module")
def rig() -> Iterator[gimp_rig.Rig]:
    with gimp_rig.gimp_rig(engine=False) as one:
        Image.fromarray(render(sample_scene(1_000_003)).rgb).save(one.folder / "scene.png")
        yield one


def test_the_plug_in_starts_the_engine_that_was_installed_with_it() -> None:
    with gimp_rig.gimp_rig(engine=False) as rig:
        Image.fromarray(render(sample_scene(1_000_003)).rgb).save(rig.folder / "scene.png")
        rig.let_it_start_the_engine()
        facts = rig.run(
            "starting", timeout=600, rig=str(rig.folder), picture=str(rig.folder / "scene.png"),
            values=VALUES,
        ).check()  # fmt: skip
    assert not facts["there_before"]
    assert [call[:2] for call in facts["calls"]] == [["success", ""]] * 2
    assert len(set(facts["engines"])) == 1, "the second call started another one"
    assert len(set(facts["digests"])) == 1
    assert len(facts["names"]) == 3


def test_a_panel_without_an_engine_says_what_to_do_at_once(rig: gimp_rig.Rig) -> None:
    facts = rig.run(
        "panel_absent", timeout=300, screen=True, rig=str(rig.folder),
        picture=str(rig.folder / "scene.png"),
    ).check()  # fmt: skip
    assert facts["said"] - facts["opened"] < AT_ONCE_S, facts
    assert all(facts["words"]), facts["words"]
    assert "pullbrush serve" in facts["command"]
    assert facts["layers"] == ["Background"]


def test_edits_leave_nothing_but_their_layers(rig: gimp_rig.Rig) -> None:
    rig.start_engine()
    facts = rig.run("leftovers", timeout=600, rig=str(rig.folder)).check()
    rig.kill_engine()
    assert facts["first"] == facts["well"] == ["success", ""]
    assert facts["badly"][0] != "success"
    assert len(facts["layers"]) == 3
    assert not [name for name in facts["layers"] if "preview" in name]
    assert facts["new"] == {"images": [], "files": [], "processes": []}
