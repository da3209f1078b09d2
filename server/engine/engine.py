# SPDX-License-Identifier: Apache-2.0
"""The engine of one model worker: loads models when needed, keeps inversions, prepares and runs edits."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from protocol.edits import DragGan, Edit, GuidedEdit
from server.engine.api import (
    Layer,
    OnStep,
    Pictures,
    Ready,
    Result,
    Size,
    Step,
    ignore_step,
)
from server.engine.byte_cache import ByteCache, default_budget
from server.engine.diffusion.counter import Counter
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.family import Cond, Family
from server.engine.diffusion.inversion import Trajectory, invert, trajectory_key
from server.engine.diffusion.loop import LoopStep, Method, run
from server.engine.diffusion.noise import SeededNoise
from server.engine.diffusion.schedule import Schedule
from server.engine.edits.drag_gan.run import GanRuns
from server.engine.edits.guided import guidance, published
from server.engine.edits.guided.geometry import pasted
from server.engine.edits.guided.plan import before, edit_works, inversion_works, references
from server.engine.edits.guided.result import painted
from server.engine.edits.guided.task import Work, begin, of_kind
from server.engine.edits.guided.warp_preview import warped
from server.engine.edits.text_to_image import (
    FewStepWish,
    Made,
    few_step_lora,
    picture,
    picture_works,
)
from server.engine.edits.timed import described, settled, timed
from server.engine.models.bundled_profile import SCENES
from server.engine.models.catalogue import Catalogue
from server.engine.models.loading import Loaded, load
from server.engine.models.lora import Lora
from server.engine.models.notes import notes_of
from server.engine.models.profile import ModelProfile
from server.engine.provenance import provenance
from server.engine.step_watch import Renewed, Watch
from server.engine.timing.learned import ANY, LearnedTimes
from server.engine.timing.running import Clock, Running
from server.engine.timing.work import key_of


class Engine:
    """Everything that evaluates a network. One edit at a time; not thread-safe.

    The same edit of the same pictures on the same machine gives the same pixels: an edit that was
    changed while it ran is run again from its beginning.
    """

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        *,
        device: str | None = None,
        dtype: torch.dtype | None = None,
        threads: int | None = None,
        times: Path | None = None,
        started_s: float = 0.0,
        clock: Clock = time.perf_counter,
    ) -> None:
        """`times`: the file in which times are learned, None for this engine's own memory alone; `started_s`: how
        long its libraries took to be there."""
        if threads is not None:
            torch.set_num_threads(threads)
        self.catalogue = catalogue if catalogue is not None else Catalogue()
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.dtype = dtype or (torch.float16 if self.device.type == "cuda" else torch.float32)
        self.trajectories: ByteCache[Trajectory] = ByteCache(default_budget(self.device))
        self.gan = GanRuns(self.catalogue, self.device)
        self.times = LearnedTimes(times, described(self.device, self.dtype))
        self._clock, self._started_s = clock, started_s
        if started_s > 0:
            self.times.learn(ANY, {key_of("start", 1): started_s})
        self._loaded: dict[str, Loaded] = {}
        self._fast: dict[str, Lora] = {}

    def load(self, model: str, on_step: OnStep) -> None:
        """Load a model now, so that the first edit need not."""
        generator = self.gan.has(model)
        profile = self.catalogue.generator(model) if generator else self.catalogue.profile(model)
        with self._timed(model, on_step) as watch:
            watch.plan(before(profile, self._ready()))
            if generator:
                self.gan.load(model, watch)
            else:
                self._model(model, watch)

    def family(self, model: str) -> Family:
        """A model's family, loaded if need be; for measuring and comparing."""
        return self._model(model, Watch(ignore_step)).family

    def picture(
        self,
        prompt: str,
        *,
        model: str = SCENES,
        seed: int = 0,
        size: Size | None = None,
        steps: int | None = None,
        on_step: OnStep = ignore_step,
    ) -> Made:
        """A picture from words by the model's few-step LoRA, at its native size or `size` (width, height).

        Raises EngineError when the model has no `fast/` or the size does not fit it, or whatever `on_step` raises.
        """
        profile = self.catalogue.profile(model)
        wish = FewStepWish(prompt=prompt, seed=seed, size=size, steps=steps)
        with self._timed(model, on_step) as watch:
            watch.plan([*before(profile, self._ready()), *picture_works(wish, profile)])
            loaded = self._model(model, watch)
            if model not in self._fast:
                self._fast[model] = few_step_lora(loaded, profile, watch.check)
            return picture(
                *(loaded, profile, self._fast[model], wish),
                tell=watch.tell,
                check=watch.check,
                measure=watch.measure,
            )

    def unload(self, model: str) -> None:
        """Forget a model and every inversion made with it."""
        self._loaded.pop(model, None)
        self._fast.pop(model, None)
        self.gan.unload(model)
        self.trajectories.clear()

    def facts(self) -> dict[str, Any]:
        """What is loaded and where."""
        return {
            "device": str(self.device),
            "dtype": str(self.dtype).removeprefix("torch."),
            "models": sorted([*self._loaded, *self.gan.loaded]),
            "inversions": len(self.trajectories) + len(self.gan.known),
            "bytes": self.trajectories.nbytes()
            + sum(m.nbytes for m in self._loaded.values())
            + self.gan.nbytes(),
        }

    def prepare(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result:
        """Invert what the model will see, if that is not known yet; the provenance has the trajectory's key."""
        with self._timed(edit.model, on_step) as watch:
            if isinstance(edit, DragGan):
                return self.gan.prepare(edit, pictures, watch)
            edit = of_kind(edit, GuidedEdit)
            profile = self.catalogue.profile(edit.model)
            work = begin(edit, pictures, profile.grid)
            watch.plan(
                [*before(profile, self._ready()), *inversion_works(edit, profile, work.crop)]
            )
            _, trajectory = self._inverted(work, profile, watch, Counter())
            return Result(layers=(), seed=edit.seed, provenance={"trajectory": trajectory.key})

    def run(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result:
        """Do an edit. Raises EngineError with a sentence, or whatever `on_step` raises to stop."""
        with self._timed(edit.model, on_step) as watch:
            if isinstance(edit, DragGan):
                return self.gan.run(edit, pictures, watch)
            while True:
                try:
                    result = self._run(of_kind(edit, GuidedEdit), pictures, watch)
                except Renewed as renewed:
                    edit = renewed.edit
                    continue
                newer = watch.take()
                if newer is None or newer == edit:
                    return result
                edit = newer  # what was taken over has to be what the result shows

    def _run(self, edit: GuidedEdit, pictures: Pictures, watch: Watch) -> Result:
        profile = self.catalogue.profile(edit.model)
        work = begin(edit, pictures, profile.grid)
        if edit.method == "warp":
            watch.tell(Step(phase="warp", step=1, steps=1))
            return Result(
                layers=(warped(work),), seed=edit.seed, provenance=_provenance(work, None, "")
            )
        watch.plan(
            [
                *before(profile, self._ready()),
                *inversion_works(edit, profile, work.crop),
                *edit_works(edit, profile, work.crop),
            ]
        )
        counter = Counter()
        model, trajectory = self._inverted(work, profile, watch, counter)
        denoiser = _denoiser(model, trajectory.steps, counter, watch)
        reconstruction = _decoded(model, trajectory.source, watch)
        method, z = self._method(work, profile, denoiser, trajectory, watch)

        def on_loop_step(done: LoopStep) -> Method | None:
            def preview() -> Layer:
                return painted(work, _to_numpy(model.family.decode(done.x0)), reconstruction)

            watch.tell(Step(phase="edit", step=done.index + 1, steps=done.steps, preview=preview))
            newer = watch.take()
            if newer is not None and newer != edit:
                raise Renewed(newer)
            return None

        z = run(denoiser, z, method, noise=SeededNoise(edit.seed), on_step=on_loop_step)
        watch.tell(Step(phase="decode", step=0, steps=1))
        layer = painted(work, _decoded(model, z, watch), reconstruction)
        self.trajectories.trim()
        metrics: dict[str, float | int | str] = {**counter.as_dict()}
        metrics["evaluations"] = counter.evaluations
        metrics["reconstruction_psnr"] = round(_psnr(reconstruction, work.view), 2)
        return Result(
            layers=(layer,),
            seed=edit.seed,
            metrics=metrics,
            provenance=_provenance(work, model, trajectory.key),
            notes=notes_of(model.read(edit.prompt)),
        )

    def _method(
        self,
        work: Work,
        profile: ModelProfile,
        denoiser: Denoiser,
        trajectory: Trajectory,
        watch: Watch,
    ) -> tuple[Method, Tensor]:
        """What the loop does, and the latent it begins with."""
        settings = profile.guided(work.edit.KIND)
        family = denoiser.family
        text = trajectory.cond
        said = profile.read(work.edit.prompt).text
        empty = _said("", family, watch) if said else text
        if work.edit.reference_compat:
            setup = published.setup(work, settings.published, denoiser, trajectory, (text, empty))
            return setup.method, setup.latent
        fresh = SeededNoise(work.edit.seed, stream="hole").draw(0, 0, trajectory.source)
        picture = _to_tensor(pasted(work.view, work.motion)).to(family.device, family.dtype)
        latent = _encoded(picture, family, watch).to(trajectory.source)
        size = (trajectory.source.shape[-2], trajectory.source.shape[-1])
        z = guidance.start(trajectory, work.motion, guidance.places(work.motion, size), fresh)
        return guidance.method(
            work.edit, settings, denoiser, trajectory, work.motion, (text, empty), latent
        ), z

    def _inverted(
        self, work: Work, profile: ModelProfile, watch: Watch, counter: Counter
    ) -> tuple[Loaded, Trajectory]:
        """The model and the source's trajectory, from the cache if the same was inverted before."""
        model = self._model(work.edit.model, watch)
        steps = profile.steps[work.edit.preset]
        denoiser = _denoiser(model, steps, counter, watch)
        key = trajectory_key(
            pixels=work.view.tobytes(),
            rect=work.crop.rect,
            scale=work.crop.scale[0],
            prompt=work.edit.prompt,
            weights=(model.sha256,),
            schedule=denoiser.schedule.describe(),
            dtype=str(self.dtype),
        )
        found = self.trajectories.get(key)
        if found is not None:
            watch.skip(inversion_works(work.edit, profile, work.crop))
            watch.skip(references(work.edit, profile, work.crop, len(found.features)))
            return model, found
        watch.tell(Step(phase="encode", step=0, steps=1))
        picture = _to_tensor(work.view).to(model.family.device, model.family.dtype)
        cond = _said(work.edit.prompt, model.family, watch)
        latent = _encoded(picture, model.family, watch).float()
        watch.tell(Step(phase="invert", step=0, steps=steps))

        def on_step(done: int, total: int) -> None:
            watch.tell(Step(phase="invert", step=done, steps=total))

        trajectory = invert(denoiser, latent, cond, key=key, on_step=on_step)
        self.trajectories.put(key, trajectory)
        return model, trajectory

    def _model(self, name: str, watch: Watch) -> Loaded:
        if name not in self._loaded:
            profile = self.catalogue.profile(name)
            self._loaded[name] = load(
                profile,
                device=self.device,
                dtype=self.dtype,
                on_step=watch.tell,
                measure=watch.measure,
            )
        return self._loaded[name]

    def _ready(self) -> Ready:
        return Ready(models=frozenset([*self._loaded, *self.gan.loaded]))

    def _timed(self, model: str, on_step: OnStep) -> AbstractContextManager[Watch]:
        """One job; the time that starting took belongs to the first."""
        spent, self._started_s = self._started_s, 0.0
        settle = settled(self.device)
        running = Running(self.times, model, spent=spent, clock=self._clock, settle=settle)
        return timed(running, on_step)


def _denoiser(model: Loaded, steps: int, counter: Counter, watch: Watch) -> Denoiser:
    schedule = Schedule(steps=steps, betas=model.family.betas)
    return Denoiser(
        family=model.family,
        schedule=schedule,
        counter=counter,
        check=watch.check,
        measure=watch.measure,
    )


def _said(prompt: str, family: Family, watch: Watch) -> Cond:
    with watch.measure("text", 1):
        return family.encode_text([prompt], watch.check)


def _encoded(picture: Tensor, family: Family, watch: Watch) -> Tensor:
    with watch.measure("encode", picture.shape[-2] * picture.shape[-1]):
        return family.encode(picture, watch.check)


def _decoded(model: Loaded, z: Tensor, watch: Watch) -> np.ndarray:
    """A latent as sRGB (h, w, 3) 0..1."""
    with watch.measure("decode", z.shape[-2] * z.shape[-1] * model.family.stride**2):
        return _to_numpy(model.family.decode(z, watch.check))


def _to_tensor(view: np.ndarray) -> Tensor:
    """sRGB (h, w, 3) 0..1 to (1, 3, h, w) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(view)).permute(2, 0, 1)[None] * 2.0 - 1.0


def _to_numpy(pixels: Tensor) -> np.ndarray:
    """(1, 3, h, w) in [-1, 1] to sRGB (h, w, 3) 0..1."""
    return ((pixels[0].float().permute(1, 2, 0) + 1.0) / 2.0).clamp(0, 1).cpu().numpy()


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Peak signal to noise ratio in dB of two pictures in 0..1."""
    return float(-10.0 * np.log10(max(float(np.mean((a - b) ** 2)), 1e-12)))


def _provenance(work: Work, model: Loaded | None, trajectory: str) -> dict[str, str]:
    sha256 = "" if model is None else model.sha256
    return provenance(
        *(work.source, work.edit.model, work.crop.rect), model_sha256=sha256, trajectory=trajectory
    )
