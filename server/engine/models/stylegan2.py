# SPDX-License-Identifier: Apache-2.0
"""Loads a StyleGAN2 model from its folder: safetensors only, every shape checked before a number is read.

Where hashes.json lies beside it, as in a bundled model, the files must be those it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from server.engine.gan.encoder import Encoder, EncoderConfig, Guess
from server.engine.gan.stylegan2 import Generator
from server.engine.models.generator_files import ENCODER, checked_sum, inspect_generator
from server.engine.models.header import refused


@dataclass(frozen=True, kw_only=True)
class LoadedGenerator:
    """A generator in memory, frozen; the sum of its weights, and what its config.json says."""

    generator: Generator
    sha256: str
    about: Mapping[str, Any]


def load_generator(
    folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> LoadedGenerator:
    """Loads the model in ``folder``. Raises EngineError with a sentence."""
    files = inspect_generator(folder)
    sha256 = checked_sum(folder)
    with torch.device("meta"):
        generator = Generator(files.config)
    tensors = load_file(files.weights)
    generator.load_state_dict({n: t.to(dtype) for n, t in tensors.items()}, assign=True)
    generator = generator.requires_grad_(False).eval().to(device)
    if (folder / ENCODER).is_file():
        generator.guess = _guess(folder, generator, files.about)
    return LoadedGenerator(
        generator=generator,
        sha256=sha256,
        about=files.about,
    )


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
