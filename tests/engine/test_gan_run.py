# SPDX-License-Identifier: Apache-2.0
"""The edit drag-gan in the engine, with a real StyleGAN2 whose world is known: four fields that meet where z says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import fields

from protocol.edits import Drag, DragGan, DragPath, Edit
from server.engine.api import Cancelled, EngineError, Picture, Ready, Result, Step, ignore_step
from server.engine.canvas import flatten
from server.engine.edits.drag_gan.plan import planned
from server.engine.edits.runner import PlanContext
from server.engine.engine import Engine
from server.engine.models.catalogue import Catalogue
from server.engine.timing.learned import LearnedTimes

SIDE = 128
FROM, TO = (60.0, 64.0), (76.0, 72.0)
"""x, y of the crossing in the document, which is twice as large as the generator's picture; and where it is pulled."""


def source(at: tuple[float, float] = FROM) -> Picture:
    """16 bit: the true picture, enlarged, with a sticker that no generator knows."""
    small = fields.as_pixels((at[1] / 2, at[0] / 2))
    pixels = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1).astype(np.uint16) * 257
    pixels[6:12, 6:12] = (65535, 0, 65535)
    return Picture(pixels=pixels, rect=(0, 0, SIDE, SIDE), document=(SIDE, SIDE))


def mask(box: tuple[int, int, int, int]) -> Picture:
    x, y, width, height = box
    pixels = np.zeros((SIDE, SIDE, 1), np.uint8)
    pixels[y : y + height, x : x + width] = 255
    return Picture(pixels=pixels, rect=(0, 0, SIDE, SIDE), document=(SIDE, SIDE))


def arrow(*points: tuple[float, float]) -> DragPath:
    return DragPath(points=points)


EDIT = DragGan(
    drags=(arrow(FROM, TO),), model="fields", preset="quick", iterations=60, placement="over"
)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("models")
    fields.install(folder, drag={"learning_rate": 0.02, "block": 2, "rows": 10})
    return Catalogue(bundled=folder / "none", folder=lambda: folder, named=dict)


@pytest.fixture(scope="module")
def engine(catalogue: Catalogue) -> Engine:
    return Engine(catalogue, device="cpu")


@pytest.fixture(scope="module")
def made(engine: Engine) -> np.ndarray:
    """What the model makes of the picture, (h, w, 3) 0..1."""
    return seen(engine.prepare(EDIT, {"source": source()}, ignore_step))


@pytest.fixture(scope="module")
def done(engine: Engine) -> Result:
    """The pull, to its end."""
    return engine.run(EDIT, {"source": source()}, ignore_step)


def pixels(result: Result) -> np.ndarray:
    return result.layers[0].picture.pixels


def seen(result: Result, under: Picture | None = None) -> np.ndarray:
    """The document with the result in it, (h, w, 3) 0..1."""
    return flatten(under or source(), result.layers).pixels[..., :3] / 65535


def truth(at: tuple[float, float]) -> np.ndarray:
    return source(at).pixels / 65535


class Watcher:
    """Notes every step once, however often it is asked meanwhile, and changes the edit at one of them."""

    def __init__(self, at: int = -1, newer: Edit | None = None) -> None:
        self.steps: list[Step] = []
        self.at, self.newer = at, newer

    def __call__(self, step: Step) -> Edit | None:
        last = self.steps[-1] if self.steps else None
        if last is None or (step.phase, step.step) != (last.phase, last.step):
            self.steps.append(step)
        if self.newer is not None and step.phase == "edit" and step.step == self.at:
            newer, self.newer = self.newer, None
            return newer
        return None

    @property
    def frames(self) -> list[Step]:
        return [step for step in self.steps if step.phase == "edit"]


def around(picture: np.ndarray, at: tuple[float, float], radius: int = 6) -> np.ndarray:
    x, y = round(at[0]), round(at[1])
    return picture[y - radius : y + radius + 1, x - radius : x + radius + 1]


def test_what_was_at_the_handle_is_at_the_target_now(done: Result) -> None:
    """The patch about the handle, found at the target (DragBench's DAI), against the picture as it was."""
    assert done.metrics["arrived"] == 1
    before, now = truth(FROM), seen(done)
    wanted = around(before, FROM)
    off = np.abs(around(now, TO) - wanted).mean()
    assert off < 0.65 * np.abs(around(before, TO) - wanted).mean()
    assert done.layers[0].picture.pixels.dtype == np.uint16


STICKER = (slice(7, 11), slice(7, 11))


def test_what_the_generator_does_not_know_is_kept(done: Result, made: np.ndarray) -> None:
    """The sticker stays, away from what was pulled: nearer to itself than to what the generator has in its place."""
    off, lost = (np.abs(shown[STICKER] - (1, 0, 1)).mean() for shown in (seen(done), made))
    assert off < 0.3 * lost


def test_every_iteration_is_a_frame_with_its_handles_and_a_preview(engine: Engine) -> None:
    watcher = Watcher()
    engine.run(replace(EDIT, iterations=6), {"source": source()}, watcher)
    frames = watcher.frames
    assert [step.step for step in frames] == list(range(7))
    assert all(step.preview is not None and len(step.handles) == 1 for step in frames)
    xs = [step.handles[0][0] for step in frames]
    assert xs[0] == pytest.approx(FROM[0], abs=2)
    assert xs[-1] > xs[0] + 2
    first, last = frames[0].preview, frames[-1].preview
    assert first is not None
    assert last is not None
    # at first it is the artist's own picture, seen through the result's alpha
    shown, under = first().picture, source().pixels // 257
    assert frames[0].place == (0, 0, SIDE, SIDE) == shown.rect
    off = np.abs(shown.pixels[..., :3].astype(int) - under)
    assert off[shown.pixels[..., 3] > 0].max() <= 1
    assert (last().picture.pixels != shown.pixels).any()


def test_previews_of_large_documents_are_small(engine: Engine) -> None:
    """However large the square is, a preview has 512 pixels, and says which part of the document it shows."""
    large = np.repeat(np.repeat(source().pixels, 10, axis=0), 10, axis=1)[:, :900]
    picture = Picture(pixels=large, rect=(0, 0, 900, 1280), document=(900, 1280))
    edit = replace(EDIT, drags=(arrow((450, 640), (500, 640)),), iterations=1)
    watcher = Watcher()
    context = PlanContext(catalogue=engine.catalogue, times=LearnedTimes(), ready=Ready())
    plan = planned(edit, picture.document, None, context)
    assert plan.read_rect == (0, 190, 900, 900)
    seen = replace(picture, pixels=large[190:1090], rect=plan.read_rect)
    engine.run(edit, {"source": seen}, watcher)
    paint = watcher.frames[-1].preview
    assert paint is not None
    assert paint().picture.pixels.shape == (512, 512, 4)
    assert watcher.frames[-1].place == (0, 190, 900, 900)


def test_outside_the_mask_nothing_changes(engine: Engine) -> None:
    box = (20, 24, 88, 84)
    few = replace(EDIT, iterations=3)
    result = engine.run(few, {"source": source(), "mask": mask(box)}, ignore_step)
    after = flatten(source(), result.layers).pixels[..., :3]
    outside = mask(box).pixels[..., 0] == 0
    assert (after[outside] == source().pixels[outside]).all()
    assert (after[~outside] != source().pixels[~outside]).any()


def test_a_target_may_be_moved_while_it_runs(engine: Engine, done: Result) -> None:
    """It goes on from where it is: the frames before are the same ones, nothing begins anew."""
    elsewhere = (50.0, 76.0)
    few = replace(EDIT, iterations=14)
    steered = replace(few, drags=(arrow(FROM, elsewhere),))
    watcher = Watcher(at=5, newer=steered)
    result = engine.run(few, {"source": source()}, watcher)
    assert done.film is not None
    assert result.film is not None
    assert (result.film.pixels[:6] == done.film.pixels[:6]).all()
    assert (result.film.pixels[8] != done.film.pixels[8]).any()
    way = [float(np.hypot(*np.subtract(step.handles[0], elsewhere))) for step in watcher.frames]
    assert way[-1] < way[5] - 4
    # steered by hand, and yet it comes out of its recipe: parameters and film
    given = {"source": source(), "film": result.film}
    again = engine.run(steered, given, ignore_step)
    assert (pixels(again) == pixels(result)).all()


def test_a_pull_that_has_ended_is_gone_on_from_any_frame(engine: Engine, done: Result) -> None:
    """The film that was begun is the beginning of the new one, and the handle goes on from where it was."""
    assert done.film is not None
    film, elsewhere = done.film, (50.0, 76.0)
    begun = replace(film, pixels=film.pixels[:9], rect=(0, 0, film.rect[2], 9))
    edit = replace(EDIT, drags=(arrow(FROM, elsewhere),), iterations=12)
    watcher = Watcher()
    result = engine.run(edit, {"source": source(), "begun": begun}, watcher)
    steps = [step.step for step in watcher.frames]
    assert steps == list(range(8, steps[-1] + 1))
    assert steps[-1] <= 20
    assert result.film is not None
    assert len(result.film.pixels) == steps[-1] + 1
    assert (result.film.pixels[:9] == begun.pixels).all()
    way = [float(np.hypot(*np.subtract(step.handles[0], elsewhere))) for step in watcher.frames]
    assert way[-1] < way[0] - 4
    there = [float(np.hypot(*np.subtract(step.handles[0], FROM))) for step in watcher.frames]
    assert there[0] > 4  # not where all began
    again = engine.run(edit, {"source": source(), "film": result.film}, ignore_step)
    assert (pixels(again) == pixels(result)).all()


def test_stop_keeps_the_frame_that_was_seen(engine: Engine, done: Result) -> None:
    """Bit-identical: stopped there, taken out of the whole film, and pulled only so far."""
    watcher = Watcher(at=6, newer=replace(EDIT, frame=4))
    stopped = engine.run(EDIT, {"source": source()}, watcher)
    assert stopped.metrics["frame"] == 4
    assert len(watcher.frames) == 7
    assert done.film is not None
    given = {"source": source(), "film": done.film}
    quick = Watcher()
    chosen = engine.run(replace(EDIT, frame=4), given, quick)
    assert quick.frames == []
    assert (pixels(chosen) == pixels(stopped)).all()
    direct = engine.run(replace(EDIT, frame=4), {"source": source()}, ignore_step)
    assert (pixels(direct) == pixels(stopped)).all()
    assert (pixels(direct) != pixels(done)).any()


def test_the_same_recipe_gives_the_same_pixels(catalogue: Catalogue, done: Result) -> None:
    fresh = Engine(catalogue, device="cpu").run(EDIT, {"source": source()}, ignore_step)
    assert (pixels(fresh) == pixels(done)).all()
    assert fresh.provenance == done.provenance
    assert len(fresh.provenance["model_sha256"]) == 64


def test_cancel_is_not_stop(engine: Engine) -> None:
    def cancel(step: Step) -> None:
        if step.phase == "edit" and step.step == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.run(EDIT, {"source": source()}, cancel)


def phases(engine: Engine, edit: DragGan, images: dict[str, Picture]) -> set[str]:
    watcher = Watcher()
    engine.run(replace(edit, iterations=1), images, watcher)
    return {step.phase for step in watcher.steps}


def test_a_picture_is_inverted_once(engine: Engine, done: Result) -> None:
    further = replace(EDIT, drags=(arrow(FROM, (70, 60)), arrow((100, 100))), snap=True)
    assert "invert" not in phases(engine, further, {"source": source()})
    everywhere = {"source": source(), "mask": mask((0, 0, SIDE, SIDE))}
    assert "invert" not in phases(engine, further, everywhere)
    assert "invert" in phases(engine, further, {"source": source((66, 60))})


def test_a_new_arrow_on_the_way_begins_anew(engine: Engine, done: Result) -> None:
    more = replace(EDIT, drags=(*EDIT.drags, arrow((100, 100))), iterations=4)
    watcher = Watcher(at=3, newer=more)
    result = engine.run(EDIT, {"source": source()}, watcher)
    assert [step.step for step in watcher.frames] == [0, 1, 2, 3, 0, 1, 2, 3, 4]
    assert len(watcher.frames[-1].handles) == 2
    assert result.metrics["frames"] == 5


def test_preparing_shows_what_the_model_makes_of_the_picture(engine: Engine) -> None:
    result = engine.prepare(EDIT, {"source": source()}, ignore_step)
    true = truth(FROM)
    off = np.abs(seen(result) - true)
    fields = (slice(30, 110), slice(30, 110))
    even = np.abs(
        true[fields] - true[fields].mean((0, 1))
    ).mean()  # who has learned nothing shows one color
    assert off[fields].mean() < 0.3 * even
    assert off[STICKER].mean() > 2 * off[fields].mean()  # it has no sticker
    (note,) = result.notes
    assert note.code == "gan.reconstruction"
    assert "dB" not in note.message


def test_a_picture_from_elsewhere_is_said_to_be_so(engine: Engine) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    strange = Picture(pixels=noise, rect=(0, 0, SIDE, SIDE), document=(SIDE, SIDE))
    result = engine.run(replace(EDIT, iterations=1), {"source": strange}, ignore_step)
    note = next(note for note in result.notes if note.code == "gan.outside")
    assert "Use “Drag” instead" in note.message


def test_points_on_even_areas_are_named_and_put_onto_details_on_request(engine: Engine) -> None:
    """Beside the sticker there is nothing but one color."""
    even = replace(EDIT, drags=(arrow((21, 21), (29, 21)),), iterations=1)
    plain, helped = Watcher(), Watcher()
    warned = engine.run(even, {"source": source()}, plain)
    snapped = engine.run(replace(even, snap=True), {"source": source()}, helped)
    codes = [{note.code for note in result.notes} for result in (warned, snapped)]
    assert "gan.flat" in codes[0]
    assert "21/21 (px from the left / from the top)" in next(
        n.message for n in warned.notes if n.code == "gan.flat"
    )
    assert "gan.snapped" in codes[1]
    assert "gan.flat" not in codes[1]
    away = [np.hypot(*np.subtract(w.frames[0].handles[0], (9, 9))) for w in (plain, helped)]
    assert away[1] < away[0] - 2  # towards the sticker


def test_a_film_of_something_else_is_refused(engine: Engine, done: Result) -> None:
    assert done.film is not None
    two = replace(EDIT, drags=(*EDIT.drags, arrow((100, 100))))
    with pytest.raises(EngineError, match="do not belong to these arrows"):
        engine.run(two, {"source": source(), "film": done.film}, ignore_step)
    broken = done.film.pixels.copy()
    broken[0, 5] = np.nan
    damaged = replace(done.film, pixels=broken)
    with pytest.raises(EngineError, match="do not belong"):
        engine.run(EDIT, {"source": source(), "film": damaged}, ignore_step)


def test_points_outside_the_square_are_refused_in_words(engine: Engine) -> None:
    images = {"source": source(), "mask": mask((40, 40, 40, 40))}
    small = replace(images["source"], pixels=source().pixels[40:80, 40:80], rect=(40, 40, 40, 40))
    with pytest.raises(EngineError, match="outside the square"):
        engine.run(
            replace(EDIT, drags=(arrow((60, 60), (120, 60)),)),
            {**images, "source": small},
            ignore_step,
        )


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda c: c.generator("scenes"), "network is installed. Convert a checkpoint of yours"),
        (lambda c: c.generator("heads-gan"), "pullbrush models convert FILE.pkl"),
    ],
)
def test_without_any_generator_the_artist_reads_how_to_get_one(
    tmp_path: Path, ask: Callable[[Catalogue], object], says: str
) -> None:
    empty = Catalogue(bundled=tmp_path, folder=lambda: tmp_path / "no", named=dict)
    with pytest.raises(EngineError, match=says) as caught:
        ask(empty)
    assert caught.value.code == "model.missing"


def test_each_edit_takes_models_of_its_kind(catalogue: Catalogue, engine: Engine) -> None:
    with pytest.raises(
        EngineError, match=r"no model “lions” here. Choose one of: fields\."
    ) as caught:
        engine.run(replace(EDIT, model="lions"), {"source": source()}, ignore_step)
    assert caught.value.code == "model.missing"
    with pytest.raises(EngineError, match="does not work with this edit"):
        catalogue.profile("fields")
    wrong = Drag(drags=EDIT.drags, model="fields")
    with pytest.raises(EngineError, match="does not work with this edit"):
        engine.run(wrong, {"source": source()}, ignore_step)
    assert [profile.id for profile in catalogue.generators()] == ["fields"]
    assert catalogue.profiles() == []


@pytest.mark.parametrize(
    "drag", [{"rate": 1}, {"block": 40}, ["block"], {"learning_rate": -1}, {"r1": "wide"}]
)
def test_a_model_with_impossible_settings_is_refused(tmp_path: Path, drag: object) -> None:
    fields.install(tmp_path, drag=drag)
    models = Catalogue(bundled=tmp_path / "none", folder=lambda: tmp_path, named=dict)
    with pytest.raises(EngineError, match=r"config\.json"):
        models.generator("fields")
    assert models.generators() == []


def test_a_bundled_generator_is_found_by_itself(tmp_path: Path) -> None:
    fields.install(tmp_path, "heads-gan")
    models = Catalogue(bundled=tmp_path, folder=lambda: tmp_path / "no", named=dict)
    found = models.generator(DragGan(drags=EDIT.drags).model)
    assert found.path == tmp_path / "heads-gan"
    assert found.title == "Fields, 64 pixels"


def test_an_empty_layer_is_refused_before_the_model_is_loaded(catalogue: Catalogue) -> None:
    fresh = Engine(catalogue, device="cpu")
    there = source()
    empty = np.zeros((*there.pixels.shape[:2], 4), np.uint8)
    nothing = {"source": replace(there, pixels=empty)}
    for do in (fresh.run, fresh.prepare):
        with pytest.raises(EngineError, match="the layer is empty there"):
            do(EDIT, nothing, ignore_step)
    assert fresh.facts()["models"] == []
