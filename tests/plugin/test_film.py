# SPDX-License-Identifier: Apache-2.0
"""The frames of a pull that has ended: any can be chosen, gone on from, and found again in the recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.around import END, START
from fakes.connection import Asked
from fakes.films import COLUMNS
from fakes.pulling import FRAMES, Pulling

from protocol.edits import EDITS, EditModel
from protocol.events import Picture, Result
from protocol.messages import JobDone, Model, ModelCatalogue, ResultLayer
from protocol.messages.results import Note
from protocol.plugin.binding import unpack
from protocol.plugin.drags import DragList
from protocol.plugin.film import BEGUN, FILM, FILM_FILE, SHEET_FILE, Film, film_in, limited
from protocol.recipe import Bundle
from protocol.recipe_parts import sha256

ELSEWHERE = (15.0, 11.0)
MODEL = EditModel.of(EDITS["drag-gan"])


@pytest.fixture
def around(tmp_path: Path) -> Pulling:
    return Pulling(tmp_path)


def names(job: Asked) -> list[str]:
    return [image.name for image in job.images]


def test_any_frame_can_be_chosen_afterwards(around: Pulling) -> None:
    job = around.running(frame=5)
    around.done(job)
    desk = around.desk
    row = desk.panel.row("frame")
    assert (row.minimum, row.maximum) == (0, FRAMES - 1)
    desk.set("frame", 2)
    around.tick()
    chosen = around.net.last()
    assert chosen is not job
    assert chosen.params["frame"] == 2
    assert names(chosen) == ["source", FILM]
    film = chosen.images[-1]
    assert film.shape == (FRAMES, COLUMNS, 1)
    assert around.net.blobs[film.blob or ""] == bytes([3]) * (2 * FRAMES * COLUMNS)
    around.done(chosen)
    desk.set("frame", 4)
    around.tick()
    assert around.net.last().images[-1].blob == film.blob  # it is sent once


def test_other_arrows_have_other_frames(around: Pulling) -> None:
    job = around.running(frame=5)
    around.desk.cancel()
    around.tick()
    around.net.progress(job, step=5, steps=200, rev=1)
    around.done(job)
    around.desk.set_drags(DragList().add(ELSEWHERE, END))
    around.tick()
    assert around.desk.panel.value("frame") == -1
    assert around.desk.panel.row("frame").maximum == 1000
    around.desk.run()
    around.tick()
    assert names(around.net.last()) == ["source"]


def moved_after(around: Pulling, frame: int = -1) -> Asked:
    """A pull that has ended, a frame of it chosen; then its target is moved and it is run."""
    job = around.running(frame=0)
    for number in (2, 4, 6):
        around.frame(job, number)
    around.done(job)
    if frame >= 0:
        around.desk.set("frame", frame)
        around.tick()
        around.done(around.net.last())
    around.draw(ELSEWHERE)
    around.desk.run()
    around.tick()
    return around.net.last()


def test_a_target_that_is_moved_afterwards_is_gone_on_to(around: Pulling) -> None:
    job = moved_after(around)
    assert names(job) == ["source", BEGUN]
    assert job.params["frame"] == -1
    begun = job.images[-1]
    assert begun.shape == (FRAMES, COLUMNS, 1)
    assert around.net.blobs[begun.blob or ""] == bytes([3]) * (2 * FRAMES * COLUMNS)


def test_it_goes_on_from_the_frame_that_was_chosen_and_shows_what_came_before(
    around: Pulling,
) -> None:
    job = moved_after(around, frame=2)
    assert job.images[-1].shape == (3, COLUMNS, 1)
    assert len(around.net.blobs[job.images[-1].blob or ""]) == 2 * 3 * COLUMNS
    for number in (2, 3, 6):
        around.frame(job, number)
    around.done(job, value=4)
    film = around.desk.status.film
    assert film is not None
    assert film.sheet is not None
    assert sorted(film.sheet.seen) == [0, 2, 3, 6]
    around.desk.set("frame", 1)  # of its own film any frame is taken
    around.tick()
    assert names(around.net.last()) == ["source", FILM]


@pytest.mark.parametrize("what", ["way", "more", "iterations", "discard", "picture"])
def test_whatever_else_is_changed_begins_anew(around: Pulling, what: str) -> None:
    job = around.running(frame=5)
    around.done(job)
    desk = around.desk
    if what == "discard":
        desk.discard()
    elif what == "iterations":
        desk.set("iterations", 60)
    elif what == "picture":
        sheet = around.host.sheet("paper")
        dark = bytes(value // 2 for value in bytes(sheet.pixels.data))
        around.host.paint("paper", replace(sheet.pixels, data=dark))
    drags = DragList().add(START, ELSEWHERE)
    if what == "way":
        drags = drags.add_way_point(drags.strokes[0].number, (12.0, 12.0))
    desk.set_drags(drags.add_pin((4.0, 4.0)) if what == "more" else drags)
    desk.run()
    around.tick()
    assert around.net.last() is not job
    assert names(around.net.last()) == ["source"]


def test_a_recipe_is_gone_on_from_too(around: Pulling) -> None:
    around.done(around.running(frame=5))
    around.desk.apply()
    around.tick()
    assert around.desk.edit_again(around.host.state.sheets[-1].key)
    around.tick()
    around.draw(ELSEWHERE)
    around.desk.run()
    around.tick()
    assert names(around.net.last()) == ["source", BEGUN]


def test_running_again_draws_no_other_seed(around: Pulling) -> None:
    job = around.running(frame=5)
    around.done(job)
    around.desk.run()
    around.tick()
    again = around.net.last()
    assert again.params["seed"] == job.params["seed"]
    assert names(again) == ["source", FILM]


def test_a_changed_picture_is_pulled_anew(around: Pulling) -> None:
    job = around.running(frame=5)
    around.done(job)
    sheet = around.host.sheet("paper")
    dark = bytes(value // 2 for value in bytes(sheet.pixels.data))
    around.host.paint("paper", replace(sheet.pixels, data=dark))
    around.desk.run()
    around.tick()
    assert names(around.net.last()) == ["source"]


def test_the_film_is_kept_with_the_recipe_and_taken_up_again(around: Pulling) -> None:
    job = around.running(frame=5)
    around.done(job)
    around.desk.apply()
    around.tick()
    sheet = around.host.state.sheets[-1]
    assert sheet.recipe is not None
    bundle = unpack(sheet.recipe)
    assert set(bundle.files) == {FILM_FILE, SHEET_FILE}
    film = film_in(bundle, MODEL)
    assert film is not None
    assert (film.frames, film.columns) == (FRAMES, COLUMNS)
    assert around.desk.edit_again(sheet.key)
    around.tick()
    assert around.desk.panel.row("frame").maximum == FRAMES - 1
    around.desk.set("frame", 1)
    around.tick()
    chosen = around.net.last()
    assert (chosen.params["frame"], names(chosen)) == (1, ["source", FILM])


def without_sheet(bundle: Bundle, png: bytes | None = None) -> Bundle:
    """The same recipe without its small pictures, or with others."""
    data = {FILM_FILE: bundle.files[FILM_FILE], **({SHEET_FILE: png} if png else {})}
    attachments = {
        name: replace(bundle.recipe.attachments[name], sha256=sha256(one), nbytes=len(one))
        for name, one in data.items()
    }
    return Bundle(recipe=replace(bundle.recipe, attachments=attachments), files=data)


@pytest.mark.parametrize("png", [None, b"no picture"])
def test_a_recipe_whose_frames_cannot_be_seen_works_as_well(
    around: Pulling, png: bytes | None
) -> None:
    job = around.running(frame=5)
    around.done(job)
    outcome = around.desk.session.outcome
    assert outcome is not None
    film = film_in(outcome.bundle, MODEL)
    assert film is not None
    assert film.sheet is not None
    assert set(film.sheet.seen) == {5, FRAMES - 1}  # the last one came as the result
    bare = film_in(without_sheet(outcome.bundle, png), MODEL)
    assert bare == replace(film, sheet=None)


def test_a_film_that_is_taken_up_keeps_its_pictures(around: Pulling) -> None:
    job = around.running(frame=0)
    for number in (2, 4):
        around.frame(job, number)
    around.done(job)
    first = around.desk.session.outcome
    around.desk.set("frame", 2)
    around.tick()
    around.done(around.net.last())
    second = around.desk.session.outcome
    assert first is not None
    assert second is not None
    assert first.recipe.id != second.recipe.id
    around.desk.set("frame", -1)
    around.tick()
    around.done(around.net.last())
    third = around.desk.session.outcome
    assert third is not None
    assert (
        third.recipe.id == first.recipe.id
    )  # the same edit of the same picture is the same recipe


def test_what_was_steered_needs_no_second_run(around: Pulling) -> None:
    job = around.running(frame=2)
    (number,) = [stroke.number for stroke in around.desk.drags.now.strokes]
    around.desk.set_drags(around.desk.drags.now.move(number, 1, ELSEWHERE))
    around.tick()
    around.net.progress(job, step=9, steps=200, rev=1)
    around.done(job)
    around.desk.apply()
    around.tick()
    assert len(around.host.state.sheets) == 2
    assert around.net.tasks().count("edit") == 1


def test_what_the_model_makes_of_the_picture_is_shown_before_anything_is_pulled(
    around: Pulling,
) -> None:
    around.draw()
    job = around.net.last("prepare")
    layer = replace(job.image("source"), name="layer.0", blob=None)
    note = Note(code="gan.reconstruction", message="Shown.")
    done = JobDone(
        job=job.id, seq=9, layers=(ResultLayer(image="layer.0", name="x"),), notes=(note,)
    )
    picture = Picture(image=layer, pixels=around.net.source(job))
    around.net.inbox.append(Result(job=job.id, done=done, pictures={"layer.0": picture}))
    around.tick()
    assert around.host.preview_is_shown
    assert "own picture of this area, which is close" in around.desk.session.warning
    assert around.desk.session.outcome is None


def model(name: str, *ops: str) -> Model:
    return Model(name=name, label=name, family="any", ops=ops)


def test_without_a_model_of_its_kind_the_edit_is_grey_and_says_what_to_do(around: Pulling) -> None:
    around.draw()
    assert around.desk.status.grey == ""
    around.net.inbox.append(ModelCatalogue(models=(model("scenes", "drag", "move"),)))
    around.tick()
    assert "pullbrush models convert" in around.desk.status.grey
    around.desk.choose_edit("drag")
    assert "convert" not in around.desk.status.grey


def test_where_the_usual_model_is_missing_another_of_its_kind_is_taken(around: Pulling) -> None:
    around.net.inbox.append(
        ModelCatalogue(models=(model("scenes", "drag"), model("lions", "drag-gan")))
    )
    around.tick()
    assert around.desk.panel.value("model") == "lions"


def test_a_film_has_a_shape_and_belongs_to_its_parameters() -> None:
    film = Film(frames=2, columns=3, data=b"x" * 12, params={"a": 1, "frame": 4}, chooses="frame")
    assert film.fits({"a": 1, "frame": -1})
    assert not film.fits({"a": 2, "frame": 4})
    with pytest.raises(ValueError, match="do not fit 11 bytes"):
        Film(frames=2, columns=3, data=b"x" * 11, params={}, chooses="frame")
    assert limited(MODEL, 0, -1) is MODEL
    assert limited(MODEL, 5, 9).fields["frame"].parse(9, "frame") == 9
