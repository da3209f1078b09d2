# SPDX-License-Identifier: Apache-2.0
"""On a dense display (Qt counts in larger pixels there) the plug-in and Krita agree on which pixel is meant."""

from __future__ import annotations

import math
from pathlib import Path

import krita_rig
import needs
import pytest
from PIL import Image

from protocol.plugin.marks import HANDLE, TARGET
from server.lab.scenes import render, sample_scene

pytestmark = pytest.mark.host_krita
SAME = 0.02
"""Document pixels between what the mouse pointed at and what the plug-in took it for."""
DAB = 0.8
"""Between that and the middle of Krita's ink; a small dab is not quite in the middle of its pixels."""


@pytest.mark.parametrize("factor", ["2", "1.5"])
def test_handles_lie_where_krita_paints(tmp_path: Path, factor: str) -> None:
    needs.demand(needs.KRITA)
    picture = tmp_path / "scene.png"
    Image.fromarray(render(sample_scene(1_000_003)).rgb).save(picture)
    with krita_rig.display("3000x2000x24") as screen, krita_rig.rig(screen) as rig:
        rig.env["QT_SCALE_FACTOR"] = factor
        facts = rig.run("hidpi", timeout=400, picture=str(picture)).check()
        krita_rig.keep_shots(rig, hidpi=facts)
    assert facts["problems"] == []
    assert facts["ratio"] >= float(factor)
    assert len(facts["views"]) == 3
    for view in facts["views"]:
        assert view["colors"] == [HANDLE, TARGET], "the marks are not drawn where the mouse is"
        for way, found in zip(view["meant"], view["ways"], strict=True):
            for meant, got in zip(way, found, strict=True):
                assert math.dist(meant, got) < SAME, view
        for got, ink in zip(view["ways"][0], view["ink"], strict=True):
            assert math.dist(got, ink) < DAB, view
