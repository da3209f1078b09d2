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
