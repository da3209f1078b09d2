# SPDX-License-Identifier: Apache-2.0
"""Training the generator of heads: batches repeat, fitting learns and resumes to the bit, losses are right."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from server.engine.gan.config import GeneratorConfig
from server.engine.gan.stylegan2 import Generator, Rendering
from server.engine.models.stylegan2 import load_generator
from server.lab.heads import FIELDS, draw, head_of_z
from server.lab.training import checkpoint
from server.lab.training.clock import Budget
from server.lab.training.gan_batches import Wish, drawn, source
from server.lab.training.gan_critic import Critic
from server.lab.training.gan_export import HOW, newest, write_model
from server.lab.training.gan_fit import Fit
from server.lab.training.gan_fit import train as fit
from server.lab.training.gan_losses import path_lengths, picture_loss, r1_penalty
from server.lab.training.gan_recipe import BUNDLED, FitRecipe, RefineRecipe, Stage
from server.lab.training.gan_refine import Refine, fitted
from server.lab.training.gan_trained import manner, picture_at, report

TINY = GeneratorConfig(
    z_dim=40, w_dim=24, mapping_layers=2, channels=(16, 16, 12, 8), lr_multiplier=0.1
)
"""32 pixels."""


def recipe(steps: int) -> FitRecipe:
    return FitRecipe(
        budget=Budget(steps=steps),
        config=TINY,
        batch=4,
        rate=1e-2,
        decay=0.5,
        stages=(Stage(until=0.4, block=2, batch=6), Stage(until=1.0, block=3, batch=3)),
    )


def test_a_batch_shows_the_heads_its_latents_mean() -> None:
    wish = Wish(seed=3, step=7, count=2, z_dim=40, size=32)
    z, pictures = drawn(wish)
    assert np.array_equal(drawn(wish)[0], z)
    assert not np.array_equal(drawn(replace(wish, step=8))[0], z)
    assert np.array_equal(pictures[1], draw(head_of_z([float(v) for v in z[1]]), 32))


@pytest.mark.slow
def test_processes_draw_the_same_batches() -> None:
    def wish(step: int) -> Wish:
        return Wish(seed=0, step=step, count=2, z_dim=40, size=16 if step < 3 else 32)

    with source(wish, workers=0) as alone, source(wish, workers=1) as pooled:
        for step in (0, 1, 2, 3, 9):
            for one, other in zip(alone.batch(step), pooled.batch(step), strict=True):
                assert torch.equal(one, other)


def test_the_bundled_generator_fits_its_ten_megabytes() -> None:
    generator = Generator(BUNDLED)
    weights = sum(p.numel() for p in generator.parameters())
    noise = sum(b.numel() for b in generator.buffers())
    assert 2 * (weights + noise) < 10_000_000
    assert BUNDLED.size == 256
    assert len(FIELDS) < BUNDLED.z_dim


def test_pictures_at_the_last_block_are_the_generators() -> None:
    torch.manual_seed(0)
    generator = Generator(TINY)
    ws = generator.mapping.ws(torch.randn(2, 40))
    how = Rendering(noise="none")
    assert torch.allclose(picture_at(generator, ws, 3, how), generator.synthesis(ws, how=how))
    assert picture_at(generator, ws, 1, how).shape == (2, 3, 8, 8)
    half = picture_at(generator, ws, 3, manner(generator, half=True))
    assert torch.allclose(half, picture_at(generator, ws, 3, how), atol=0.2)


def test_fitting_learns_and_goes_on_to_the_bit(tmp_path: Path) -> None:
    whole = Fit(recipe(16), tmp_path / "whole", half=False)
    before = report(whole.average, count=4)
    fit(whole, save_every=16)
    after = report(whole.average, tmp_path / "sheet.png", count=4)
    assert after > before + 0.5, (before, after)
    assert (tmp_path / "sheet.png").exists()

    first = Fit(recipe(16), tmp_path / "parts", half=False)
    with source(first.wish, workers=0) as batches:
        for _ in range(7):
            first.step(batches)
    first.save()
    second = Fit(recipe(16), tmp_path / "parts", half=False)
    assert second.clock.step == 7
    fit(second, save_every=16)
    for one, other in zip(whole.average.parameters(), second.average.parameters(), strict=True):
        assert torch.equal(one, other)


def test_refining_moves_both_networks_and_resumes(tmp_path: Path) -> None:
    run = Fit(recipe(2), tmp_path, half=False)
    fit(run)
    how = RefineRecipe(
        budget=Budget(steps=4), config=TINY, batch=4, critic=(8, 8, 12, 16), path_every=2
    )
    refine = Refine(how, tmp_path, fitted(tmp_path / "gan-fit.safetensors", how))
    critic = [p.detach().clone() for p in refine.critic.parameters()]
    with source(refine.wish, workers=0) as batches:
        found = refine.step(batches)
        assert {"critic", "apart", "path"} <= set(found)
        assert np.isfinite(list(found.values())).all()
        refine.step(batches)
    moved = [not torch.equal(a, b) for a, b in zip(critic, refine.critic.parameters(), strict=True)]
    assert sum(moved) > len(moved) // 2
    assert refine.mean_path > 0
    refine.save()
    again = Refine(how, tmp_path, fitted(tmp_path / "gan-fit.safetensors", how))
    assert (again.clock.step, again.mean_path) == (2, refine.mean_path)
    kept = checkpoint.part(tmp_path / "gan-refine.safetensors", "generator")
    for name, value in again.generator.state_dict().items():
        assert torch.equal(kept[name], value)
    with pytest.raises(ValueError, match="run gan_fit first"):
        fitted(tmp_path / "nothing.safetensors", how)


def test_the_model_folder_is_what_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(4)
    generator = Generator(TINY).requires_grad_(False)
    size = write_model(tmp_path, generator, how=HOW["gan-fit.safetensors"], found=31.25)
    loaded = load_generator(tmp_path)
    assert loaded.generator.config == TINY
    z = torch.randn(2, 40)
    assert torch.allclose(loaded.generator(z), generator(z), atol=0.1)
    weights = sum(value.numel() for value in generator.state_dict().values())
    assert 2 * weights <= size < 2 * weights + 20_000
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "by regression alone" in card
    assert "31.25 dB" in card
    with pytest.raises(ValueError, match="run gan_fit first"):
        newest(tmp_path)


def test_r1_is_half_the_squared_slope() -> None:
    x = torch.randn(3, 3, 4, 4, requires_grad=True)
    plane = torch.randn(3, 4, 4)
    found = r1_penalty((x * plane).sum((1, 2, 3)), x)
    assert float(found) == pytest.approx(0.5 * float(plane.square().sum()), rel=1e-5)


def test_path_length_of_a_linear_map_is_its_norm() -> None:
    ws = torch.randn(2, 5, 6, requires_grad=True)
    pictures = 3.0 * ws.reshape(2, 1, 5, 6)
    noise = torch.randn(2, 1, 5, 6)
    found = path_lengths(pictures, ws, noise)
    wanted = 3.0 * (noise[:, 0] / 30**0.5).square().sum(2).mean(1).sqrt()
    assert torch.allclose(found, wanted, rtol=1e-5)


def test_the_critic_sees_a_batch_of_one_and_the_same() -> None:
    torch.manual_seed(1)
    critic = Critic((8, 8, 12, 16))
    x = torch.randn(4, 3, 32, 32)
    alike = x[:1].expand(4, -1, -1, -1)
    with torch.no_grad():
        assert critic(x).shape == (4,)
        assert float((critic(alike)[0] - critic(x)[0]).abs()) > 1e-6


def test_the_loss_is_zero_for_the_truth_only() -> None:
    x = torch.rand(1, 3, 32, 32)
    assert float(picture_loss(x, x)) == 0
    assert float(picture_loss(x, x + 0.1)) == pytest.approx(0.3, rel=1e-3)


def test_impossible_recipes_are_refused_with_the_numbers() -> None:
    budget = Budget(steps=1)
    with pytest.raises(ValueError, match=r"35 numbers.*got 16"):
        FitRecipe(budget=budget, config=replace(TINY, z_dim=16))
    with pytest.raises(ValueError, match="needs 4 widths"):
        RefineRecipe(budget=budget, config=TINY)
    with pytest.raises(ValueError, match="got 1"):
        RefineRecipe(budget=budget, config=TINY, critic=(8, 8, 8, 8), batch=1)
