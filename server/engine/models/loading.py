# SPDX-License-Identifier: Apache-2.0
"""Loads SD1.5-shaped models from local files: a diffusers folder or a single file in the original layout.

Only safetensors, never a download. Every tensor's shape is compared with the network's before a byte of weights
is read, and bundled files are compared with their stored sums.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn
from transformers import CLIPTokenizer

from protocol.sentences import say
from server.engine.api import Check, EngineError, OnStep, Step, ignore_step
from server.engine.diffusion.family import Family, Prediction
from server.engine.diffusion.schedule import Betas
from server.engine.diffusion.sd15 import Sd15
from server.engine.models import single_file_names
from server.engine.models.checksums import are_known, check_sums
from server.engine.models.configs import Networks, networks_of_file, networks_of_folder
from server.engine.models.layout import PARTS, Layout, inspect
from server.engine.models.profile import ModelProfile
from server.engine.models.prompt_vocabulary import Reading
from server.engine.models.safetensors_header import Stored, read_header, refused
from server.engine.models.shards import places_of
from server.engine.timing.work import Measure, unmeasured


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model in memory: its family and image network, the sum over its weight files, its bytes, how it reads."""

    family: Family
    unet: nn.Module
    sha256: str
    nbytes: int
    read: Callable[[str], Reading]


def load(
    profile: ModelProfile,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    on_step: OnStep = ignore_step,
    measure: Measure = unmeasured,
) -> Loaded:
    """Loads a model. The UNet gets ``dtype``; autoencoder and text encoder stay float32.

    ``on_step`` hears one "load" step per part, again for every tensor and piece of a file that is read, and may raise
    to stop. ``measure`` is told of the sums and of the weights. Raises EngineError with a sentence.
    """
    if profile.path is None:
        raise EngineError("model.missing", say("model.place", name=profile.id))
    layout = inspect(profile.path)
    here = Step(phase="load", step=0, steps=len(PARTS) + 1)

    def check() -> None:
        on_step(here)

    check()
    with measure("hash", layout.weight_bytes) if not are_known(layout.weights) else nullcontext():
        digest = check_sums(layout, check)
    with measure("load", layout.weight_bytes):
        networks = (
            networks_of_folder(layout) if layout.kind == "diffusers" else networks_of_file(layout)
        )
        names = _stored_names(layout)
        for part in PARTS:
            here = replace(here, step=here.step + 1)
            check()
            module = networks.part(part)
            kept = dtype if part == "unet" else torch.float32
            _fill(module, layout.files.get(part) or layout.files["all"], names[part], kept, check)
            nn.Module.to(module, device=torch.device(device), dtype=kept)
    return _loaded(profile, layout, networks, digest, on_step)


def _loaded(
    profile: ModelProfile, layout: Layout, networks: Networks, digest: str, on_step: OnStep
) -> Loaded:
    family = Sd15(
        networks.unet,
        autoencoder=networks.vae,
        text_encoder=networks.text_encoder,
        tokenizer=CLIPTokenizer.from_pretrained(str(layout.tokenizer), local_files_only=True),
        betas=_betas(networks.scheduler),
        prediction=_prediction(layout.path, networks.scheduler),
        name=profile.id,
        read=lambda prompt: profile.read(prompt).text,
    )
    on_step(Step(phase="load", step=len(PARTS) + 1, steps=len(PARTS) + 1))

    def read(prompt: str) -> Reading:
        reading = profile.read(prompt)
        return replace(reading, cut=reading.cut or family.beyond(prompt))

    return Loaded(
        family=family,
        unet=networks.unet,
        sha256=digest,
        nbytes=sum(_nbytes(networks.part(part)) for part in PARTS),
        read=read,
    )


def _stored_names(layout: Layout) -> dict[str, dict[str, str]]:
    """Part -> (the network's name for a tensor -> its name in the file)."""
    if layout.kind == "original":
        return single_file_names.split(read_header(layout.path))
    return {part: {name: name for name in places_of(layout.files[part])} for part in PARTS}


def _fill(
    module: nn.Module,
    files: tuple[Path, ...],
    names: Mapping[str, str],
    dtype: torch.dtype,
    check: Check,
) -> None:
    """Puts the tensors of a part into its network. Raises EngineError when one is missing or has another shape."""
    places, wanted = places_of(files), module.state_dict()
    stored = {name: _match(name, names, files[0]) for name in wanted}
    state: dict[str, Tensor] = {}
    for name, tensor in wanted.items():
        place = places[stored[name]]
        _same_shape(place.file, name, tuple(tensor.shape), place.stored)
    for file in files:
        here = {name for name in wanted if places[stored[name]].file == file}
        with safe_open(file, framework="pt") as weights:
            for name in here:
                check()
                value = weights.get_tensor(stored[name])
                state[name] = value.reshape(wanted[name].shape).to(dtype)
    module.load_state_dict(state, assign=True)
    left = [
        name
        for name, value in (*module.named_parameters(), *module.named_buffers())
        if value.is_meta
    ]
    if left:
        raise refused(files[0], "file.shape", part=left[0][:80])


def _match(name: str, names: Mapping[str, str], file: Path) -> str:
    """The stored name of a tensor; text encoders are stored with and without the prefix "text_model."."""
    for candidate in (name, f"text_model.{name}", name.removeprefix("text_model.")):
        if candidate in names:
            return names[candidate]
    raise refused(file, "file.shape", part=name[:80])


def _same_shape(file: Path, name: str, wanted: tuple[int, ...], stored: Stored) -> None:
    """Shapes must agree up to trailing ones: the original autoencoder keeps attention as 1x1 convolutions."""
    shape = stored.shape
    while len(shape) > len(wanted) and shape[-1] == 1:
        shape = shape[:-1]
    if shape != wanted:
        raise refused(file, "file.shape", part=name[:80])


def _betas(scheduler: Mapping[str, Any]) -> Betas:
    return Betas(
        train_steps=int(scheduler.get("num_train_timesteps", 1000)),
        start=float(scheduler.get("beta_start", 0.00085)),
        end=float(scheduler.get("beta_end", 0.012)),
        kind=str(scheduler.get("beta_schedule", "scaled_linear")),
        steps_offset=int(scheduler.get("steps_offset", 1)),
        alpha_to_one=bool(scheduler.get("set_alpha_to_one", False)),
    )


def _prediction(path: Path, scheduler: Mapping[str, Any]) -> Prediction:
    found = str(scheduler.get("prediction_type", "epsilon"))
    if found not in ("epsilon", "v_prediction"):
        raise refused(path, "file.prediction", kind=str(found)[:80])
    return "epsilon" if found == "epsilon" else "v"


def _nbytes(module: nn.Module) -> int:
    return sum(value.nbytes for value in module.state_dict().values())
