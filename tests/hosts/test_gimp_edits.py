# SPDX-License-Identifier: Apache-2.0
"""Edits inside the real GIMP 3 with the real engine and the bundled model, by procedure."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gimp_rig
import numpy as np
import pytest
from PIL import Image

from server.files import read_document
from server.lab.heads import draw, sample_head
from server.lab.scenes import render, sample_scene

pytestmark = [pytest.mark.host_gimp, pytest.mark.timeout(1500)]
DRAGS = ["120,90:150,80", "40,200:60,200"]
MOVE = {"dx": 24.0, "dy": -10.0, "preset": "quick", "seed": "3"}
PULL = "149,125:89,125"
OBJECT = (100, 70, 40, 40)


@pytest.fixture(scope="module")
def rig() -> Iterator[gimp_rig.Rig]:
    with gimp_rig.gimp_rig() as one:
        Image.fromarray(render(sample_scene(1_000_003)).rgb).save(one.folder / "scene.png")
        yield one


def same_as_command_line(rig: gimp_rig.Rig, out: Path, dumped: str, rect: list[int]) -> None:
    """Compare a layer's bytes with the topmost layer of a file."""
    ours = read_document(out).layers[0].load()
    width, height = rect[2:]
    raw = (rig.folder / dumped).read_bytes()
    theirs = np.frombuffer(raw, np.uint8).reshape(height, width, 4)
    assert tuple(ours.rect) == tuple(rect)
    assert (theirs[..., 3] > 0).any()
    assert np.array_equal(theirs, ours.pixels), "not the command line's pixels"


def test_procedures_give_what_the_command_line_gives(rig: gimp_rig.Rig, tmp_path: Path) -> None:
    picture, mask = str(rig.folder / "scene.png"), tmp_path / "mask.png"
    words = [word for drag in DRAGS for word in ("--drag", drag)]
    rig.command_line(
        "edit", "drag", picture, *words, "--preset", "quick", "--seed", "7", "--quiet",
        "-o", str(rig.folder / "drag.ora"),
    )  # fmt: skip
    facts = rig.run(
        "skeleton", timeout=1200, rig=str(rig.folder), picture=picture, drags=" ".join(DRAGS),
        params={"preset": "quick", "seed": "7"}, move=MOVE, object=OBJECT,
        ora=str(rig.folder / "drag.ora"),
    ).check()  # fmt: skip
    assert facts["drag"][0] == "success", facts
    same_as_command_line(rig, rig.folder / "drag.ora", "drag.rgba", facts["rect"])
    assert facts["source_same"]
    assert facts["names"][0].startswith("drag [Pullbrush] (")
    assert set(facts["parasites"]) == {"pullbrush-recipe", "pullbrush-source"}
    assert facts["after_xcf"] == [*facts["names"], *facts["parasites"]]
    assert facts["notes"] == ["pullbrush-history"]
    assert facts["again"] == ["success", ""]
    assert len(facts["names_again"]) == 3
    assert facts["visible_again"] == [True, False, True], "the new result takes the older's place"
    assert facts["same_again"] == ["success", True]
    assert facts["repeat"] == ["success", "", 2]
    assert facts["move"] == ["success", ""]
    gray = np.frombuffer((rig.folder / "mask.gray").read_bytes(), np.uint8).reshape(256, 256)
    Image.fromarray(gray).save(mask)
    rig.command_line(
        "edit", "move", picture, "--mask", str(mask), "--by", "24,-10", "--preset", "quick",
        "--seed", "3", "--quiet", "-o", str(tmp_path / "move.ora"),
    )  # fmt: skip
    same_as_command_line(rig, tmp_path / "move.ora", "move.rgba", facts["move_rect"])
    status, message = facts["move_without_selection"]
    assert status == "execution-error"
    assert "Select the object first" in message
    assert facts["ora_again"] == ["success", "", True], "a result of the command line, edited again"
    assert len(facts["ora"]) == 2
    assert facts["ora_saved"] == 1, "both layers were made the same way"
    rig.command_line("redo", str(rig.folder / "back.ora"), "-o", str(tmp_path / "back.ora"))
    same_as_command_line(rig, tmp_path / "back.ora", "drag.rgba", facts["rect"])


CASES: dict[str, dict[str, Any]] = {
    "drag_by_numbers_within_a_soft_selection": {
        "procedure": "pullbrush-drag",
        "values": {"points": [120.0, 90.0, 150.0, 80.0], "preset": "quick", "seed": "11"},
        "ellipse": [90, 50, 100, 80],
        "soft": 6.0,
    },
    "drag_of_the_selected_path": {
        "procedure": "pullbrush-drag",
        "values": {"preset": "quick", "seed": "12", "strength": 1.5, "prompt": "a red balloon"},
        "path": [[40.0, 200.0], [50.0, 190.0], [60.0, 200.0]],
    },
    "move_along_a_path_and_larger": {
        "procedure": "pullbrush-move",
        "values": {"preset": "quick", "seed": "13", "scale": 1.25},
        "ellipse": [182, 60, 60, 90],
        "path": [[212.0, 100.0], [192.0, 80.0]],
    },
}
LINES = {
    "drag_by_numbers_within_a_soft_selection": "drag --drag 120,90:150,80 --seed 11",
    "drag_of_the_selected_path": "drag --drag 40,200:50,190:60,200 --seed 12 --strength 1.5 --prompt a_red_balloon",
    "move_along_a_path_and_larger": "move --by -20,-20 --scale 1.25 --seed 13",
}


def test_however_the_input_is_given_the_pixels_are_the_command_lines(
    rig: gimp_rig.Rig, tmp_path: Path
) -> None:
    picture = str(rig.folder / "scene.png")
    rects = rig.run(
        "parity", timeout=1000, rig=str(rig.folder), picture=picture, cases=CASES
    ).check()
    for name, line in LINES.items():
        edit, *words = [word.replace("_", " ") for word in line.split(" ")]
        if (kept := rig.folder / f"{name}.mask").exists():
            gray = np.frombuffer(kept.read_bytes(), np.uint8).reshape(256, 256)
            Image.fromarray(gray).save(tmp_path / "mask.png")
            words += ["--mask", str(tmp_path / "mask.png")]
        out = tmp_path / f"{name}.ora"
        rig.command_line(
            "edit", edit, picture, *words, "--preset", "quick", "--quiet", "-o", str(out)
        )
        same_as_command_line(rig, out, f"{name}.rgba", rects[name])


def test_a_generators_frame_is_the_command_lines(rig: gimp_rig.Rig) -> None:
    picture, values = str(rig.folder / "head.png"), {"preset": "quick", "seed": "7", "frame": 3}
    Image.fromarray(draw(sample_head(1_000_003))).save(picture)
    case = {"procedure": "pullbrush-drag-gan", "picture": picture, "values": values}
    values |= {"drags": PULL, "iterations": 8}
    facts = rig.run("parity", timeout=600, rig=str(rig.folder), cases={"frame": case}).check()
    out = rig.folder / "frame.ora"
    rig.command_line(
        "edit", "drag-gan", picture, "--drag", PULL, "--preset", "quick", "--seed", "7",
        "--iterations", "8", "--frame", "3", "--quiet", "-o", str(out),
    )  # fmt: skip
    same_as_command_line(rig, out, "frame.rgba", facts["frame"])


def test_the_guides_script_does_what_the_guide_says(rig: gimp_rig.Rig, tmp_path: Path) -> None:
    guide = (gimp_rig.ROOT / "docs" / "gimp.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    (drags,) = re.findall(r'"drags", "(.*?)"', text)
    shutil.copy(rig.folder / "scene.png", rig.folder / "in.png")
    facts = rig.run("documented", timeout=600, rig=str(rig.folder), text=text).check()
    assert facts["names"][0].startswith("drag [Pullbrush] (")
    words = [word for drag in drags.split() for word in ("--drag", drag)]
    rig.command_line(
        "edit", "drag", str(rig.folder / "in.png"), *words, "--preset", "quick", "--seed", "7",
        "--quiet", "-o", str(tmp_path / "guide.ora"),
    )  # fmt: skip
    same_as_command_line(rig, tmp_path / "guide.ora", "documented.rgba", facts["rect"])
