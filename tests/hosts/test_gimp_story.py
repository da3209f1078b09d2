# SPDX-License-Identifier: Apache-2.0
"""An artist's day with the panel in the real GIMP 3, by mouse and keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gimp_rig
import pytest
from PIL import Image

from server.lab.scenes import render, sample_scene

pytestmark = [pytest.mark.host_gimp, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def rig() -> Iterator[gimp_rig.Rig]:
    with gimp_rig.gimp_rig() as one:
        for name, seed in (("scene", 1_000_003), ("other", 1_000_011)):
            Image.fromarray(render(sample_scene(seed)).rgb).save(one.folder / f"{name}.png")
        yield one


def test_the_panel_is_opened_repeated_and_closed_without_a_red_message(
    rig: gimp_rig.Rig,
) -> None:
    facts = rig.run(
        "story_menu", timeout=600, screen=True, rig=str(rig.folder),
        picture=str(rig.folder / "scene.png"), other=str(rig.folder / "other.png"),
    ).check()  # fmt: skip
    assert facts["opened"] > 50, "the panel shows no picture"
    assert facts["repeated"] == [1, 0], "Ctrl+F: one panel, no message"
    panels, messages, colors = facts["closed"]
    assert (panels, messages) == (1, 0)
    assert colors < facts["opened"] / 4, "the closed image is still shown"
    assert facts["ended"] == 0, "closing the panel showed a message"
    assert not processes_of(rig), "the panel outlived its GIMP"


def test_gimp_is_quit_under_a_live_preview(rig: gimp_rig.Rig) -> None:
    report = rig.run(
        "story_quit", timeout=300, screen=True, quits=False, rig=str(rig.folder),
        picture=str(rig.folder / "scene.png"),
    )  # fmt: skip
    facts = report.check()
    assert facts["previewed"] > 50, "the panel shows no picture"
    assert facts["layers"] == ["Background"]
    assert not processes_of(rig), "the panel outlived its GIMP"


def test_the_morning(rig: gimp_rig.Rig) -> None:
    xcf = str(rig.folder / "scene.xcf")
    rig.run("saving", picture=str(rig.folder / "scene.png"), xcf=xcf).check()
    facts = rig.run("story", timeout=1200, screen=True, rig=str(rig.folder), xcf=xcf).check()
    assert facts["problems"] == []
    assert facts["idle"] == "empty", "a key of GIMP's started something"
    assert facts["untouched"] == ["Background"], "something was written before Apply"
    assert len(facts["names"]) == 2, "Apply pressed twice is one layer"
    assert facts["names"][0].startswith("drag: a yellow sun [Pullbrush] (")
    assert "Apply" in facts["undone"]
    assert facts["redone"] == "Applied."
    assert facts["drags_kept"]
    assert facts["words"] == "a yellow sun", "a key went into the words"

    assert facts["pulled"][0][-1] == pytest.approx([110, 54], abs=1), "the anchor was not pulled"
    assert facts["cancelled"] == ["ready", True]
    assert facts["replaced"] == [True, False, True]
    assert facts["brought_back"] == [True, True]
    assert facts["reopened"] == facts["saved"]
    assert facts["effort_kept"] == "quick"
    assert facts["drags_again"] == facts["pulled"]
    assert len(facts["second"]) == 4
    assert facts["second_undone"] == facts["saved"]
    assert facts["history"] == 3


def test_the_afternoon(rig: gimp_rig.Rig) -> None:
    picture = str(rig.folder / "scene.png")
    report = rig.run(
        "story_troubles", timeout=1200, screen=True, rig=str(rig.folder), picture=picture
    )
    facts = report.check()
    assert facts["problems"] == []
    assert "Calling error" not in report.output, "GIMP complains to the artist of what we asked it"
    alpha = facts["alpha_layer"]
    assert alpha["shift"] == pytest.approx([30, -20], abs=1)
    assert alpha["visible"] == [True, False, True]
    assert alpha["other_kept"], "what was not moved is not in the result"
    assert alpha["left_behind"] == 0
    assert alpha["arrived"] == pytest.approx([220, 40, 30, 255], abs=12)
    assert facts["in_a_group"] == {"top": ["Group", "Background"], "inside": ["drag", "Shapes"]}
    assert "u16" in facts["sixteen_bit"]["format"]

    cropped = facts["cropped"]
    assert (cropped["stale"], cropped["stage"]) == ("", "done"), "it was computed again"
    assert cropped["shift"] == pytest.approx([-20, -12], abs=2)
    assert "Compute again" in facts["painted"]["said"]
    assert facts["painted"]["layers"] == ["Background"]
    assert facts["painted_anyway"] == {"undone": ["Background"]}
    assert facts["closed"] == {"stage": "closed", "open": [0, True]}


def processes_of(rig: gimp_rig.Rig) -> list[bytes]:
    found: list[bytes] = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes()
        except OSError:
            continue
        if b"pullbrush.py" in line and str(rig.folder).encode() in line:
            found.append(line)
    return found
