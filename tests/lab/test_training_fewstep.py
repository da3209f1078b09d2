# SPDX-License-Identifier: Apache-2.0
"""Distillation into a few-step LoRA: the loss knows a consistent student, runs resume, files are read elsewhere."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_lcm import LCMScheduler
from safetensors import safe_open
from torch import Tensor

from server.engine.diffusion.consistency import FewSteps
from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.engine.models.fast import fast_of
from server.engine.models.lora import load_lora, with_lora
from server.lab.training.clock import Budget
from server.lab.training.export import write_model
from server.lab.training.fewstep import Recipe, Run, drawn, train
from server.lab.training.fewstep_lora import add_lora, without, write_lora
from server.lab.training.fewstep_loss import Walk, consistency_loss, neighbors
from server.lab.training.networks import Sizes, make_scheduler
from server.lab.training.run import Denoiser
from server.lab.training.sampling import load_parts
from server.lab.training.shards import Latents
from server.lab.training.tokenizer import write_tokenizer
from server.lab.training.worlds import FIRST

SIZES = Sizes(
    channels=(8, 8, 16, 16), heads=(1, 1, 2, 2), groups=4, text_width=16, text_heads=2, text_layers=1
)  # fmt: skip
VAE = AutoencoderConfig(width=16, encoder_blocks=1, decoder_blocks=1, middle_width=4, fine_width=4)
ALPHA_BAR = make_scheduler().alphas_cumprod


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model folder."""
    folder = tmp_path_factory.mktemp("teacher")
    words = ("sun", "boat", "lake")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer = write_tokenizer(folder / "words", words)
        write_model(folder / "model", Denoiser(SIZES, tokenizer), PatchAutoencoder(VAE), words)
    return folder / "model"


def some_latents(count: int = 6) -> Latents:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((count, 4, 8, 8)).astype(np.float16)
    return Latents(z=z, ids=rng.integers(0, 500, (count, 2, 77)).astype(np.int16))


def make(teacher: Path, folder: Path, steps: int, **more: float) -> Run:
    recipe = Recipe(budget=Budget(steps=steps), rank=2, points=10, batch=2, **more)  # pyright: ignore[reportArgumentType]
    return Run(recipe=recipe, folder=folder, parts=load_parts(teacher))


def gaussian_eps(z: Tensor, t: Tensor, _text: Tensor) -> Tensor:
    """The exact noise prediction where pictures are standard normal: E[eps | z] = sqrt(1 - abar) z."""
    return (1 - ALPHA_BAR[t].view(-1, 1, 1, 1)).sqrt() * z


def consistent_eps(z: Tensor, t: Tensor, _text: Tensor) -> Tensor:
    """The prediction whose x0 is z itself: the end of the probability flow of that world is where it starts."""
    level = ALPHA_BAR[t].view(-1, 1, 1, 1)
    return z * (1 - level.sqrt()) / (1 - level).sqrt()


def gaussian_loss(student, points: int = 50) -> float:
    generator = torch.Generator().manual_seed(0)
    walk = Walk(few=FewSteps(steps=1, points=points), scale=1.0, alpha_bar=ALPHA_BAR)
    z, noise = (torch.randn((points, 4, 8, 8), generator=generator) for _ in range(2))
    text = torch.zeros(points, 1, 1)
    found = consistency_loss(
        student,
        gaussian_eps,
        walk,
        z=z,
        noise=noise,
        index=torch.arange(points),
        text=text,
        empty=text,
    )
    return float(found)


def test_the_loss_is_least_for_the_consistent_student() -> None:
    """Where everything is normal the true student is known; the plain teacher is not consistent."""
    perfect, plain = gaussian_loss(consistent_eps), gaussian_loss(gaussian_eps)
    assert perfect < 0.01
    assert plain > 3 * perfect


def test_neighbors_end_at_the_clean_picture() -> None:
    walk = Walk(few=FewSteps(steps=1, points=50), scale=1.0, alpha_bar=ALPHA_BAR)
    t, below = neighbors(walk, torch.tensor([0, 1, 49]))
    assert t.tolist() == [19, 39, 999]
    assert below.tolist() == [0, 19, 979]
    z, eps = torch.randn(3, 4, 2, 2), torch.randn(3, 4, 2, 2)
    assert torch.equal(walk.consistent(z, eps, below)[0], z[0])


@pytest.mark.parametrize("scale", [0.5, 31.0])
def test_impossible_guidance_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="guidance scale"):
        Walk(few=FewSteps(), scale=scale, alpha_bar=ALPHA_BAR)


def test_at_first_the_student_is_the_teacher_and_later_the_teacher_stays(teacher: Path) -> None:
    unet = load_parts(teacher).unet
    z, t, text = torch.randn(1, 4, 8, 8), torch.tensor([500]), torch.randn(1, 77, 16)
    with torch.no_grad():
        plain = unet(z, t, text).sample
        added = add_lora(unet, rank=2, parts="attention")
        assert torch.equal(unet(z, t, text).sample, plain)
        for one in added.values():
            one.up.add_(0.1)
        assert not torch.allclose(unet(z, t, text).sample, plain)
        with without(added):
            assert torch.equal(unet(z, t, text).sample, plain)
    trained = {name for name, weight in unet.named_parameters() if weight.requires_grad}
    assert trained
    assert all(".parametrizations.weight." in name for name in trained)


def test_unknown_layers_and_empty_ranks_are_refused(teacher: Path) -> None:
    for wrong in ({"rank": 0}, {"rank": 2, "parts": "some"}):
        with pytest.raises(ValueError, match=r"rank is at least 1|parts are one of"):
            add_lora(load_parts(teacher).unet, **wrong)  # pyright: ignore[reportArgumentType]


def test_steps_on_one_batch_lower_its_loss(teacher: Path, tmp_path: Path) -> None:
    run = make(teacher, tmp_path, steps=30, rate=3e-3)
    data = some_latents(2)
    with torch.no_grad():
        before = float(run.loss(data, 0, 8))
    for _ in range(25):
        run.step(data)
    with torch.no_grad():
        after = float(run.loss(data, 0, 8))
    assert math.isfinite(after)
    assert after < 0.9 * before


def test_an_interrupted_run_goes_on_to_the_same_weights(teacher: Path, tmp_path: Path) -> None:
    data = some_latents()
    whole = make(teacher, tmp_path / "whole", steps=6)
    train(whole, data)
    first = make(teacher, tmp_path / "parts", steps=6)
    for _ in range(3):
        first.step(data)
    first.save()
    second = make(teacher, tmp_path / "parts", steps=6)
    assert second.clock.step == 3
    train(second, data)
    expected = whole.kept.state_dict()
    for name, weight in second.kept.state_dict().items():
        assert torch.equal(weight, expected[name]), name


def test_what_is_written_is_read_by_the_engine_and_by_diffusers_scheduler(
    teacher: Path, tmp_path: Path
) -> None:
    unet = load_parts(teacher).unet
    added = add_lora(unet, rank=2)
    for one in added.values():
        torch.nn.init.normal_(one.up, std=0.2)
    written = write_lora(tmp_path, added, unet, points=10)
    found = fast_of(tmp_path)
    assert found is not None
    assert (found.file, found.points) == (written, 10)
    scheduler = LCMScheduler.from_pretrained(written.parent)
    scheduler.set_timesteps(4)
    few = FewSteps(steps=4, points=10)
    assert tuple(scheduler.timesteps.tolist()) == few.timesteps
    with safe_open(written, "pt") as file:
        shapes = {name: tuple(file.get_tensor(name).shape) for name in file.keys()}  # noqa: SIM118
    conv = "unet.down_blocks.0.resnets.0.conv1"
    assert shapes[f"{conv}.lora_A.weight"] == (2, 8, 3, 3)
    assert shapes[f"{conv}.lora_B.weight"] == (8, 2, 1, 1)
    z, t, text = torch.randn(1, 4, 8, 8), torch.tensor([500]), torch.randn(1, 77, 16)
    plain = load_parts(teacher).unet
    with torch.no_grad(), with_lora(plain, load_lora(written, plain)):
        fused = plain(z, t, text).sample
    with torch.no_grad():
        student, bare = unet(z, t, text).sample, plain(z, t, text).sample
    assert torch.allclose(fused, student, atol=0.02)
    assert not torch.allclose(bare, student, atol=0.1)


def test_scenes_can_be_drawn_and_encoded_on_the_spot(teacher: Path) -> None:
    parts = load_parts(teacher)
    data = drawn(parts, FIRST, count=3, size=64)
    assert data.z.shape == (3, 4, 8, 8)
    assert data.ids.shape == (3, 1, 77)
    assert (data.z == drawn(parts, FIRST, count=3, size=64).z).all()
