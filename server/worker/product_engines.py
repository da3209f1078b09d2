# SPDX-License-Identifier: Apache-2.0
"""The product's own engines. Which models there are is read from the catalogue, without torch."""

from __future__ import annotations

import time
from typing import Any

from protocol.edits import Edit, ParamError, from_params
from server.engine.api import EngineError, Pictures, Plan, Ready, Rect, Result, Size
from server.engine.edits.planning import START_S
from server.engine.edits.runner import PlanContext
from server.engine.edits.runners import edits_with, runner_of
from server.engine.models.catalogue import Catalogue
from server.engine.models.gan_profile import GanProfile
from server.engine.models.profile import ModelProfile
from server.engine.provenance import provenance
from server.engine.timing.learned import ANY, LearnedTimes, times_path
from server.engine.timing.work import Work, key_of
from server.worker.engine_interface import ModelEngine
from server.worker.starting import Foreseen
from server.worker.task import Task
from server.worker.threads import compute_threads


class Quick:
    """Plans and warps of the engine's edits for the catalogue's models."""

    def __init__(self, catalogue: Catalogue, times: LearnedTimes) -> None:
        self._catalogue, self._times = catalogue, times

    def plan(self, edit: Edit, *, document: Size, selection: Rect | None, ready: Ready) -> Plan:
        context = PlanContext(catalogue=self._catalogue, times=self._times, ready=ready)
        return runner_of(edit).plan(edit, document=document, selection=selection, context=context)

    def check(self, edit: Edit, pictures: Pictures) -> None:
        """Raise EngineError for what `run` would refuse as soon as it sees the pictures, and the plan does not."""
        runner_of(edit).check(edit, pictures, self._catalogue)

    def warp(self, edit: Edit, pictures: Pictures, *, keep: bool) -> Result:
        began = time.perf_counter()
        layer = runner_of(edit).preview(edit, pictures, self._catalogue)
        source = pictures.get("source")
        made_of: dict[str, str] = {}
        if keep and source is not None:  # a preview is not waited for
            key = key_of("warp", source.rect[2] * source.rect[3])
            self._times.learn(ANY, {key: time.perf_counter() - began})
            made_of = provenance(source, edit.model, source.rect)
        return Result(
            layers=(layer,), seed=edit.seed, metrics={"evaluations": 0}, provenance=made_of
        )

    def models(self) -> list[dict[str, Any]]:
        known = self._catalogue
        return [_entry(profile) for profile in (*known.profiles(), *known.generators())]


def quick() -> Quick:
    """The engine of the quick worker: numpy only."""
    return Quick(Catalogue(), known_times())


def known_times() -> LearnedTimes:
    """Times learned on this machine, of the device that computed last."""
    return LearnedTimes(times_path())


def model() -> ModelEngine:
    """The engine of a model worker: imports torch."""
    began = time.perf_counter()
    from server.engine.engine import Engine

    started_s = time.perf_counter() - began
    return Engine(Catalogue(), threads=compute_threads(), times=times_path(), started_s=started_s)


def foreseen(task: Task) -> Foreseen:
    """How long the start takes, and then the job; nothing for what is no edit, or cannot be done."""
    header = task.header
    start = known_times().seconds(ANY, Work(kind="start")) or START_S
    if task.kind not in ("run", "prepare"):
        return Foreseen(start=start)
    width, height = header["document"]
    selection = header["selection"]
    try:
        plan = quick().plan(
            from_params(header["op"], header["params"]),
            document=(width, height),
            selection=None if selection is None else tuple(selection),
            ready=Ready(),
        )
    except (EngineError, ParamError, ValueError):
        return Foreseen(start=start)
    return Foreseen(start=start, rest=plan.eta_ms / 1000)


def _entry(profile: ModelProfile | GanProfile) -> dict[str, Any]:
    """A model as panels list it: `ops` are the edits that work with models of its kind."""
    return {
        "name": profile.id,
        "label": profile.title,
        "family": profile.family,
        "bytes": profile.weight_bytes,
        "ops": edits_with(profile.kind),
    }
