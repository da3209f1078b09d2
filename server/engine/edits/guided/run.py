# SPDX-License-Identifier: Apache-2.0
"""A guided edit from its pictures to its result: invert once, guide from there, put back what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from server.engine.api import Layer, Pictures, Result, Step
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.evaluation_counter import Counter
from server.engine.diffusion.family import Cond, Family
from server.engine.diffusion.inversion import Trajectory, invert, trajectory_key
from server.engine.diffusion.latent_pixels import decoded, to_tensor
from server.engine.diffusion.loop import LoopStep, Method
from server.engine.diffusion.loop import run as run_loop
from server.engine.diffusion.noise import SeededNoise
from server.engine.diffusion.schedule import Schedule
from server.engine.edits.guided import guidance, published
from server.engine.edits.guided.functions import E, GuidedFunctions, GuidedTask
from server.engine.edits.guided.geometry import pasted
from server.engine.edits.guided.plan import GuidedWorks
from server.engine.edits.guided.result import painted
from server.engine.edits.guided.task import guided_task
from server.engine.edits.guided.warp_preview import warped
from server.engine.edits.planning import loading_works
from server.engine.edits.runner import RunContext
from server.engine.inversion_store import inverted_by
from server.engine.models.loading import Loaded
from server.engine.models.profile import GuidedSettings, ModelProfile
from server.engine.models.prompt_notes import notes_of
from server.engine.provenance import provenance
from server.engine.step_watch import Renewed, Watch

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class _Run(Generic[E]):
    """One edit under way: what it is done with, and what it has taken so far."""

    functions: GuidedFunctions[E]
    task: GuidedTask[E]
    profile: ModelProfile
    settings: GuidedSettings
    works: GuidedWorks
    context: RunContext
    counter: Counter

    @property
    def watch(self) -> Watch:
        return self.context.watch


def prepare(
    functions: GuidedFunctions[E], edit: E, pictures: Pictures, context: RunContext
) -> Result:
    """Invert what the model will see, if that is not known yet; the provenance has the trajectory's key."""
    job = _begun(functions, edit, pictures, context)
    before = loading_works(job.profile, context.models.ready())
    context.watch.plan([*before, *job.works.of_inversion()])
    _, trajectory = _inverted(job)
    return Result(layers=(), seed=edit.seed, provenance={"trajectory": trajectory.key})


def run(functions: GuidedFunctions[E], edit: E, pictures: Pictures, context: RunContext) -> Result:
    """Do it. Raises EngineError, what the watch raises to stop, or Renewed for any change of the edit."""
    job, watch = _begun(functions, edit, pictures, context), context.watch
    if edit.method == "warp":
        watch.tell(Step(phase="warp", step=1, steps=1))
        made_by = _provenance(job.task, None, "")
        return Result(layers=(warped(job.task),), seed=edit.seed, provenance=made_by)
    before = loading_works(job.profile, context.models.ready())
    watch.plan([*before, *job.works.of_inversion(), *job.works.of_edit()])
    model, trajectory = _inverted(job)
    denoiser = _denoiser(job, model.family, trajectory.steps)
    reconstruction = _decoded(job, model.family, trajectory.source)
    method, start = _method(job, denoiser, trajectory)

    def on_loop_step(done: LoopStep) -> Method | None:
        def preview() -> Layer:
            return painted(job.task, decoded(model.family, done.x0), reconstruction)

        watch.tell(Step(phase="edit", step=done.index + 1, steps=done.steps, preview=preview))
        newer = watch.take_newer()
        if newer is not None and newer != edit:
            raise Renewed(newer)
        return None

    z = run_loop(denoiser, start, method, noise=SeededNoise(edit.seed), on_step=on_loop_step)
    watch.tell(Step(phase="decode", step=0, steps=1))
    layer = painted(job.task, _decoded(job, model.family, z), reconstruction)
    context.inversions.trim()
    metrics: dict[str, float | int | str] = {**job.counter.as_dict()}
    metrics["evaluations"] = job.counter.evaluations
    metrics["reconstruction_psnr"] = round(_psnr(reconstruction, job.task.frame.view), 2)
    return Result(
        layers=(layer,),
        seed=edit.seed,
        metrics=metrics,
        provenance=_provenance(job.task, model, trajectory.key),
        notes=notes_of(model.read(edit.prompt)),
    )


def _begun(
    functions: GuidedFunctions[E], edit: E, pictures: Pictures, context: RunContext
) -> _Run[E]:
    profile = context.models.catalogue.profile(edit.model)
    task = guided_task(functions, edit, pictures, profile.grid)
    settings = functions.settings(edit, profile)
    return _Run(
        functions=functions,
        task=task,
        profile=profile,
        settings=settings,
        works=GuidedWorks(edit=edit, profile=profile, settings=settings, crop=task.crop),
        context=context,
        counter=Counter(),
    )


def _method(job: _Run[E], denoiser: Denoiser, trajectory: Trajectory) -> tuple[Method, Tensor]:
    """What the loop does, and the latent it begins with."""
    task, family, text = job.task, denoiser.family, trajectory.cond
    said = job.profile.read(task.edit.prompt).text
    conds = (text, _said(job, family, "") if said else text)
    if task.edit.reference_compat:
        setup = published.setup(
            *(job.functions, task, job.settings.published, denoiser, trajectory, conds)
        )
        return setup.method, setup.latent
    fresh = SeededNoise(task.edit.seed, stream="hole").draw(0, 0, trajectory.source)
    latent = _encoded(job, family, pasted(task.frame.view, task.motion)).to(trajectory.source)
    size = (trajectory.source.shape[-2], trajectory.source.shape[-1])
    start = guidance.start(trajectory, task.motion, guidance.places(task.motion, size), fresh)
    return guidance.method(
        task.edit, job.settings, denoiser, trajectory, task.motion, conds, latent
    ), start


def _inverted(job: _Run[E]) -> tuple[Loaded, Trajectory]:
    """The model and the source's trajectory, from the store if the same was inverted before."""
    edit, frame, watch = job.task.edit, job.task.frame, job.watch
    model = job.context.models.diffusion(edit.model, watch)
    steps = job.profile.steps[edit.preset]
    denoiser = _denoiser(job, model.family, steps)
    key = trajectory_key(
        pixels=frame.view.tobytes(),
        rect=frame.crop.rect,
        scale=frame.crop.scale[0],
        settings=inverted_by(edit),
        weights=(model.sha256,),
        schedule=denoiser.schedule.describe(),
        dtype=str(job.context.models.dtype),
    )
    found = job.context.inversions.find(key, Trajectory)
    if found is not None:
        watch.skip(job.works.of_inversion())
        watch.skip(job.works.of_references(len(found.features)))
        return model, found
    watch.tell(Step(phase="encode", step=0, steps=1))
    cond = _said(job, model.family, edit.prompt)
    latent = _encoded(job, model.family, frame.view).float()
    watch.tell(Step(phase="invert", step=0, steps=steps))

    def on_step(done: int, total: int) -> None:
        watch.tell(Step(phase="invert", step=done, steps=total))

    trajectory = invert(denoiser, latent, cond, key=key, on_step=on_step)
    job.context.inversions.keep(key, trajectory, model=edit.model)
    return model, trajectory


def _denoiser(job: _Run[E], family: Family, steps: int) -> Denoiser:
    return Denoiser(
        family=family,
        schedule=Schedule(steps=steps, betas=family.betas),
        counter=job.counter,
        check=job.watch.check,
        measure=job.watch.measure,
    )


def _said(job: _Run[E], family: Family, prompt: str) -> Cond:
    with job.watch.measure("text", 1):
        return family.encode_text([prompt], job.watch.check)


def _encoded(job: _Run[E], family: Family, view: Floats) -> Tensor:
    """The latent of a picture, sRGB (h, w, 3) 0..1."""
    picture = to_tensor(view).to(family.device, family.dtype)
    with job.watch.measure("encode", picture.shape[-2] * picture.shape[-1]):
        return family.encode(picture, job.watch.check)


def _decoded(job: _Run[E], family: Family, z: Tensor) -> Floats:
    """A latent as sRGB (h, w, 3) 0..1."""
    with job.watch.measure("decode", z.shape[-2] * z.shape[-1] * family.stride**2):
        return decoded(family, z, job.watch.check)


def _psnr(a: Floats, b: Floats) -> float:
    """Peak signal to noise ratio in dB of two pictures in 0..1."""
    return float(-10.0 * np.log10(max(float(np.mean((a - b) ** 2)), 1e-12)))


def _provenance(task: GuidedTask[E], model: Loaded | None, trajectory: str) -> dict[str, str]:
    sha256 = "" if model is None else model.sha256
    return provenance(
        *(task.frame.source, task.edit.model, task.crop.rect),
        model_sha256=sha256,
        trajectory=trajectory,
    )
