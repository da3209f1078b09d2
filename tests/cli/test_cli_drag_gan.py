# SPDX-License-Identifier: Apache-2.0
"""drag-gan from file to file: a model of one's own, a frame taken out of the film later, the same pixels again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import command, end_engine
from fakes import fields
from PIL import Image

from server.files import read_document, read_picture

PULL = ("--drag", "30.5,32.5:40,36", "--preset", "quick", "--iterations", "9")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a picture and a model; the engine that is started for it ends with the tests."""
    folder = tmp_path_factory.mktemp("gan")
    fields.install(folder / "models", drag={"learning_rate": 0.01})
    Image.fromarray(fields.as_pixels((32.5, 30.5))).save(folder / "in.png")
    yield folder
    end_engine(folder / "session.json")


def pullbrush(place: Path, *words: str | Path):
    return command(
        *words,
        PULLBRUSH_MODELS=str(place / "models"),
        PULLBRUSH_SESSION=str(place / "session.json"),
    )


def layer(path: Path) -> np.ndarray:
    return read_document(path).layers[0].load().pixels


def test_a_pull_and_any_frame_of_it(place: Path) -> None:
    done = pullbrush(
        place,
        "edit",
        "drag-gan",
        place / "in.png",
        *PULL,
        "--model",
        "fields",
        "-o",
        place / "a.ora",
    )
    assert done.returncode == 0, done.stderr
    assert "drag-gan [Pullbrush]" in done.stdout
    assert read_document(place / "a.ora").layers[1].load().pixels.tolist() == (
        read_picture(place / "in.png").pixels.tolist()
    )
    for words, out in ((("--set", "frame=4"), "four.ora"), ((), "again.ora")):
        done = pullbrush(place, "redo", place / "a.ora", *words, "-o", place / out)
        assert done.returncode == 0, done.stderr
    direct = (*PULL, "--model", place / "models" / "fields", "--frame", "4")
    done = pullbrush(place, "edit", "drag-gan", place / "in.png", *direct, "-o", place / "d.ora")
    assert done.returncode == 0, done.stderr
    assert (layer(place / "again.ora") == layer(place / "a.ora")).all()
    assert (layer(place / "four.ora") != layer(place / "a.ora")).any()
    assert (layer(place / "four.ora") == layer(place / "d.ora")).all()


def test_what_cannot_be_done_is_said_with_what_to_do_next(place: Path, tmp_path: Path) -> None:
    pull = ("edit", "drag-gan", place / "in.png", *PULL)
    missing = pullbrush(place, *pull, "--model", "lions", "-o", tmp_path / "a.ora")
    assert missing.returncode == 2
    assert "Choose one of: fields" in missing.stderr
    checkpoint = tmp_path / "lions.pkl"
    checkpoint.write_bytes(b"x")
    pickled = pullbrush(place, *pull, "--model", checkpoint, "-o", tmp_path / "a.ora")
    assert pickled.returncode == 2
    assert "pullbrush models convert" in pickled.stderr
    other = pullbrush(
        place,
        "edit",
        "drag",
        place / "in.png",
        *PULL[:2],
        "--model",
        "fields",
        "-o",
        tmp_path / "b.ora",
    )
    assert other.returncode == 2
    assert "Choose one of: scenes" in other.stderr
    assert not list(tmp_path.glob("*.ora"))
    listed = pullbrush(place, "models", "--check")
    assert listed.returncode == 0
    assert "Fields, 64 pixels" in listed.stdout
