# SPDX-License-Identifier: Apache-2.0
"""The models that one worker has in memory: diffusion models, their few-step LoRAs, and generators."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from protocol.sentences import say
from server.engine.api import EngineError, Ready, Step
from server.engine.models.catalogue import Catalogue
from server.engine.models.few_step_profile import FOLDER
from server.engine.models.gan_profile import GanProfile
from server.engine.models.loading import Loaded, load
from server.engine.models.lora import Lora, load_lora
from server.engine.models.profile import ModelProfile
from server.engine.models.stylegan2 import LoadedGenerator, load_generator
from server.engine.step_watch import Watch


@dataclass(frozen=True, kw_only=True)
class GanModel:
    """A generator in memory, and what was known of it when it was loaded."""

    profile: GanProfile
    network: LoadedGenerator

    @property
    def nbytes(self) -> int:
        return sum(p.numel() * p.element_size() for p in self.network.generator.parameters())


class ModelCache:
    """Models by the catalogue's names, loaded when they are first asked for. Not thread-safe.

    Whatever loads raises EngineError with a sentence, or what the watch raises to stop.
    """

    def __init__(self, catalogue: Catalogue, device: torch.device, dtype: torch.dtype) -> None:
        """`dtype`: of diffusion networks; generators compute in float32."""
        self.catalogue, self.device, self.dtype = catalogue, device, dtype
        self._diffusion: dict[str, Loaded] = {}
        self._few_step: dict[str, Lora] = {}
        self._generators: dict[str, GanModel] = {}

    def profile(self, name: str) -> ModelProfile | GanProfile:
        """What is known of a model of either kind. Raises EngineError (model.missing, model.refused)."""
        for generator in self.catalogue.generators():
            if generator.id == name:
                return generator
        return self.catalogue.profile(name)

    def load(self, name: str, watch: Watch) -> None:
        """Have a model of either kind in memory."""
        if self.profile(name).kind == "generator":
            self.generator(name, watch)
        else:
            self.diffusion(name, watch)

    def diffusion(self, name: str, watch: Watch) -> Loaded:
        """A diffusion model."""
        if name not in self._diffusion:
            self._diffusion[name] = load(
                self.catalogue.profile(name),
                device=self.device,
                dtype=self.dtype,
                on_step=watch.tell,
                measure=watch.measure,
            )
        return self._diffusion[name]

    def few_step_lora(self, name: str, watch: Watch) -> Lora:
        """A diffusion model's few-step LoRA. Raises EngineError when its folder has none or it does not fit."""
        model = self.diffusion(name, watch)
        if name not in self._few_step:
            fast = self.catalogue.profile(name).fast
            if fast is None:
                raise EngineError("model.missing", say("model.no_fast", name=name, folder=FOLDER))
            self._few_step[name] = load_lora(fast.file, model.unet, watch.check)
        return self._few_step[name]

    def generator(self, name: str, watch: Watch) -> GanModel:
        """A StyleGAN2 model."""
        if name not in self._generators:
            profile = self.catalogue.generator(name)
            watch.tell(Step(phase="load", step=0, steps=1))
            network = load_generator(
                profile.path, device=self.device, check=watch.check, measure=watch.measure
            )
            self._generators[name] = GanModel(profile=profile, network=network)
            watch.tell(Step(phase="load", step=1, steps=1))
        return self._generators[name]

    def unload(self, name: str) -> None:
        """Forget a model."""
        for kept in (self._diffusion, self._few_step, self._generators):
            kept.pop(name, None)

    def names(self) -> frozenset[str]:
        """All that are in memory."""
        return frozenset([*self._diffusion, *self._generators])

    def ready(self) -> Ready:
        """What need not be waited for."""
        return Ready(models=self.names())

    def nbytes(self) -> int:
        """Memory of all of them."""
        return sum(one.nbytes for one in (*self._diffusion.values(), *self._generators.values()))
