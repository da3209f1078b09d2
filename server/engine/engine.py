# SPDX-License-Identifier: Apache-2.0
"""The engine of one model worker: loads models when needed, keeps inversions, prepares and runs edits."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch

from protocol.edits import Edit
from server.engine.api import OnStep, Pictures, Result, Size, ignore_step
from server.engine.byte_cache import default_budget
from server.engine.diffusion.family import Family
from server.engine.edits import text_to_image
from server.engine.edits.planning import loading_works
from server.engine.edits.runner import RunContext
from server.engine.edits.runners import runner_of
from server.engine.edits.timed import described, settled, timed
from server.engine.inversion_store import InversionStore
from server.engine.model_cache import ModelCache
from server.engine.models.bundled_profile import SCENES
from server.engine.models.catalogue import Catalogue
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
        self.models = ModelCache(self.catalogue, self.device, self.dtype)
        self.inversions = InversionStore(default_budget(self.device))
        self.times = LearnedTimes(times, described(self.device, self.dtype))
        self._clock, self._started_s = clock, started_s
        if started_s > 0:
            self.times.learn(ANY, {key_of("start", 1): started_s})

    def load(self, model: str, on_step: OnStep) -> None:
        """Load a model now, so that the first edit need not."""
        profile = self.models.profile(model)
        with self._timed(model, on_step) as watch:
            watch.plan(loading_works(profile, self.models.ready()))
            self.models.load(model, watch)

    def family(self, model: str) -> Family:
        """A model's family, loaded if need be; for measuring and comparing."""
        return self.models.diffusion(model, Watch(ignore_step)).family

    def picture(
        self,
        prompt: str,
        *,
        model: str = SCENES,
        seed: int = 0,
        size: Size | None = None,
        steps: int | None = None,
        on_step: OnStep = ignore_step,
    ) -> text_to_image.Made:
        """A picture from words by the model's few-step LoRA, at its native size or `size` (width, height).

        Raises EngineError when the model has no `fast/` or the size does not fit it, or whatever `on_step` raises.
        """
        wish = text_to_image.FewStepWish(prompt=prompt, seed=seed, size=size, steps=steps)
        with self._timed(model, on_step) as watch:
            return text_to_image.run(wish, model, self.models, watch)

    def unload(self, model: str) -> None:
        """Forget a model and every inversion made with it."""
        self.models.unload(model)
        self.inversions.forget(model)

    def facts(self) -> dict[str, Any]:
        """What is loaded and where."""
        return {
            "device": str(self.device),
            "dtype": str(self.dtype).removeprefix("torch."),
            "models": sorted(self.models.names()),
            "inversions": len(self.inversions),
            "bytes": self.models.nbytes() + self.inversions.nbytes(),
        }

    def prepare(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result:
        """Invert what the model will see, if that is not known yet; layers, if any, are to be looked at only."""
        with self._timed(edit.model, on_step) as watch:
            return runner_of(edit).prepare(edit, pictures, self._context(watch))

    def run(self, edit: Edit, pictures: Pictures, on_step: OnStep) -> Result:
        """Do an edit. Raises EngineError with a sentence, or whatever `on_step` raises to stop."""
        with self._timed(edit.model, on_step) as watch:
            context = self._context(watch)
            while True:
                runner = runner_of(edit)
                try:
                    result = runner.run(edit, pictures, context)
                except Renewed as renewed:
                    edit, own = renewed.edit, runner.own_inputs
                    pictures = {role: one for role, one in pictures.items() if role not in own}
                    continue
                newer = watch.take_newer()
                if newer is None or newer == edit:
                    return result
                edit = newer  # what was taken over has to be what the result shows

    def _context(self, watch: Watch) -> RunContext:
        return RunContext(models=self.models, inversions=self.inversions, watch=watch)

    def _timed(self, model: str, on_step: OnStep) -> AbstractContextManager[Watch]:
        """One job; the time that starting took belongs to the first."""
        spent, self._started_s = self._started_s, 0.0
        settle = settled(self.device)
        running = Running(self.times, model, spent=spent, clock=self._clock, settle=settle)
        return timed(running, on_step)
