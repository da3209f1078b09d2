# SPDX-License-Identifier: Apache-2.0
"""What is to be known of a file is said with the plan and with the result."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from cli_helpers import Run
from PIL import Image, ImageOps

from server.cli.editing import file_notes
from server.cli.editing.file_host import FileHost
from server.cli.editing.report import PLACES
from server.files import Group, OraLayer, read_document, read_picture, write_ora
from server.lab.example import PLACE as EXAMPLE

EDIT = ("--drag", "66,62:66,40", "--json")


def with_hidden_layer(place: Path, source: Path) -> None:
    """A picture with a layer that the artist has hidden."""
    picture = read_picture(source)
    layers = [
        OraLayer(name=name, picture=picture, visible=name != "lake") for name in ("sky", "lake")
    ]
    write_ora(place, size=picture.document, layers=layers, merged=picture)


def test_a_file_of_many_pages_says_so_in_plan_and_result(pullbrush: Run, scene: Path) -> None:
    source = scene.with_name("pages.tif")
    with tifffile.TiffWriter(source) as writer:
        for _ in range(3):
            writer.write(read_picture(scene).pixels, photometric="rgb")
    sentence = "Only the first of 3 pages is edited and written."
    done = pullbrush("plan", "drag", source, *EDIT)
    plan = json.loads(done.stdout)
    assert [note["message"] for note in plan["notes"]] == [sentence]
    assert plan["warnings"] == [sentence]
    out = scene.with_name("out.tif")
    done = pullbrush("edit", "drag", source, *EDIT, "--method", "warp", "-o", out)
    assert json.loads(done.stdout)["notes"] == [sentence]
    assert f"Note: {sentence}" in done.stderr
    assert done.stderr.count(sentence) == 1
    with tifffile.TiffFile(out) as found:
        assert len(found.pages) == 1


@pytest.mark.parametrize(
    ("name", "things"), [("masks.tif", "pages"), ("masks.gif", "frames")], ids=["tif", "gif"]
)
def test_a_mask_of_many_pictures_says_so(
    pullbrush: Run, scene: Path, name: str, things: str
) -> None:
    mask = Image.open(scene.with_name("mask.png"))
    mask.save(scene.with_name(name), save_all=True, append_images=[ImageOps.invert(mask)])
    sentence = f"Only the first of 2 {things} of the mask {name} is used."
    move = ("move", scene, "--mask", scene.with_name(name), "--by", "9,-30", "--json")
    assert json.loads(pullbrush("plan", *move).stdout)["warnings"] == [sentence]
    out = scene.with_name("out.png")
    done = pullbrush("edit", *move, "--method", "warp", "-o", out)
    assert json.loads(done.stdout)["notes"] == [sentence]


def test_a_picture_of_inks_says_that_it_is_written_in_other_colors(
    pullbrush: Run, scene: Path
) -> None:
    source = scene.with_name("inks.jpg")
    Image.open(scene).convert("CMYK").save(source)
    done = pullbrush(
        "edit", "drag", source, *EDIT, "--method", "warp", "-o", scene.parent / "o.png"
    )
    said = "inks.jpg is a CMYK picture: it is edited and written in sRGB. Keep the original for printing."
    assert json.loads(done.stdout)["notes"] == [said]


def test_a_document_read_by_its_merged_picture_says_so(scene: Path) -> None:
    document = replace(read_document(scene), name="a.kra", merged=True)
    (note,) = file_notes.notes_of(document, document.layers[0])
    assert (
        note.message
        == "Only the merged picture of a.kra is edited and written, without its layers."
    )


def test_editing_a_hidden_layer_is_said(tmp_path: Path, scene: Path) -> None:
    with_hidden_layer(tmp_path / "a.ora", scene)
    host = FileHost(path=tmp_path / "a.ora", layer="lake")
    assert not host.source.visible
    assert [note.message for note in host.notes] == [
        "“lake” is hidden; the result on it is visible."
    ]
    shutil.copyfile(EXAMPLE, tmp_path / "b.ora")
    assert FileHost(path=tmp_path / "b.ora", layer="lake").notes == ()
    assert FileHost(path=tmp_path / "b.ora", merged=True).notes == ()


def test_a_layer_of_a_hidden_group_is_another_thing(tmp_path: Path) -> None:
    shutil.copyfile(EXAMPLE, tmp_path / "b.ora")
    document = read_document(tmp_path / "b.ora")
    lake = document.layer("lake")
    group = Group(name="Sketches", children=(lake,), visible=False)
    notes = file_notes.notes_of(replace(document, nodes=(group,)), lake)
    assert [note.detail for note in notes] == [{"name": "lake", "group": "Sketches"}]


def test_words_are_a_number_or_null(pullbrush: Run) -> None:
    models = json.loads(pullbrush("models", "--json").stdout)["models"]
    words = {model["name"]: model["words"] for model in models}
    assert isinstance(words["scenes"], int)
    assert words["heads-gan"] == 0


def test_where_a_result_is_put_is_said_in_words() -> None:
    assert PLACES["instead"].startswith("stands instead of the source, which is hidden now")
    assert np.unique(list(PLACES.values())).size == 2
