# SPDX-License-Identifier: Apache-2.0
"""One document in both real programs: edited in Krita, saved as .ora, edited again in GIMP, and back in Krita."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gimp_rig
import krita_rig
import numpy as np
import pytest
from PIL import Image

from protocol.ora_recipes import read_recipes
from server.lab.scenes import render, sample_scene

pytestmark = [pytest.mark.host_krita, pytest.mark.host_gimp, pytest.mark.timeout(1800)]
DRAGS = [[[120.0, 90.0], [150.0, 80.0]], [[40.0, 200.0], [60.0, 200.0]]]
PARAMS = {"preset": "quick", "seed": 7}
Dump = list[Any]


def load(dumped: Dump) -> np.ndarray[Any, Any]:
    """Straight RGBA over the canvas of what a script left, nothing where it is transparent: programs trim layers."""
    x, y, width, height, order, place = dumped
    data = np.frombuffer(Path(place).read_bytes(), np.uint8).reshape(height, width, 4)
    canvas = np.zeros((256, 256, 4), np.uint8)
    canvas[y : y + height, x : x + width] = data[..., [2, 1, 0, 3]] if order == "bgra" else data
    return np.where(canvas[..., 3:] > 0, canvas, 0)


def same(one: Dump, other: Dump) -> bool:
    """Whether two dumps are the same picture at the same place, and not an empty one."""
    pictures = load(one), load(other)
    return bool((pictures[0][..., 3] > 0).any()) and np.array_equal(*pictures)


def test_a_document_goes_from_krita_to_gimp_and_back(screen: str, tmp_path: Path) -> None:
    picture, there, back = (tmp_path / name for name in ("scene.png", "krita.ora", "gimp.ora"))
    Image.fromarray(render(sample_scene(1_000_003)).rgb).save(picture)
    with krita_rig.rig(screen) as krita, gimp_rig.gimp_rig() as gimp:
        krita.bring_engine()
        begun = krita.run(
            "trip", timeout=600, file=str(picture), ora=str(there), drags=DRAGS, params=PARAMS,
            dump=str(tmp_path / "begun"),
        ).check()  # fmt: skip
        assert begun["problems"] == []
        assert begun["saved"] == str(there)

        (gimp.folder / there.name).write_bytes(there.read_bytes())  # all that GIMP gets to see
        changed = gimp.run(
            "trip", timeout=600, opens=str(gimp.folder / there.name), settings='{"seed": 8}',
            ora=str(gimp.folder / back.name), dump=str(gimp.folder / "gimp"),
        ).check()  # fmt: skip
        assert changed["layers"] == begun["layers"][::-1], "from the top; Krita counts from below"
        assert changed["recipes"] == 1
        assert same(changed["theirs"], begun["made"]), "the .ora holds other pixels"
        assert same(changed["fresh"], begun["made"]), "edited again in GIMP: not Krita's pixels"
        assert not same(changed["made"], begun["made"]), "another seed is another picture"
        (new, old, base) = changed["after"]
        assert [new[1], old, base] == [
            True,
            [begun["layers"][1], False],
            [begun["layers"][0], True],
        ]
        assert changed["saved"] == 2

        back.write_bytes((gimp.folder / back.name).read_bytes())
        recipes, problems = read_recipes(back)
        assert (len(recipes), problems) == (2, [])
        assert set(recipes) == {changed["same"], changed["other"]}, "the same edit, the same recipe"
        returned = krita.run(
            "trip", timeout=600, file=str(back), ora="", dump=str(tmp_path / "returned")
        ).check()
        assert returned["problems"] == []
        assert returned["layers"] == [one[0] for one in changed["after"]][::-1]
        for name, was in ((old[0], begun["made"]), (new[0], changed["made"])):
            found = returned["again"][name]
            assert found["took_up"], found["notice"]
            assert found["drags"] == DRAGS
            assert same(found["layer"], was), f"{name}: the .ora holds other pixels"
            assert same(found["fresh"], was), f"{name}: edited again in Krita, other pixels"
