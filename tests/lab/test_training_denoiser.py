# SPDX-License-Identifier: Apache-2.0
"""Denoiser training: SD1.5's topology, exact resume, what a batch holds, and the exported folder."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.attention_processor import Attention
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTokenizer

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.lab.scenes import vocabulary
from server.lab.training.clock import Budget, Clock, warm_cosine
from server.lab.training.denoiser import Recipe, Run, batch_of, token_ids, train, weights
from server.lab.training.export import averaged, files_of, write_hashes, write_model
from server.lab.training.latents import CAPTIONS, Latents, encoded
from server.lab.training.networks import LeanAttention, Sizes, make_scheduler, make_unet
from server.lab.training.sampling import load_parts, predictor, rebuild, sample
from server.lab.training.tokenizer import write_tokenizer

TINY = Sizes(
    channels=(8, 8, 16, 16),
    heads=(1, 1, 2, 2),
    groups=4,
    text_width=16,
    text_heads=2,
    text_layers=1,
)
TINY_VAE = AutoencoderConfig(
    width=16, encoder_blocks=1, decoder_blocks=1, middle_width=4, fine_width=4
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    return write_tokenizer(tmp_path_factory.mktemp("tokenizer"), vocabulary())


def latents(tokenizer: CLIPTokenizer, side: int, count: int = 6) -> Latents:
    rng = np.random.default_rng(side)
    ids = token_ids(tokenizer, ["a red boat on the lake"] * CAPTIONS).numpy().astype(np.int16)
    z = rng.standard_normal((count, 4, side, side)).astype(np.float16)
    return Latents(z=z, ids=np.repeat(ids[None], count, 0))


def run_of(folder: Path, tokenizer: CLIPTokenizer, steps: int) -> Run:
    recipe = Recipe(budget=Budget(steps=steps), sizes=TINY, batch=2, coarse_batch=2, coarse=0.5)
    return Run(recipe=recipe, folder=folder, tokenizer=tokenizer)


def work(run: Run, tokenizer: CLIPTokenizer, until: int) -> None:
    coarse, fine = latents(tokenizer, 8), latents(tokenizer, 16)
    while run.clock.step < until:
        run.step(coarse if run.clock.progress < run.recipe.coarse else fine, 2)


def test_a_resumed_run_is_bit_identical(tmp_path: Path, tokenizer: CLIPTokenizer) -> None:
    whole = run_of(tmp_path / "whole", tokenizer, 4)
    work(whole, tokenizer, 4)
    first = run_of(tmp_path / "halves", tokenizer, 4)
    work(first, tokenizer, 2)
    first.save()
    second = run_of(tmp_path / "halves", tokenizer, 4)
    assert second.clock.step == 2
    work(second, tokenizer, 4)
    for ours, theirs in ((second.model, whole.model), (second.average, whole.average)):
        other = theirs.state_dict()
        assert all(torch.equal(value, other[name]) for name, value in ours.state_dict().items())
    assert not torch.equal(whole.model.unet.conv_in.weight, whole.average.unet.conv_in.weight)


def test_train_goes_from_coarse_to_fine_saves_and_says_so(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    run, asked = run_of(tmp_path, tokenizer, 4), []
    coarse, fine = latents(tokenizer, 8), latents(tokenizer, 16)

    def late() -> Latents:
        asked.append(run.clock.step)
        return fine

    train(run, coarse=coarse, fine=late, say=lambda _: None)
    assert asked == [2]
    assert run.clock.done
    assert run_of(tmp_path, tokenizer, 4).clock.step == 4


def test_the_module_list_is_that_of_sd15() -> None:
    """Same blocks, layers and attention as Stable Diffusion 1.5: names, not sizes."""
    with torch.device("meta"):
        sd15 = UNet2DConditionModel(
            sample_size=64,
            block_out_channels=(320, 640, 1280, 1280),
            cross_attention_dim=768,
            attention_head_dim=8,
        )
        ours = make_unet(Sizes())
    assert list(ours.state_dict()) == list(sd15.state_dict())
    kinds = [(name, type(module)) for name, module in ours.named_modules()]
    assert kinds == [(name, type(module)) for name, module in sd15.named_modules()]
    layers = [name for name, module in ours.named_modules() if isinstance(module, Attention)]
    assert sum(name.endswith("attn1") for name in layers) == 16
    assert sum(name.endswith("attn2") for name in layers) == 16
    assert sum(value.numel() for value in ours.parameters()) <= 11_000_000


def test_the_schedule_is_that_of_sd15() -> None:
    levels = make_scheduler().alphas_cumprod
    roots = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64)
    expected = (1 - roots.square()).cumprod(0)
    torch.testing.assert_close(levels.double(), expected, rtol=2e-5, atol=0)


@pytest.mark.parametrize("side", [8, 32])
def test_lean_attention_gives_what_the_stock_processor_gives(side: int) -> None:
    torch.manual_seed(0)
    unet = make_unet(TINY).eval()
    z, text = torch.randn(1, 4, side, side), torch.randn(1, 77, TINY.text_width)
    with torch.no_grad():
        stock = unet(z, 500, text).sample
        unet.set_attn_processor(LeanAttention())  # pyright: ignore[reportArgumentType]
        torch.testing.assert_close(unet(z, 500, text).sample, stock, rtol=1e-4, atol=1e-5)


def test_a_batch_follows_from_seed_and_step_alone(tokenizer: CLIPTokenizer) -> None:
    data, nothing = latents(tokenizer, 8), token_ids(tokenizer, [""])[0]
    recipe = Recipe(budget=Budget(steps=1), empty=0.25)
    one, again = (batch_of(data, nothing, recipe, size=400, step=3) for _ in range(2))
    other = batch_of(data, nothing, recipe, size=400, step=4)
    assert torch.equal(one.eps, again.eps)
    assert not torch.equal(one.eps, other.eps)
    empty = (one.ids == nothing).all(1).float().mean()
    assert 0.15 < empty < 0.35
    assert torch.equal(one.t.sort().values // 25, torch.arange(400) // 10)


def test_encoding_goes_on_where_it_was_stopped(tmp_path: Path, tokenizer: CLIPTokenizer) -> None:
    torch.manual_seed(0)
    vae = PatchAutoencoder(TINY_VAE).eval()
    whole = encoded(tmp_path / "a", vae, tokenizer, first=0, count=20, size=32)
    broken = tmp_path / "b"
    encoded(broken, vae, tokenizer, first=0, count=20, size=32)
    for kind in ("latents", "tokens"):
        done = broken / f"{kind}-0-20-32.npy"
        part = done.rename(broken / f"{kind}-0-20-32.part.npy")
        np.lib.format.open_memmap(part, "r+")[16:] = 0
    again = encoded(broken, vae, tokenizer, first=0, count=20, size=32)
    assert np.array_equal(again.z, whole.z)
    assert np.array_equal(again.ids, whole.ids)
    assert whole.ids.shape == (20, CAPTIONS, 77)


def test_the_exported_folder_loads_samples_and_inverts(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    run = run_of(tmp_path / "run", tokenizer, 2)
    work(run, tokenizer, 1)
    run.save()
    model, step = averaged(run.path, TINY, tokenizer)
    assert step == 1
    folder = tmp_path / "model"
    write_model(folder, model, PatchAutoencoder(TINY_VAE), vocabulary())
    parts = load_parts(folder)
    pictures = sample(parts, ["a red boat", "the sun"], steps=2, scale=2.0, seed=0)
    assert pictures.shape == (2, 256, 256, 3)
    assert rebuild(parts, pictures[:, :64, :64], steps=2).shape == (2, 64, 64, 3)
    z = torch.randn(1, 4, 8, 8)
    plain = predictor(parts, ["the sun"])(z, 300)
    nothing = predictor(parts, [""])(z, 300)
    guided = predictor(parts, ["the sun"], 3.0)(z, 300)
    torch.testing.assert_close(guided, nothing + 3 * (plain - nothing), rtol=1e-3, atol=1e-4)
    for name, digest in json.loads((folder / "hashes.json").read_text()).items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert {"model_index.json", "tokenizer/vocab.json"} < set(files_of(folder))


def test_a_file_too_large_to_bundle_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.safetensors").open("wb") as file:
        file.truncate(15_000_001)
    with pytest.raises(ValueError, match="15000001"):
        write_hashes(tmp_path)


def test_the_clock_ends_with_its_budget_and_the_rate_falls() -> None:
    clock = Clock(budget=Budget(minutes=1.0), worked=59.9)
    assert not clock.done
    clock.worked = 60.1
    assert clock.done
    rates = [warm_cosine(p / 100) for p in range(101)]
    assert max(rates) == pytest.approx(1.0, abs=1e-3)
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(0.01)


@pytest.mark.parametrize("wrong", [{}, {"steps": 3, "minutes": 1.0}, {"steps": 0}])
def test_impossible_budgets_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"budget|either"):
        Budget(**wrong)  # pyright: ignore[reportArgumentType]


def test_head_counts_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ValueError, match="112 channels do not split into 5 heads"):
        Sizes(heads=(1, 2, 5, 4))


def test_weights_are_min_snr_first_and_those_of_the_velocity_late() -> None:
    recipe, snr = Recipe(budget=Budget(steps=1)), torch.tensor([1000.0, 10.0, 1.0, 0.25, 0.001])
    early = torch.tensor([0.2, 0.5, 1.0, 1.0, 1.0])
    torch.testing.assert_close(weights(snr, recipe, 0.74), early)
    late = torch.tensor([1.001, 1.1, 2.0, 5.0, 20.0])
    torch.testing.assert_close(weights(snr, recipe, 0.75), late)
