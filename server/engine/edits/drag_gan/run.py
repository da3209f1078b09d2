# SPDX-License-Identifier: Apache-2.0
"""The edit `drag-gan` from its pictures to its result: load, invert once, pull live, keep the frame that is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from protocol.edits import DragGan, DragPath, Edit
from protocol.edits.drag_gan import FRAMES_MAX
from protocol.sentences import say
from server.engine.api import EngineError, Layer, Picture, Pictures, Result, Step
from server.engine.canvas import Crop
from server.engine.diffusion.check_points import now_and_then
from server.engine.edits.drag_gan.drag import Enough, PullFrame, Reached, ends, pull
from server.engine.edits.drag_gan.frames import Film
from server.engine.edits.drag_gan.inverted_layer import (
    Floats,
    Held,
    Known,
    chosen,
    hold,
    know,
    reconstructed,
)
from server.engine.edits.drag_gan.notes import about_picture, about_pull
from server.engine.edits.drag_gan.plan import (
    SEARCHES,
    check_filled,
    check_inside,
    gan_inversion_works,
    pull_works,
    square_of,
)
from server.engine.edits.frame import source_of
from server.engine.edits.planning import loading_works
from server.engine.edits.result_layer import title_of
from server.engine.edits.runner import RunContext, of_same_kind
from server.engine.gan.invert import InvertSettings
from server.engine.gan.stylegan2 import EXACT, Rendering
from server.engine.inversion_store import inverted_by
from server.engine.model_cache import GanModel
from server.engine.provenance import provenance
from server.engine.step_watch import Renewed, Watch
from server.engine.timing.work import Work

LIVE = frozenset({"drags", "frame", "iterations"})
"""Parameters that a pull takes over while it runs; any other begins it anew."""


def prepare(edit: DragGan, pictures: Pictures, context: RunContext) -> Result:
    """Invert the picture; its layer is the reconstruction, to be looked at before anything is pulled."""
    profile = context.models.catalogue.generator(edit.model)
    check_filled(pictures, profile)
    before = loading_works(profile, context.models.ready())
    context.watch.plan([*before, *gan_inversion_works(edit, profile)])
    model = context.models.generator(edit.model, context.watch)
    held, inverted = _held(edit, pictures, model, context)
    return Result(
        layers=(reconstructed(held, f"[Pullbrush] {edit.KIND}"),),
        seed=edit.seed,
        metrics={**_about(held), "evaluations": inverted},
        provenance=_provenance(edit, held, model),
        notes=about_picture(held, shown=True),
    )


def run(edit: DragGan, pictures: Pictures, context: RunContext) -> Result:
    """Pull, or take a frame out of the `film` that is given, or pull on from the end of the one that was `begun`.

    Raises EngineError, what the watch raises to stop, or Renewed for a change that a running pull cannot take over.
    """
    watch = context.watch
    check_filled(pictures, context.models.catalogue.generator(edit.model))
    pull = _plan(edit, pictures, context)
    model = context.models.generator(edit.model, watch)
    held, inverted = _held(edit, pictures, model, context)
    begin = ends(held, edit.drags, snap=edit.snap)
    film, arrived = _stored(held, model, pictures.get("film"), edit), True
    if film is not None:
        watch.skip(pull)
        pulled = 0
    else:
        begun = _stored(held, model, pictures.get("begun"), edit)
        film, arrived, edit = _pulled(edit, held, model, watch, begun)
        pulled = len(film) if begun is None else len(film) - len(begun) + 1
    index = film.index(edit.frame)
    handles = tuple(held.crop.to_document(x + 0.5, y + 0.5) for y, x in film.places(index))
    watch.tell(Step(phase="decode", step=0, steps=1, handles=handles))
    instead = edit.placement == "instead"
    while True:
        edit = _latest(edit, watch)
        index = film.index(edit.frame)
        ws = film.ws(index, held.inversion.ws)
        layer = chosen(held, ws, title_of(edit), _checked(watch), instead=instead)
        if watch.newer is None:
            break
    metrics = {**_about(held), "frames": len(film), "frame": index, "arrived": int(arrived)}
    metrics["evaluations"] = inverted + pulled
    return Result(
        layers=(layer,),
        seed=edit.seed,
        metrics=metrics,
        provenance=_provenance(edit, held, model),
        notes=(*about_picture(held, shown=False), *about_pull(held, begin, edit, arrived)),
        film=film.to_picture(),
    )


def _plan(edit: DragGan, pictures: Pictures, context: RunContext) -> list[Work]:
    """Say what the job consists of; returns the pull, which a film that is there already saves."""
    models, watch = context.models, context.watch
    profile, source = models.catalogue.generator(edit.model), source_of(pictures)
    if watch.running is None:
        return []
    crop = square_of(source.rect, source.document, profile.config.size)
    works = pull_works(edit, profile, crop, watch.running.times)
    before = loading_works(profile, models.ready())
    watch.plan([*before, *gan_inversion_works(edit, profile), *works])
    return [work for work in works if work.kind != "rest"]


def _held(
    edit: DragGan, pictures: Pictures, model: GanModel, context: RunContext
) -> tuple[Held, int]:
    """The layer in the generator's hands, and the steps that it took; the square is the one that was read."""
    taken, watch, source = 0, context.watch, source_of(pictures)
    crop = square_of(source.rect, source.document, model.profile.config.size)
    check_inside(edit, crop)
    w_steps, plus_steps, tune_steps = SEARCHES[edit.preset]
    settings = InvertSettings(w_steps=w_steps, plus_steps=plus_steps, tune_steps=tune_steps)

    def learn(_crop: Crop, view: Floats) -> Known:
        nonlocal taken
        key = _key(edit, view, model.network.sha256, settings)
        found = context.inversions.find(key, Known)
        if found is None:
            found = _known(edit, view, model, settings, watch)
            context.inversions.keep(key, found, model=edit.model)
            taken = settings.steps
        else:
            watch.skip(gan_inversion_works(edit, model.profile))
        return found

    try:
        held = hold(
            *(model.network.generator, source, pictures.get("mask")),
            crop=crop,
            fade=None if edit.feather < 0 else edit.feather,
            learn=learn,
            how=_checked(watch),
        )
    except ValueError as problem:
        raise EngineError("param.invalid", say("gan.area")) from problem
    return held, taken


def _known(
    edit: DragGan, view: Floats, model: GanModel, settings: InvertSettings, watch: Watch
) -> Known:
    """Invert what the generator is shown."""
    watch.tell(Step(phase="invert", step=0, steps=settings.steps))
    with watch.laps("search", model.profile.config.size**2) as lap:

        def on_step(done: int, steps: int) -> None:
            lap("inversion" if done else "search", "inversion")
            watch.tell(Step(phase="invert", step=done, steps=steps))

        return know(
            *(model.network.generator, view),
            settings=settings,
            how=_checked(watch),
            seed=edit.seed,
            on_step=on_step,
            check=watch.check,
        )


def _checked(watch: Watch) -> Rendering:
    """How pictures are made that nobody knows how long they take: a cancel need not wait for their end."""
    return replace(EXACT, check=now_and_then(watch.check))


def _pulled(
    edit: DragGan, held: Held, model: GanModel, watch: Watch, begun: Film | None
) -> tuple[Film, bool, DragGan]:
    """Pull until all have arrived, the wanted frame is there, or the artist stops; returns the edit as it is then.

    What was `begun` is gone on from its last frame, and is the beginning of the film.
    """
    now = edit
    first = 0 if begun is None else len(begun) - 1

    def on_frame(frame: PullFrame, paint: Callable[[], Layer]) -> Sequence[DragPath] | None:
        nonlocal now
        lap("iteration", "iteration")
        steps = _last(now, first)
        watch.tell(
            Step(
                phase="edit",
                step=min(frame.index, steps),
                steps=steps,
                preview=paint,
                handles=frame.handles,
                place=held.crop.visible,
            )
        )
        before, newer = now, watch.take_newer()
        if newer is not None:
            now = _taken(before, newer)
        if frame.index >= _last(now, first):
            raise Enough
        return now.drags if now.drags != before.drags else None

    with watch.laps("iteration", model.profile.config.size**2) as lap:
        frames = pull(
            held,
            edit.drags,
            steps=FRAMES_MAX + 1,
            on_frame=on_frame,
            snap=edit.snap,
            settings=model.profile.drag,
            how=_checked(watch),
            reached=None if begun is None else _end_of(begun, held),
        )
    if begun is None and frames[-1].arrived and watch.running is not None:
        watch.running.note("pull", len(frames))
    film = Film.of(
        [frame.places for frame in frames],
        [frame.ws for frame in frames],
        held.inversion.ws,
        model.profile.drag.rows,
    )
    return film if begun is None else begun.then(film), frames[-1].arrived, now


def _end_of(film: Film, held: Held) -> Reached:
    last = len(film) - 1
    ws = film.ws(last, held.inversion.ws)
    return Reached(index=last, ws=ws, places=tuple(film.places(last)))


def _last(edit: DragGan, first: int) -> int:
    """The frame after which it ends at the latest; iterations are counted from the first one."""
    most = min(first + edit.iterations, FRAMES_MAX)
    return most if edit.frame < 0 else max(first, min(edit.frame, most))


def _taken(now: DragGan, newer: Edit) -> DragGan:
    """A newer edit, if a running pull can take it over. Raises Renewed."""
    newer = of_same_kind(now, newer)
    starts = [path.start for path in newer.drags] == [path.start for path in now.drags]
    rest = replace(newer, **{name: getattr(now, name) for name in LIVE})
    if not starts or rest != now:
        raise Renewed(newer)
    return newer


def _latest(edit: DragGan, watch: Watch) -> DragGan:
    """The edit with the frame that was chosen meanwhile. Raises Renewed for any other change."""
    newer = watch.take_newer()
    if newer is None:
        return edit
    newer = of_same_kind(edit, newer)
    if replace(newer, frame=edit.frame, iterations=edit.iterations) != edit:
        raise Renewed(newer)
    return newer


def _stored(held: Held, model: GanModel, stored: Picture | None, edit: DragGan) -> Film | None:
    if stored is None:
        return None
    return Film.from_picture(
        stored,
        handles=len(edit.drags),
        rows=model.profile.drag.rows,
        w_dim=held.inversion.ws.shape[2],
    )


def _key(edit: DragGan, view: Floats, weights: str, settings: InvertSettings) -> str:
    """What an inversion depends on. The mask is not part of it: it may be refined at no cost."""
    digest = hashlib.blake2b(view.tobytes(), digest_size=16)
    digest.update(repr((view.shape, weights, settings, inverted_by(edit))).encode())
    return digest.hexdigest()


def _about(held: Held) -> dict[str, float | int | str]:
    found = held.inversion
    return {
        "reconstruction_psnr": round(found.psnr, 2),
        "reconstruction_error": round(found.error, 4),
        "projection_error": round(found.projected, 4),
    }


def _provenance(edit: DragGan, held: Held, model: GanModel) -> dict[str, str]:
    return provenance(
        held.frame.source, edit.model, held.crop.rect, model_sha256=model.network.sha256
    )
