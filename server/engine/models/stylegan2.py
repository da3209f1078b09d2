# SPDX-License-Identifier: Apache-2.0
"""Loads a StyleGAN2 model from its folder: safetensors only, every shape checked before a number is read.

Where hashes.json lies beside it, as in a bundled model, the files must be those it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from server.engine.api import Check, proceed
from server.engine.gan.encoder import Encoder, EncoderConfig, Guess
from server.engine.gan.stylegan2 import Generator
from server.engine.models.checksums import are_known
from server.engine.models.generator_files import (
    ENCODER,
    GeneratorFiles,
    checked_sum,
    inspect_generator,
)
from server.engine.models.safetensors_header import refused
from server.engine.timing.work import Measure, unmeasured


@dataclass(frozen=True, kw_only=True)
class LoadedGenerator:
    """A generator in memory, frozen; the sum of its weights, and what its config.json says."""

    generator: Generator
    sha256: str
    about: Mapping[str, Any]


def load_generator(
    folder: Path,
    *,
    device: torch.device | str = "cpu",
    check: Check = proceed,
    measure: Measure = unmeasured,
) -> LoadedGenerator:
    """Loads the model in ``folder``; `check` is asked for every tensor. Raises EngineError, or what `check` raises."""
    files = inspect_generator(folder)
    nbytes = files.weights.stat().st_size
    with measure("hash", nbytes) if not are_known([files.weights]) else nullcontext():
        sha256 = checked_sum(folder, check)
    with measure("load", nbytes):
        generator = _filled(files, device, check)
    if (folder / ENCODER).is_file():
        generator.guess = _guess(folder, generator, files.about)
    return LoadedGenerator(
        generator=generator,
        sha256=sha256,
        about=files.about,
    )


def _filled(files: GeneratorFiles, device: torch.device | str, check: Check) -> Generator:
    with torch.device("meta"):
        generator = Generator(files.config)
    tensors: dict[str, torch.Tensor] = {}
    with safe_open(files.weights, framework="pt") as stored:
        for name in stored.keys():  # noqa: SIM118 - it is no mapping
            check()
            tensors[name] = stored.get_tensor(name).to(torch.float32)
    generator.load_state_dict(tensors, assign=True)
    return generator.requires_grad_(False).eval().to(device)


def _guess(folder: Path, generator: Generator, about: Mapping[str, Any]) -> Guess:
    """The encoder beside a generator. Raises EngineError when it does not fit."""
    try:
        config = EncoderConfig.from_dict(about.get("encoder", {}))
        encoder = Encoder(config)
        encoder.load_state_dict({n: t.float() for n, t in load_file(folder / ENCODER).items()})
        device = generator.mapping.w_avg.device
        encoder = encoder.requires_grad_(False).eval().to(device)
        return Guess(encoder, generator.mapping, generator.config.z_dim)
    except (ValueError, RuntimeError, SafetensorError, OSError) as error:
        raise refused(folder / ENCODER, "file.encoder", reason=str(error)[:200]) from error
