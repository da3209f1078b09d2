# SPDX-License-Identifier: Apache-2.0
"""`pullbrush demo` from the bundled example with the bundled model, and the example itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from cli_helpers import Run
from PIL import Image

from server.cli.demo import ACTS
from server.files import read_document, read_picture
from server.lab.example import PLACE, scene, write
from server.lab.scenes import render


def test_the_example_is_what_the_lab_draws(tmp_path: Path) -> None:
    write(tmp_path / "again.ora")
    shipped, drawn = read_document(PLACE), read_document(tmp_path / "again.ora")
    assert shipped.names == drawn.names
    for name in shipped.names:
        one, two = shipped.layer(name).load().pixels, drawn.layer(name).load().pixels
        assert (one == two).all(), name


def test_the_demo(pullbrush: Run, tmp_path: Path) -> None:
    done = pullbrush("demo", "--out", tmp_path, "--preset", "quick")
    assert done.returncode == 0, done.stderr
    assert "network evaluations" in done.stdout
    before, after = (read_picture(tmp_path / f"{n}.png").pixels for n in ("before", "after"))
    assert (before == render(scene()).rgb).all()

    document = read_document(tmp_path / "demo.ora")
    names = [name for name in document.names if "[Pullbrush]" in name]
    assert [name.split(":")[0] for name in names] == ["drag", "move"]  # topmost first
    assert (document.layer("lake").load().pixels == before).all()
    recipes = [name for name in document.entries if name.endswith(".json")]
    assert len(recipes) == 2

    where = (before != after).any(axis=-1)
    assert where.any()
    assert not where[170:].any()  # the lake and all before it

    truth = _truth()
    wrong_before = np.abs(before.astype(float) - truth)[:170].mean()
    wrong_after = np.abs(after.astype(float) - truth)[:170].mean()
    assert wrong_after < wrong_before

    with Image.open(tmp_path / "demo.webp") as film:
        assert getattr(film, "n_frames", 1) > 4
    with Image.open(tmp_path / "before-after.png") as both:
        assert both.width > 2 * before.shape[1]


def _truth() -> np.ndarray:
    """The scene drawn anew with the sun higher and the mountain taller."""
    sun, mountain = ACTS
    (_, start), (_, end) = mountain.params["drags"][0]  # type: ignore[index]
    raised = scene().moved("sun", 0, float(sun.params["dy"]))  # type: ignore[arg-type]
    return render(raised.with_peak("mountain1", 0, end - start)).rgb.astype(float)
