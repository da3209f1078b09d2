# SPDX-License-Identifier: Apache-2.0
"""Distillation into a few-step LoRA: jumps follow the teacher's paths, runs resume, files are read elsewhere."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from rounding import assert_same, assert_same_training
from safetensors import safe_open
from torch import Tensor

from server.engine.diffusion.jump_sampler import Jumps
from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.engine.models.few_step_profile import fast_of
from server.engine.models.lora import load_lora, with_lora
from server.lab.training.bundle import HASHES, write_hashes
from server.lab.training.clock import Budget
from server.lab.training.export import LARGEST_MODEL, write_model
from server.lab.training.fewstep.lora import add_lora, without, write_lora
from server.lab.training.fewstep.loss import Pairs, Walk, jump_loss, walked
from server.lab.training.fewstep.train import Recipe, Run, jumped, train
from server.lab.training.networks import Sizes, make_scheduler
from server.lab.training.run import Denoiser
from server.lab.training.sampling import load_parts, sample
from server.lab.training.tokenizer import write_tokenizer
from server.lab.training.worlds import FIRST

SIZES = Sizes(
    channels=(8, 8, 16, 16), heads=(1, 1, 2, 2), groups=4, text_width=16, text_heads=2, text_layers=1
)  # fmt: skip
VAE = AutoencoderConfig(width=16, encoder_blocks=1, decoder_blocks=1, middle_width=4, fine_width=4)
ALPHA_BAR = make_scheduler().alphas_cumprod
JUMPS = Jumps(steps=4)


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


def make(teacher: Path, folder: Path, steps: int, **more: float) -> Run:
    recipe = Recipe(budget=Budget(steps=steps), rank=2, inner=2, paths=2, side=8, **more)  # pyright: ignore[reportArgumentType]
    return Run(recipe=recipe, folder=folder, parts=load_parts(teacher))


def gaussian_eps(z: Tensor, t: Tensor, _text: Tensor) -> Tensor:
    """The exact noise prediction where pictures are standard normal: E[eps | z] = sqrt(1 - abar) z."""
    return (1 - ALPHA_BAR[t].view(-1, 1, 1, 1)).sqrt() * z


def staying_eps(z: Tensor, t: Tensor, _text: Tensor) -> Tensor:
    """What a student must predict in that world, where the probability flow leaves every latent as it is."""
    ends = dict(zip(JUMPS.timesteps, JUMPS.timesteps[1:], strict=False))
    then = torch.tensor([ends[int(one)] for one in t]).clamp(min=0)
    now, level = (ALPHA_BAR[at].view(-1, 1, 1, 1).double() for at in (t, then))
    ratio = (level / now).sqrt()
    return (z * (1 - ratio) / ((1 - level).sqrt() - ratio * (1 - now).sqrt())).float()


def gaussian_pairs(inner: int, scale: float = 1.0, empty_eps=gaussian_eps) -> tuple[Walk, Pairs]:
    walk = Walk(jumps=JUMPS, inner=inner, scale=scale, alpha_bar=ALPHA_BAR)

    def teacher(z: Tensor, t: Tensor, text: Tensor) -> Tensor:
        nothing = (text == 0).all((1, 2)).view(-1, 1, 1, 1)
        return torch.where(nothing, empty_eps(z, t, text), gaussian_eps(z, t, text))

    noise = torch.randn((4, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    text, empty = torch.ones(4, 1, 1), torch.zeros(1, 1, 1)
    return walk, walked(teacher, walk, noise=noise, text=text, empty=empty)


def test_the_loss_is_least_for_the_student_that_follows_the_flow() -> None:
    """Where everything is normal the end of every path is known; the plain teacher in one jump misses it."""
    walk, pairs = gaussian_pairs(inner=50)
    assert float((pairs.end - pairs.z).square().mean()) < 1e-4
    perfect = float(jump_loss(staying_eps, walk, pairs).mean())
    plain = float(jump_loss(gaussian_eps, walk, pairs).mean())
    assert perfect < 1e-4
    assert plain > 100 * perfect


def test_guidance_is_built_into_the_paths() -> None:
    """eps_0 + s (eps_c - eps_0): with an empty prediction of zero the guided one is s times the wanted one."""
    walk, pairs = gaussian_pairs(1, 3.0, lambda z, _t, _text: torch.zeros_like(z))
    tripled = jump_loss(lambda z, t, text: 3 * gaussian_eps(z, t, text), walk, pairs)
    assert float(tripled.max()) < 1e-8
    assert float(jump_loss(gaussian_eps, walk, pairs).min()) > 1e-3


def test_paths_are_cut_where_the_jumps_are() -> None:
    walk, pairs = gaussian_pairs(inner=4)
    assert walk.inside(0) == [999, 936, 874, 812, 749]
    assert walk.inside(3)[-1] == -1
    assert pairs.t.tolist() == [999] * 4 + [749] * 4 + [499] * 4 + [249] * 4
    assert pairs.then.tolist() == [749] * 4 + [499] * 4 + [249] * 4 + [-1] * 4
    assert torch.equal(pairs.z[4:], pairs.end[:-4])
    assert len(pairs.text) == 16


def test_impossible_walks_are_refused() -> None:
    for wrong in ({"scale": 0.5}, {"scale": 31.0}, {"inner": 0}, {"inner": 300}):
        with pytest.raises(ValueError, match=r"guidance scale|steps each"):
            Walk(**{"jumps": JUMPS, "inner": 2, "scale": 3.0, "alpha_bar": ALPHA_BAR, **wrong})


def test_at_first_the_student_is_the_teacher_and_later_the_teacher_stays(teacher: Path) -> None:
    unet = load_parts(teacher).unet
    z, t, text = torch.randn(1, 4, 8, 8), torch.tensor([500]), torch.randn(1, 77, 16)
    with torch.no_grad():
        plain = unet(z, t, text).sample
        added = add_lora(unet, rank=2, parts="attention")
        assert_same(unet(z, t, text).sample, plain)
        for one in added.values():
            one.up.add_(0.1)
        assert not torch.allclose(unet(z, t, text).sample, plain)
        with without(added):
            assert_same(unet(z, t, text).sample, plain)
    trained = {name for name, weight in unet.named_parameters() if weight.requires_grad}
    assert trained
    assert all(".parametrizations.weight." in name for name in trained)


def test_unknown_layers_and_empty_ranks_are_refused(teacher: Path) -> None:
    for wrong in ({"rank": 0}, {"rank": 2, "parts": "some"}):
        with pytest.raises(ValueError, match=r"rank is at least 1|parts are one of"):
            add_lora(load_parts(teacher).unet, **wrong)  # pyright: ignore[reportArgumentType]


def test_steps_lower_the_loss(teacher: Path, tmp_path: Path) -> None:
    run = make(teacher, tmp_path, steps=20, rate=2e-3)
    with torch.no_grad():
        before = float(run.loss(FIRST, 0).mean())
    for _ in range(8):
        run.step(FIRST)
    with torch.no_grad():
        after = float(run.loss(FIRST, 0).mean())
    assert math.isfinite(after)
    assert after < 0.9 * before


def test_an_interrupted_run_goes_on_to_the_same_weights(teacher: Path, tmp_path: Path) -> None:
    whole = make(teacher, tmp_path / "whole", steps=4)
    start = [weight.detach().clone() for weight in whole.kept.parameters()]
    train(whole, FIRST)
    first = make(teacher, tmp_path / "parts", steps=4)
    for _ in range(2):
        first.step(FIRST)
    first.save()
    second = make(teacher, tmp_path / "parts", steps=4)
    assert second.clock.step == 2
    train(second, FIRST)
    assert_same_training(second.kept.parameters(), whole.kept.parameters(), start)


def test_pictures_of_the_student_begin_with_the_same_noise_as_the_teachers(
    teacher: Path, tmp_path: Path
) -> None:
    run = make(teacher, tmp_path, steps=1)
    made = jumped(run, ["sun", "boat"], seed=3)
    assert made.shape == (2, 64, 64, 3)
    plain = sample(load_parts(teacher), ["sun", "boat"], steps=4, scale=1.0, seed=3, shape=(8, 8))
    near = abs(made.astype(float) - plain).mean()
    other = abs(jumped(run, ["sun", "boat"], seed=4).astype(float) - plain).mean()
    assert near < 0.75 * other


def test_what_is_written_is_read_by_the_engine_and_by_diffusers_scheduler(
    teacher: Path, tmp_path: Path
) -> None:
    unet = load_parts(teacher).unet
    added = add_lora(unet, rank=2)
    for one in added.values():
        torch.nn.init.normal_(one.up, std=0.2)
    written = write_lora(tmp_path, added, unet)
    found = fast_of(tmp_path)
    assert found is not None
    assert (found.file, found.jumps) == (written, True)
    scheduler = DDIMScheduler.from_pretrained(written.parent)
    assert isinstance(scheduler, DDIMScheduler)
    scheduler.set_timesteps(4)
    assert tuple(scheduler.timesteps.tolist()) == JUMPS.timesteps[:-1]
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


def test_a_lora_has_its_sum_and_goes_when_the_weights_are_replaced(
    teacher: Path, tmp_path: Path
) -> None:
    parts = load_parts(teacher)
    words = ("sun", "boat", "lake")
    tokenizer = write_tokenizer(tmp_path / "words", words)
    folder, model = tmp_path / "model", Denoiser(SIZES, tokenizer)
    write_model(folder, model, PatchAutoencoder(VAE), words)
    written = write_lora(folder, add_lora(parts.unet, rank=2), parts.unet)
    write_hashes(folder, LARGEST_MODEL)
    sums = json.loads((folder / HASHES).read_text("utf-8"))
    assert sums[f"fast/{written.name}"] == hashlib.sha256(written.read_bytes()).hexdigest()
    write_model(folder, model, PatchAutoencoder(VAE), words)
    assert fast_of(folder) is None
    assert not [name for name in json.loads((folder / HASHES).read_text("utf-8")) if "fast" in name]
