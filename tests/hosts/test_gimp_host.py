# SPDX-License-Identifier: Apache-2.0
"""The adapter inside the real GIMP 3: every format, every kind of layer, and every trouble on the way."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gimp_rig
import numpy as np
import pytest
from fakes.host_suite import CASES

from server.files import read_document

pytestmark = pytest.mark.host_gimp
NEAR = {"u8-linear": 13, "half-linear": 2}
"""How far colors may be from those of 8-bit sRGB, in steps of it: what the precision itself loses, twice."""
FOREIGN_NEAR = 3
"""More where colors go through a profile and back."""


@pytest.fixture(scope="module")
def rig() -> Iterator[gimp_rig.Rig]:
    with gimp_rig.gimp_rig() as one:
        yield one


def colors(row: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The result as 8-bit sRGB over the whole canvas."""
    x, y, width, height = row["rect"]
    canvas = np.zeros((64, 96, 4), int)
    canvas[y : y + height, x : x + width] = np.array(row["screen"]).reshape(height, width, 4)
    return canvas


def test_every_precision_profile_and_alpha(rig: gimp_rig.Rig) -> None:
    facts = rig.run("tables", timeout=800).check()
    rows = facts["rows"]
    assert facts["steady"], "a profile is another one a second later"
    if kept := os.environ.get("PULLBRUSH_SHOTS"):
        short = [{k: v for k, v in row.items() if k != "screen"} for row in rows]
        Path(kept).mkdir(parents=True, exist_ok=True)
        (Path(kept) / "gimp-formats.json").write_text(json.dumps(short, indent=1))
    assert len(rows) == 44
    references = {row["gray"]: colors(row) for row in reversed(rows) if not row["profile"]}
    for row in rows:
        name = {k: row[k] for k in ("gray", "precision", "alpha", "profile")}
        for what in ("source_same", "icc_same", "outside_same", "inside_other"):
            assert row[what], f"{name}: {what}"
        assert row["outside"] > 1000, "there is nothing outside, so this shows nothing"
        assert row["result_in"][1] == row["kept_in"][1] == row["precision"], name
        near = NEAR.get(row["precision"], 1) + (FOREIGN_NEAR if row["profile"] else 0)
        found, wanted = colors(row), references[row["gray"]]
        both = (found[..., 3] > 250) & (wanted[..., 3] > 250)
        assert both.sum() > 300, name
        off = np.abs(found - wanted)[both].max()
        assert off <= near, f"{name}: off by {off}"


def test_the_suite_for_hosts(rig: gimp_rig.Rig) -> None:
    facts = rig.run("suite", timeout=600, screen=True).check()
    assert facts["passed"] == list(CASES)


RED, INVERTED = [200, 120, 60, 255], [55, 135, 195, 255]


def near(pixel: list[int], wanted: list[int], slack: int = 20) -> bool:
    return all(abs(one - other) <= slack for one, other in zip(pixel, wanted, strict=True))


def test_every_kind_of_layer_is_handled_or_refused(rig: gimp_rig.Rig) -> None:
    facts = rig.run("kinds", timeout=800, rig=str(rig.folder)).check()
    handled, refused = facts["handled"], facts["refused"]
    dragged = ("plain", "with_hidden_filter", "group", "within_group", "beyond_the_canvas")
    for name in (*dragged, "smaller_than_the_canvas"):
        assert near(handled[name]["moved"], RED), f"{name}: the disk did not come along"
    assert handled["plain"]["above"]
    assert near(handled["with_filter"]["moved"], INVERTED)
    assert handled["with_filter"]["filters"] == 1
    assert handled["group"]["names"] == ["Group"]
    assert handled["within_group"]["inside"] == [True, False]
    assert handled["within_group"]["names"] == ["Group"]
    assert handled["with_mask"] == {"has_mask": True, "same": True, "other": True}
    assert handled["text"]["names"] == [True, "Words"]
    assert handled["with_selection"]["inside"]
    assert handled["with_selection"]["seen"] > 50
    assert handled["repeated"]["order"] == [2, 1, 0]
    words = {
        "indexed": "Image ▸ Mode ▸ RGB", "hidden": "Show it first", "floating": "Anchor",
        "beside": "beside the canvas", "group_with_filter": "Merge them first",
        "several": "Several layers", "nothing": "No layer",
    }  # fmt: skip
    assert {name: words[name] in said[0] for name, said in refused.items()} == dict.fromkeys(
        words, True
    ), refused
    assert refused["indexed"][2] == "", "after the offered conversion it works"
    assert [refused[n][1] for n in ("hidden", "beside", "nothing")] == [["Paper"], ["Paper"], []]


def test_paths_looks_and_notes(rig: gimp_rig.Rig) -> None:
    facts = rig.run("sheets", timeout=300, rig=str(rig.folder)).check()
    assert facts["no_path"] == facts["removed"] == []
    assert facts["paths_same"]
    assert facts["path_count"] == [1, 1]
    assert facts["closed_is_none"] == 1
    size, before, below, above = facts["seen"]
    assert (size, below, above) == ([8, 4], None, None)
    before, below, above = facts["parts"]
    assert before == facts["seen"][1]
    assert below == [200, 60, 30, 255]
    assert above[:3] == [128, 128, 128]
    assert above[3] in (127, 128)
    assert facts["hidden"] == [40, 80, 120, 255], "what is hidden by the result is not seen"
    assert facts["untouched"] == [False, 0, ["glass", "group", "floor"], [True] * 3]
    assert facts["selected"] == [[3, 4, 5, 2], list(range(50, 60))]
    assert facts["note"]
    assert facts["no_note"] is None


def test_an_ora_keeps_layers_whole_wherever_they_begin(rig: gimp_rig.Rig) -> None:
    facts = rig.run("exporting", rig=str(rig.folder)).check()
    assert facts == {"written": True, "untouched": True, "images": 1}
    layers = {one.name: one.load() for one in read_document(rig.folder / "export.ora").layers}
    wanted = {"corner": (0, 0, 20, 15), "inside": (12, 16, 20, 15), "beyond": (0, 50, 15, 10)}
    for name, (x, y, width, height) in {**wanted, "held": (40, 30, 8, 8)}.items():
        rows, columns = np.nonzero(layers[name].pixels[..., 3])
        left, top = layers[name].rect[:2]
        found = (left + columns.min(), top + rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert found == (x, y, width, height), name


def test_arguments_that_mean_nothing_are_said_so(rig: gimp_rig.Rig) -> None:
    facts = rig.run("troubles", timeout=800, rig=str(rig.folder), wanted=["arguments"]).check()
    found = facts["arguments"]
    said = found["said"]
    assert said.pop("numbers") == ["success", ""]
    assert found["names"] == 2, "only the one good call left a layer"
    words = {
        "nothing": "Draw at least one arrow", "nonsense": "are written as", "odd_numbers": "four numbers",
        "only_a_pin": "Nothing is pulled yet", "twice": "begin at the same place", "bad_seed": "whole number",
        "no_model": "elsewhere", "not_ours": "no recipe", "no_json": "must be JSON",
    }  # fmt: skip
    for name, (status, message) in said.items():
        assert status in ("calling-error", "execution-error"), name
        assert words[name] in message, f"{name}: {message}"
    assert found["last"][:3] == ["40.0,32.0:52.0,30.0", "quick", "0"]
    assert found["last"][3:] == [4, -1.0]
    assert "models: " in found["diagnostics"]
    assert "scenes" in found["diagnostics"]


def test_an_image_that_is_closed_costs_nothing(rig: gimp_rig.Rig) -> None:
    facts = rig.run("troubles", timeout=600, rig=str(rig.folder), wanted=["closed"]).check()
    assert facts["closed"]["why"] == "The image is closed. Open it again to go on."


def kill_when_asked(rig: gimp_rig.Rig, script: str, *, back: bool) -> dict[str, Any]:
    """Run a script that says when the engine shall be killed."""
    process = rig.start("troubles", rig=str(rig.folder), wanted=[script])
    asked = rig.folder / "kill"
    while process.poll() is None and not asked.exists():
        time.sleep(0.02)
    rig.kill_engine()
    if back:
        rig.start_engine()
    report = rig.wait(process, 600)
    asked.unlink(missing_ok=True)
    return report.check()[script]


def test_an_engine_that_dies_is_waited_for_and_then_said(rig: gimp_rig.Rig) -> None:
    found = kill_when_asked(rig, "killed_and_back", back=True)
    assert found == {"same": True, "names": 3}
    found = kill_when_asked(rig, "killed", back=False)
    assert "pullbrush serve" in found["why"]
    assert found["names"] == ["Paper"]


def test_without_an_engine_that_is_said_at_once() -> None:
    with gimp_rig.gimp_rig(engine=False) as rig:
        facts = rig.run("troubles", rig=str(rig.folder), wanted=["no_engine"]).check()
    found = facts["no_engine"]
    assert found["status"] == "execution-error"
    assert "pullbrush serve" in found["message"]
    assert found["waited"] < 1.5
    assert found["names"] == ["Paper"]


def test_nothing_is_left_behind(rig: gimp_rig.Rig) -> None:
    rig.run("troubles", timeout=300, rig=str(rig.folder), wanted=[]).check()
    mine = [
        line
        for process in Path("/proc").glob("[0-9]*/cmdline")
        if b"gimp" in (line := _read(process)) and str(rig.folder).encode() in line
    ]
    assert mine == []
    assert str(rig.folder) not in Path("/proc/self/mountinfo").read_text()


def _read(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError:
        return b""
