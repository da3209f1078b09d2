# SPDX-License-Identifier: Apache-2.0
"""Japanese and simplified Chinese inside the real Krita: found by themselves, and drawn with every sign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import krita_rig
import pytest
from PIL import Image

from protocol.plugin.strings import Strings
from server.lab.scenes import render, sample_scene

pytestmark = pytest.mark.host_krita


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    place = tmp_path / "scene.png"
    Image.fromarray(render(sample_scene(1_000_003)).rgb).save(place)
    return place


def check(facts: dict[str, Any], language: str) -> None:
    assert facts["problems"] == []
    assert facts["language"] == language
    assert facts["missing"] == "", "signs without a font"
    assert facts["cut"] == [], "texts that do not fit"
    words = Strings(language)
    for message in ("panel.draw", "panel.auto_run", "action.apply"):
        text = words.text(message)
        assert text != Strings("en").text(message)
        assert any(text in said for said in facts["texts"]), text


def test_the_systems_language(screen: str, picture: Path) -> None:
    with krita_rig.rig(screen) as rig:
        rig.env |= {"LANG": "ja_JP.UTF-8", "LANGUAGE": "ja"}
        rig.bring_engine()
        facts = rig.run("tongue", timeout=400, picture=str(picture), engine=True).check()
        krita_rig.keep_shots(rig)
    check(facts, "ja")


def test_the_language_that_krita_was_switched_to(screen: str, picture: Path) -> None:
    with krita_rig.rig(screen) as rig:
        switched = rig.place.settings.with_name("klanguageoverridesrc")
        switched.write_text("[Language]\nkrita=zh_CN\n", encoding="utf-8")
        facts = rig.run("tongue", timeout=300, picture=str(picture), engine=False).check()
        krita_rig.keep_shots(rig)
    check(facts, "zh")
