# SPDX-License-Identifier: Apache-2.0
"""The bundled scenes model does what its card says, on held-out scenes; random weights would not."""

import hashlib
import json

import numpy as np
import pytest
import torch

from protocol.edits.drag_gan import BUNDLED_GENERATOR
from server.engine.models.bundled_profile import BUNDLED, SCENES
from server.engine.models.prompt_vocabulary import vocabulary_of
from server.lab.evaluate.judge.judge import WEIGHTS
from server.lab.scenes import HELD_OUT, caption, render, sample_scene
from server.lab.training.autoencoder import reconstruct
from server.lab.training.batches import token_ids
from server.lab.training.bundle import LARGEST_ALL, LARGEST_FILE, files_of
from server.lab.training.export import LARGEST_MODEL
from server.lab.training.gan.export import LARGEST as LARGEST_HEADS
from server.lab.training.networks import TRAIN_STEPS
from server.lab.training.pictures import Pictures, as_tensor, psnr
from server.lab.training.sampling import Parts, load_parts, rebuild

FOLDER = BUNDLED / SCENES


@pytest.fixture(scope="module")
def parts() -> Parts:
    return load_parts(FOLDER)


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    return np.stack([render(sample_scene(HELD_OUT + i)).rgb for i in range(12)])


def test_every_file_has_its_sum_and_a_size_that_may_be_bundled() -> None:
    total = WEIGHTS.stat().st_size
    for folder, largest in ((FOLDER, LARGEST_MODEL), (BUNDLED / BUNDLED_GENERATOR, LARGEST_HEADS)):
        files = files_of(folder)
        sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
        assert sums == json.loads((folder / "hashes.json").read_text(encoding="utf-8"))
        sizes = [path.stat().st_size for path in files.values()]
        assert max(sizes) <= LARGEST_FILE
        assert sum(sizes) <= largest
        total += sum(sizes)
    assert total <= LARGEST_ALL


def test_the_tokenizer_knows_the_words_of_the_world(parts: Parts) -> None:
    known = vocabulary_of(FOLDER)
    assert known is not None
    assert all(len(parts.tokenizer(word).input_ids) == 3 for word in known.words)


def test_the_autoencoder_keeps_held_out_scenes(parts: Parts, pictures: Pictures) -> None:
    assert psnr(pictures, reconstruct(parts.vae, pictures)) > 35
    with torch.no_grad():
        z = parts.vae.encode(as_tensor(pictures))
    assert 0.7 < float(z.std()) < 1.3


@torch.no_grad()
def noise_error(parts: Parts, pictures: Pictures, *, prompted: bool) -> float:
    """Mean squared error of eps over evenly spread timesteps, each picture with four of them."""
    z = parts.vae.encode(as_tensor(pictures))
    texts = [caption(sample_scene(HELD_OUT + i)) if prompted else "" for i in range(len(pictures))]
    cond = parts.text_encoder(token_ids(parts.tokenizer, texts)).last_hidden_state
    generator, total, rounds = torch.Generator().manual_seed(0), 0.0, 4
    for k in range(rounds):
        t = ((torch.arange(len(z)) * rounds + k) * TRAIN_STEPS) // (len(z) * rounds)
        level = parts.alpha_bar[t].view(-1, 1, 1, 1)
        eps = torch.randn(z.shape, generator=generator)
        z_t = level.sqrt() * z + (1 - level).sqrt() * eps
        total += float((parts.unet(z_t, t, cond).sample - eps).square().mean())
    return total / rounds


def test_the_denoiser_predicts_noise_and_uses_the_caption(parts: Parts, pictures: Pictures) -> None:
    """Noise that is guessed as zero has an error of 1."""
    prompted = noise_error(parts, pictures, prompted=True)
    assert prompted < 0.12
    assert prompted < noise_error(parts, pictures, prompted=False) * 1.02


def test_inversion_comes_back_to_the_picture(parts: Parts, pictures: Pictures) -> None:
    few = pictures[:1]
    assert psnr(reconstruct(parts.vae, few), rebuild(parts, few, steps=10)) > 30
