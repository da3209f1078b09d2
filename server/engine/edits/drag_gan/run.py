# SPDX-License-Identifier: Apache-2.0
"""The edit `drag-gan` from its pictures to its result: load, invert once, pull live, keep the frame that is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from protocol.edits import DragGan, DragPath, Edit
from protocol.edits.drag_gan import FRAMES_MAX
from protocol.sentences import say
from server.engine.api import EngineError, Layer, Picture, Pictures, Ready, Result, Step
from server.engine.byte_cache import ByteCache, default_budget
from server.engine.canvas import Crop, alpha_on, mask_of, mask_on, see_through
from server.engine.diffusion.checking import now_and_then
from server.engine.edits.drag_gan.drag import Enough, Frame, Reached, ends, pull
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
    check_inside,
    gan_inversion_works,
    pull_works,
    square_of,
)
from server.engine.edits.guided.plan import before
from server.engine.edits.guided.task import not_empty, of_kind
from server.engine.gan.invert import InvertSettings
from server.engine.gan.stylegan2 import EXACT, Rendering
from server.engine.models.catalogue import Catalogue
from server.engine.models.gan_profile import GanProfile
from server.engine.models.stylegan2 import LoadedGenerator, load_generator
from server.engine.provenance import provenance
from server.engine.step_watch import Renewed, Watch
from server.engine.timing.work import Work

FILMS = frozenset({"film", "begun"})
"""Inputs that belong to the pull that was asked for, and to no other."""
LIVE = frozenset({"drags", "frame", "iterations"})
"""Parameters that a pull takes over while it runs; any other begins it anew."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A generator in memory, and what is known of it."""

    profile: GanProfile
    network: LoadedGenerator

    @property
    def nbytes(self) -> int:
        return sum(p.numel() * p.element_size() for p in self.network.generator.parameters())


class GanRuns:
    """Generators and inverted pictures of one worker. One edit at a time; not thread-safe."""

    def __init__(self, catalogue: Catalogue, device: torch.device) -> None:
        self.catalogue, self.device = catalogue, device
        self.known: ByteCache[Known] = ByteCache(default_budget(device))
        self.loaded: dict[str, Loaded] = {}

    def has(self, model: str) -> bool:
        """Whether a model of this name is a generator here."""
        return any(profile.id == model for profile in self.catalogue.generators())

    def load(self, model: str, watch: Watch) -> Loaded:
        """The model, loaded if need be. Raises EngineError with a sentence."""
        if model not in self.loaded:
            profile = self.catalogue.generator(model)
            watch.tell(Step(phase="load", step=0, steps=1))
            network = load_generator(
                profile.path, device=self.device, check=watch.check, measure=watch.measure
            )
            self.loaded[model] = Loaded(profile=profile, network=network)
            watch.tell(Step(phase="load", step=1, steps=1))
        return self.loaded[model]

    def unload(self, model: str) -> None:
        """Forget a model, and every picture in its hands."""
        if self.loaded.pop(model, None) is not None:
            self.known.clear()

    def nbytes(self) -> int:
        """Memory of models and inverted pictures."""
        return self.known.nbytes() + sum(one.nbytes for one in self.loaded.values())

    def prepare(self, edit: Edit, pictures: Pictures, watch: Watch) -> Result:
        """Invert the picture; its layer is the reconstruction, to be looked at before anything is pulled."""
        edit = of_kind(edit, DragGan)
        profile = self.catalogue.generator(edit.model)
        _not_empty(pictures, profile)
        watch.plan([*before(profile, self._ready()), *gan_inversion_works(edit, profile)])
        loaded = self.load(edit.model, watch)
        held, inverted = self._held(edit, pictures, loaded, watch)
        return Result(
            layers=(reconstructed(held, f"[Pullbrush] {edit.KIND}"),),
            seed=edit.seed,
            metrics={**_about(held), "evaluations": inverted},
            provenance=_provenance(edit, held, loaded),
            notes=about_picture(held, shown=True),
        )

    def run(self, edit: Edit, pictures: Pictures, watch: Watch) -> Result:
        """Pull, or take a frame out of the `film` that is given, or pull on from the end of the one that was `begun`.

        Raises EngineError or whatever `on_step` raises.
        """
        while True:
            try:
                return self._run(of_kind(edit, DragGan), pictures, watch)
            except Renewed as renewed:
                edit = renewed.edit
                pictures = {role: one for role, one in pictures.items() if role not in FILMS}

    def _run(self, edit: DragGan, pictures: Pictures, watch: Watch) -> Result:
        _not_empty(pictures, self.catalogue.generator(edit.model))
        pull = self._plan(edit, pictures, watch)
        loaded = self.load(edit.model, watch)
        held, inverted = self._held(edit, pictures, loaded, watch)
        begin = ends(held, edit.drags, snap=edit.snap)
        film, arrived = _stored(held, loaded, pictures.get("film"), edit), True
        if film is not None:
            watch.skip(pull)
            pulled = 0
        else:
            begun = _stored(held, loaded, pictures.get("begun"), edit)
            film, arrived, edit = _pulled(edit, held, loaded, watch, begun)
            pulled = len(film) if begun is None else len(film) - len(begun) + 1
        index = film.index(edit.frame)
        handles = tuple(held.crop.to_document(x + 0.5, y + 0.5) for y, x in film.places(index))
        watch.tell(Step(phase="decode", step=0, steps=1, handles=handles))
        name = f"[Pullbrush] {edit.KIND} ({edit.seed})"
        instead = edit.placement == "instead"
        while True:
            edit = _latest(edit, watch)
            index = film.index(edit.frame)
            ws = film.ws(index, held.inversion.ws)
            layer = chosen(held, ws, name, _checked(watch), instead=instead)
            if watch.newer is None:
                break
        metrics = {**_about(held), "frames": len(film), "frame": index, "arrived": int(arrived)}
        metrics["evaluations"] = inverted + pulled
        return Result(
            layers=(layer,),
            seed=edit.seed,
            metrics=metrics,
            provenance=_provenance(edit, held, loaded),
            notes=(*about_picture(held, shown=False), *about_pull(held, begin, edit, arrived)),
            film=film.to_picture(),
        )

    def _plan(self, edit: DragGan, pictures: Pictures, watch: Watch) -> list[Work]:
        """Say what the job consists of; returns the pull, which a film that is there already saves."""
        profile, source = self.catalogue.generator(edit.model), pictures.get("source")
        if source is None or watch.running is None:
            return []
        crop = square_of(source.rect, source.document, profile.config.size)
        works = pull_works(edit, profile, crop, watch.running.times)
        first = [*before(profile, self._ready()), *gan_inversion_works(edit, profile)]
        watch.plan([*first, *works])
        return [work for work in works if work.kind != "rest"]

    def _ready(self) -> Ready:
        return Ready(models=frozenset(self.loaded))

    def _held(
        self, edit: DragGan, pictures: Pictures, loaded: Loaded, watch: Watch
    ) -> tuple[Held, int]:
        """The layer in the generator's hands, and the steps that it took; the square is the one that was read."""
        taken = 0
        source = pictures.get("source")
        if source is None:
            raise EngineError("param.invalid", say("picture.none"))
        crop = square_of(source.rect, source.document, loaded.profile.config.size)
        check_inside(edit, crop)
        w_steps, plus_steps, tune_steps = SEARCHES[edit.preset]
        settings = InvertSettings(w_steps=w_steps, plus_steps=plus_steps, tune_steps=tune_steps)

        def learn(_crop: Crop, view: Floats) -> Known:
            nonlocal taken
            key = _key(view, loaded.network.sha256, settings, edit.seed)
            found = self.known.get(key)
            if found is None:
                found = self._known(edit, view, loaded, settings, watch)
                self.known.put(key, found)
                taken = settings.steps
            else:
                watch.skip(gan_inversion_works(edit, loaded.profile))
            return found

        fade = None if edit.feather < 0 else edit.feather
        try:
            held = hold(
                loaded.network.generator,
                source,
                pictures.get("mask"),
                crop=crop,
                fade=fade,
                learn=learn,
                how=_checked(watch),
            )
        except ValueError as problem:
            raise EngineError("param.invalid", say("gan.area")) from problem
        return held, taken

    def _known(
        self, edit: DragGan, view: Floats, loaded: Loaded, settings: InvertSettings, watch: Watch
    ) -> Known:
        """Invert what the generator is shown."""
        watch.tell(Step(phase="invert", step=0, steps=settings.steps))
        with watch.laps("search", loaded.profile.config.size**2) as lap:

            def on_step(done: int, steps: int) -> None:
                lap("inversion" if done else "search", "inversion")
                watch.tell(Step(phase="invert", step=done, steps=steps))

            return know(
                *(loaded.network.generator, view),
                settings=settings,
                how=_checked(watch),
                seed=edit.seed,
                on_step=on_step,
                check=watch.check,
            )


def _checked(watch: Watch) -> Rendering:
    """How pictures are made that nobody knows how long they take: a cancel need not wait for their end."""
    return replace(EXACT, check=now_and_then(watch.check))


def _not_empty(pictures: Pictures, profile: GanProfile) -> None:
    """Raises EngineError when the layer holds nothing of what may be pulled."""
    source, mask = pictures.get("source"), pictures.get("mask")
    if source is None or not see_through(source):
        return
    crop = square_of(source.rect, source.document, profile.config.size)
    alpha = alpha_on(source, crop)
    taken = np.ones_like(alpha) if mask is None else mask_on(mask_of(mask), mask.rect, crop.rect)
    not_empty(alpha, taken, crop)


def _pulled(
    edit: DragGan, held: Held, loaded: Loaded, watch: Watch, begun: Film | None
) -> tuple[Film, bool, DragGan]:
    """Pull until all have arrived, the wanted frame is there, or the artist stops; returns the edit as it is then.

    What was `begun` is gone on from its last frame, and is the beginning of the film.
    """
    now = edit
    first = 0 if begun is None else len(begun) - 1

    def on_frame(frame: Frame, paint: Callable[[], Layer]) -> Sequence[DragPath] | None:
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
        before, newer = now, watch.take()
        if newer is not None:
            now = _taken(before, newer)
        if frame.index >= _last(now, first):
            raise Enough
        return now.drags if now.drags != before.drags else None

    with watch.laps("iteration", loaded.profile.config.size**2) as lap:
        frames = pull(
            held,
            edit.drags,
            steps=FRAMES_MAX + 1,
            on_frame=on_frame,
            snap=edit.snap,
            settings=loaded.profile.drag,
            how=_checked(watch),
            reached=None if begun is None else _end_of(begun, held),
        )
    if begun is None and frames[-1].arrived and watch.running is not None:
        watch.running.note("pull", len(frames))
    film = Film.of(
        [frame.places for frame in frames],
        [frame.ws for frame in frames],
        held.inversion.ws,
        loaded.profile.drag.rows,
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
    newer = of_kind(newer, DragGan)
    starts = [path.start for path in newer.drags] == [path.start for path in now.drags]
    rest = replace(newer, **{name: getattr(now, name) for name in LIVE})
    if not starts or rest != now:
        raise Renewed(newer)
    return newer


def _latest(edit: DragGan, watch: Watch) -> DragGan:
    """The edit with the frame that was chosen meanwhile. Raises Renewed for any other change."""
    newer = watch.take()
    if newer is None:
        return edit
    newer = of_kind(newer, DragGan)
    if replace(newer, frame=edit.frame, iterations=edit.iterations) != edit:
        raise Renewed(newer)
    return newer


def _stored(held: Held, loaded: Loaded, stored: Picture | None, edit: DragGan) -> Film | None:
    if stored is None:
        return None
    return Film.from_picture(
        stored,
        handles=len(edit.drags),
        rows=loaded.profile.drag.rows,
        w_dim=held.inversion.ws.shape[2],
    )


def _key(view: Floats, weights: str, settings: InvertSettings, seed: int) -> str:
    """What an inversion depends on. The mask is not part of it: it may be refined at no cost."""
    digest = hashlib.blake2b(view.tobytes(), digest_size=16)
    digest.update(repr((view.shape, weights, settings, seed)).encode())
    return digest.hexdigest()


def _about(held: Held) -> dict[str, float | int | str]:
    found = held.inversion
    return {
        "reconstruction_psnr": round(found.psnr, 2),
        "reconstruction_error": round(found.error, 4),
        "projection_error": round(found.projected, 4),
    }


def _provenance(edit: DragGan, held: Held, loaded: Loaded) -> dict[str, str]:
    return provenance(held.source, edit.model, held.crop.rect, model_sha256=loaded.network.sha256)
