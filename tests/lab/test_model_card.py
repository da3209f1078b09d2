# SPDX-License-Identifier: Apache-2.0
"""The card's figures come from the folder and the bench; constants are varied one at a time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from server.engine.models.bundled_profile import SCENES
from server.lab.evaluate.card import measured_table, smaller
from server.lab.evaluate.card_parts import filled, parts_table
from server.lab.evaluate.gan.card import table_of
from server.lab.evaluate.prompts.held_out import Share
from server.lab.evaluate.prompts.row import Row
from server.lab.evaluate.tune import Variant, Varied, variants_of

CARD = "# A\n<!-- parts -->\nold\n<!-- end -->\nB\n<!-- measured -->\n<!-- end -->\n"


def row(name: str, held: int, frechet: float | None = None) -> Row:
    claims = {sort: Share(held=held, made=8) for sort in ("what is named", "all claims")}
    return Row(name=name, claims=claims, frechet=frechet)


def report(**more: object) -> dict[str, object]:
    rows = [
        row(name, 8 - i, 1.25 * i) for i, name in enumerate(("true", "encoded", "other", "new"))
    ]
    plain = {
        "prompts": 8,
        "steps": 50,
        "scale": 3.0,
        "inversion": None,
        "speed": None,
        "shapes": [],
    }
    return {**plain, "rows": [one.as_dict() for one in rows], **more}


def test_sections_are_replaced_and_nothing_else() -> None:
    both = {"parts": "P\n", "measured": "M\n"}
    card = filled(CARD, both)
    assert card == CARD.replace("old\n", "P\n").replace("measured -->\n", "measured -->\nM\n")
    assert filled(card, both) == card
    with pytest.raises(ValueError, match="measured"):
        filled(CARD.replace("measured", "other"), both)


def test_the_table_in_what_was_printed_is_taken() -> None:
    assert table_of("said\n| a |\n|---|\n| 1 |\n\nmore") == "| a |\n|---|\n| 1 |\n"
    with pytest.raises(ValueError, match="no table"):
        table_of("nothing")


def test_the_table_has_a_column_for_each_row_and_the_earlier_ones_before() -> None:
    lines = measured_table(report(), (row("before: old", 2),)).splitlines()
    assert lines[2] == "| claims that hold | true | encoded | other | before: old | new |"
    named = next(line for line in lines if "names" in line)
    assert named.endswith("| 100.0 % | 87.5 % | 75.0 % | 25.0 % | 62.5 % |")
    assert any(line.endswith("| 0.00 | 1.25 | 2.50 |  | 3.75 |") for line in lines)


def test_inversion_speed_and_shapes_are_said() -> None:
    inversion = {"steps": 50, "psnr": 31.24, "pictures": 12, "ceiling": 37.5}
    second = {"clock": 2.0, "computing": 1.0}
    speed = {"threads": 2, "encode": second, "decode": second, "full": second, "few": None}
    kept = {"made": {"all claims": 0.5}, "true": {"all claims": 0.96}}
    shapes = [{"width": 320, "height": 192, **kept}]
    text = measured_table(report(inversion=inversion, speed=speed, shapes=shapes))
    assert "31.2 dB over 12 pictures; the autoencoder alone 37.5 dB" in text
    assert "made in 1.00 s" in text
    assert "few" not in text
    assert "At 320 × 192: 50 % of all claims hold (of true renders 96 %)" in text


def test_parts_are_counted_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "unet").mkdir()
    path = tmp_path / "unet" / "model.safetensors"
    save_file({"a": np.zeros((3, 4), np.float16), "b": np.zeros(2, np.float16)}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"| `unet/model.safetensors` | 14 | {path.stat().st_size} | `{digest[:16]}…` |" in (
        parts_table(tmp_path)
    )


def test_sheets_become_small(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(256, size=(64, 96, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    smaller(tmp_path / "a.png", tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as made:
        assert (made.size, made.mode) == ((48, 32), "P")


def test_a_variant_changes_one_constant_of_both_edits() -> None:
    varied = Varied()
    plain = varied.profile(SCENES)
    asit, pull, energy = variants_of(["pull=0.25", "energy_scale=123"])
    assert str(asit) == "as it is"
    varied.variant = pull
    found = varied.profile(SCENES)
    assert (found.guided["drag"].pull, found.guided["move"].pull) == (0.25, 0.25)
    assert found.guided["drag"].dragon == plain.guided["drag"].dragon
    varied.variant = energy
    found = varied.profile(SCENES)
    assert found.guided["move"].dragon.energy_scale == 123
    assert found.guided["move"].pull == plain.guided["move"].pull
    varied.variant = Variant(name="magic", value=1.0)
    with pytest.raises(ValueError, match="no constant 'magic'"):
        varied.profile(SCENES)
