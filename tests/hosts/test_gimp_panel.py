# SPDX-License-Identifier: Apache-2.0
"""The panel in the real GIMP 3 with its windows: a path by the display's own mouse and the real engine."""

from __future__ import annotations

import os
from collections.abc import Iterator

import gimp_rig
import numpy as np
import pytest
from PIL import Image

from server.files import read_document
from server.lab.heads import draw, sample_head
from server.lab.scenes import render, sample_scene

pytestmark = [pytest.mark.host_gimp, pytest.mark.timeout(1500)]
DRAGS = [[[123.0, 78.0], [123.0, 58.0]], [[213.0, 92.0], [205.0, 72.0]]]
PARAMS = {"preset": "quick", "seed": 7}
PULL, FRAME = [[149.0, 125.0], [89.0, 125.0]], 2
"""A nose, so far that the pull goes on until it is stopped, and which of its frames is applied."""
MORE = 4 if os.environ.get("PULLBRUSH_SHOTS") else 2
"""Frames seen after the target was moved; in the guide's picture more can be seen of the pull."""
OBJECT, WAY = (188, 70, 50, 74), [[212.0, 100.0], [192.0, 80.0]]
"""The balloon, and where it shall go."""


@pytest.fixture(scope="module")
def rig() -> Iterator[gimp_rig.Rig]:
    with gimp_rig.gimp_rig() as one:
        Image.fromarray(render(sample_scene(1_000_003)).rgb).save(one.folder / "scene.png")
        yield one


def test_an_artists_first_drag(rig: gimp_rig.Rig) -> None:
    facts = rig.run(
        "panel_guide", timeout=900, screen=True, rig=str(rig.folder), drags=DRAGS, params=PARAMS,
        picture=str(rig.folder / "scene.png"), patience=600,
    ).check()  # fmt: skip
    apart = np.abs(np.array(facts["drags"]) - np.array(DRAGS)).max()
    assert apart < 1, f"{apart} pixels beside where was clicked"
    assert facts["previews_while_pulled"] == 3, "the preview did not follow the anchor"
    assert facts["seen_while_pulled"] == sorted(facts["seen_while_pulled"])
    assert facts["during"] == ["Background"]
    assert facts["stage"] == "done", facts["failure"]
    assert "mid" in facts, "no step was seen on the way"
    result = facts["applied"][0]
    assert result.startswith("drag [Pullbrush] (")
    assert (facts["applied"], facts["undone"]) == ([result, "Background"], ["Background"])
    assert facts["redone"] == facts["applied"]
    again = facts["again"]
    assert again["notice"] == ""
    assert again["paths"] == again["params"]["drags"] == facts["params"]["drags"]
    assert again["params"] == facts["params"]
    assert again["selected"] == facts["selected"]
    assert set(facts["selected"][4:]) - {0, 255}, "the selection's edge was not soft"
    assert facts["before"][0] == ["Background"]
    assert facts["left"] == [[result, "Background"], facts["before"][1]]
    assert facts["problems"] == []


def test_a_pull_is_watched_stopped_and_applied(rig: gimp_rig.Rig) -> None:
    picture = rig.folder / "head.png"
    Image.fromarray(draw(sample_head(1_000_003))).save(picture)
    facts = rig.run(
        "panel_live", timeout=600, screen=True, rig=str(rig.folder), picture=str(picture),
        way=PULL, params=PARAMS, frame=FRAME, more=MORE, patience=300,
    ).check()  # fmt: skip
    assert facts["problems"] == []
    assert facts["model"] == "heads-gan"
    assert facts["frames"] == sorted(set(facts["frames"]))
    assert len(set(facts["pictures"])) == len(facts["pictures"]) >= 4, "a frame was shown twice"
    assert all(facts["rings"]), "the handle is not seen in a frame"
    assert facts["frame"] == facts["kept"] >= FRAME
    assert facts["final"]
    assert facts["went_to"] == facts["target"]
    assert round(facts["target"][1] - facts["drags"][0][-1][1]) == 10
    assert facts["chosen"] == FRAME
    assert facts["other_picture"]
    assert "edit" not in facts["phases"], "it was pulled a second time"
    assert facts["during"] == ["Background"]
    result = facts["applied"][0]
    assert result.startswith("drag-gan [Pullbrush] (")
    assert (facts["undone"], facts["redone"]) == (["Background"], [result, "Background"])
    assert facts["left"] == [[result, "Background"], facts["before"][1]]
    (way,) = (":".join(f"{x!r},{y!r}" for x, y in drag) for drag in facts["drags"])
    rig.command_line(
        "edit", "drag-gan", str(picture), "--drag", way, "--preset", "quick", "--seed", "7",
        "--frame", str(FRAME), "--quiet", "-o", str(rig.folder / "live.ora"),
    )  # fmt: skip
    ours = read_document(rig.folder / "live.ora").layers[0].load()
    assert list(ours.rect) == facts["rect"]
    assert (rig.folder / "live.rgba").read_bytes() == ours.pixels.tobytes(), (
        "not the command line's pixels"
    )


def test_nothing_that_gimp_does_to_an_image_catches_a_preview(rig: gimp_rig.Rig) -> None:
    facts = rig.run(
        "panel_caught", timeout=600, screen=True, rig=str(rig.folder), params=PARAMS,
        picture=str(rig.folder / "scene.png"),
    ).check()  # fmt: skip
    names, picture = facts["before"]
    assert names == ["Background"]
    assert facts["saved"] == [["Background"], picture]
    assert facts["exported"][1] == picture
    assert facts["grouped"] == ["two", "one", "Background"]
    assert facts["merged"] == facts["flattened"] == picture
    assert facts["deleted"] == []
    assert facts["left"] == facts["before"]
    assert facts["problems"] == []


def test_the_menus_entry_opens_the_panel_until_its_window_is_closed(rig: gimp_rig.Rig) -> None:
    facts = rig.run(
        "panel_called", timeout=300, screen=True, rig=str(rig.folder),
        picture=str(rig.folder / "scene.png"),
    ).check()  # fmt: skip
    assert facts["done"] == "success"
    assert facts["window"], "no window was seen"
    assert facts["processes"] >= 1
    assert facts["status"] == "success"
    assert facts["open_for"] > 4
    assert facts["with_last"] == ["success", ""]
    assert facts["same"], "run with last values did something else"
    assert len(facts["layers"]) == 3
    assert facts["words"] == [False], "it still says that a panel is open"


def test_an_object_is_moved_by_an_engine_that_the_panel_started(rig: gimp_rig.Rig) -> None:
    rig.let_it_start_the_engine()
    facts = rig.run(
        "panel_move", timeout=900, screen=True, rig=str(rig.folder), object=OBJECT, way=WAY,
        params=PARAMS, picture=str(rig.folder / "scene.png"), patience=600,
    ).check()  # fmt: skip
    assert not facts["engine_before"]
    assert facts["how"] in ("starting", "ready")
    assert np.allclose(facts["shift"], np.subtract(WAY[1], WAY[0]), atol=1)
    assert facts["during"] == ["Background"]
    assert facts["stage"] == "done", facts["failure"]
    name = facts["applied"][0]
    assert name.startswith("move [Pullbrush] (")
    assert (facts["undone"], facts["redone"]) == (["Background"], facts["applied"])
    left, top, width, height = facts["result"]
    assert left <= WAY[1][0] < left + width
    assert top <= WAY[1][1] < top + height
    assert facts["left"] == [[name, "Background"], facts["before"][1]]
    assert facts["problems"] == []
