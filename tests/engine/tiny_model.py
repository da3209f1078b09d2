# SPDX-License-Identifier: Apache-2.0
"""A model folder of the bundled model's layout with a few thousand random parameters: real loading code, real loop."""

from __future__ import annotations

from pathlib import Path

import torch

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.engine.models.catalogue import Catalogue
from server.lab.training.denoiser import Denoiser
from server.lab.training.export import write_model
from server.lab.training.networks import Sizes
from server.lab.training.tokenizer import write_tokenizer

SIZES = Sizes(
    channels=(8, 8, 16, 16),
    heads=(1, 1, 2, 2),
    groups=4,
    text_width=16,
    text_heads=2,
    text_layers=1,
)
VAE = AutoencoderConfig(width=16, encoder_blocks=1, decoder_blocks=1, middle_width=4, fine_width=4)


def tiny_catalogue(folder: Path) -> Catalogue:
    """A catalogue whose bundled "scenes" is a tiny random model in `folder`."""
    words = ("sun", "boat", "lake")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer = write_tokenizer(folder / "words", words)
        model = Denoiser(SIZES, tokenizer)
        write_model(folder / "bundled" / "scenes", model, PatchAutoencoder(VAE), words)
    return Catalogue(
        bundled=folder / "bundled", folder=lambda: folder / "none", named=dict[str, Path]
    )
