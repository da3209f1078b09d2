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
from rounding import assert_same, assert_same_training
from transformers import CLIPTokenizer

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.lab.scenes import vocabulary
from server.lab.training import checkpoint
from server.lab.training.batches import batch_of, frame_of, is_inner, token_ids
from server.lab.training.bundle import LARGEST_FILE, files_of, write_hashes
from server.lab.training.clock import Budget, Clock, warm_cosine
from server.lab.training.denoiser import train
from server.lab.training.export import averaged, write_model
from server.lab.training.features import noise_and_features, pooled
from server.lab.training.frames import Frame
from server.lab.training.held_out import LEVELS, by_noise_level
from server.lab.training.latents import CAPTIONS
from server.lab.training.log import Log
from server.lab.training.losses import weights
from server.lab.training.networks import Sizes, make_scheduler, make_unet
from server.lab.training.recipe import Recipe, Share, parse_shares
from server.lab.training.run import Denoiser, Run, Sources, make_optimizers
from server.lab.training.sampling import load_parts, predictor, rebuild, sample
from server.lab.training.shards import Latents
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


HALF, FULL = Frame(width=64, height=64), Frame(width=128, height=64)


def latents(tokenizer: CLIPTokenizer, frame: Frame, count: int = 6) -> Latents:
    rng = np.random.default_rng(frame.width)
    ids = token_ids(tokenizer, ["a red boat on the lake"] * CAPTIONS).numpy().astype(np.int16)
    shape = frame.height // 8, frame.width // 8
    return Latents(
        z=rng.standard_normal((count, 4, *shape)).astype(np.float16),
        ids=np.repeat(ids[None], count, 0),
        seg=rng.integers(5, size=(count, *shape)).astype(np.uint8),
    )


def sources(tokenizer: CLIPTokenizer) -> Sources:
    return {frame: latents(tokenizer, frame) for frame in (HALF, FULL)}


def run_of(folder: Path, tokenizer: CLIPTokenizer, steps: int, **changes: object) -> Run:
    recipe = Recipe(
        budget=Budget(steps=steps),
        sizes=TINY,
        batch=1,
        shares=(Share(frame=HALF), Share(frame=FULL)),
        **changes,  # pyright: ignore[reportArgumentType]
    )
    return Run(recipe=recipe, folder=folder, tokenizer=tokenizer)


def work(run: Run, data: Sources, until: int) -> None:
    while run.clock.step < until:
        run.step(data)


def same(ours: torch.nn.Module, theirs: torch.nn.Module) -> bool:
    other = theirs.state_dict()
    return all(torch.equal(value, other[name]) for name, value in ours.state_dict().items())


def test_a_resumed_run_goes_the_same_way(tmp_path: Path, tokenizer: CLIPTokenizer) -> None:
    data = sources(tokenizer)
    whole = run_of(tmp_path / "whole", tokenizer, 4)
    work(whole, data, 4)
    first = run_of(tmp_path / "halves", tokenizer, 4)
    work(first, data, 2)
    first.save()
    second = run_of(tmp_path / "halves", tokenizer, 4)
    assert second.clock.step == 2
    work(second, data, 4)
    fresh = run_of(tmp_path / "fresh", tokenizer, 4)
    for part in ("model", "average", "head"):
        found, expected, start = (getattr(one, part).parameters() for one in (second, whole, fresh))
        assert_same_training(found, expected, start)
    assert not same(whole.model, whole.average)
    assert {frame_of(whole.recipe, step) for step in range(4)} == {HALF, FULL}


def test_a_stage_ends_with_its_budget_saved_shown_and_logged(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    run, shown = run_of(tmp_path, tokenizer, 4), []
    with Log(tmp_path / "log", every=2) as log:
        train(run, sources(tokenizer), log=log, show=lambda: shown.append(run.clock.step))
    assert run.clock.done
    assert shown == [4]
    lines = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert [line.split(" worked")[0] for line in lines] == ["step 2 50.0%", "step 4 100.0%"]
    assert run_of(tmp_path, tokenizer, 8).clock.step == 4


def test_a_run_goes_on_when_the_vocabulary_has_grown(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    run = run_of(tmp_path / "run", tokenizer, 2)
    work(run, sources(tokenizer), 2)
    run.save()
    more = ("dragon", "wizard")
    folder = tmp_path / "tokenizer"
    grown = write_tokenizer(folder, (*vocabulary(), *more), old=vocabulary())
    later = run_of(tmp_path / "run", grown, 4)
    name = "text_encoder.embeddings.token_embedding.weight"
    old, new = (one.model.get_parameter(name) for one in (run, later))
    assert len(new) == len(grown) > len(old)
    assert torch.equal(new[: len(old)], old)
    work(later, {**sources(grown)}, 4)


def test_steps_of_the_inner_levels_teach_them_alone_and_their_noise_is_the_pooled_one(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    data = sources(tokenizer)
    run = run_of(tmp_path, tokenizer, 40, inner=0.5, rate=3e-3, warm=1)
    kinds = [is_inner(run.recipe, step) for step in range(40)]
    assert {True, False} == set(kinds)
    outside, inside = run.model.unet.conv_out.weight, run.model.unet.mid_block
    assert inside is not None
    first = next(inside.parameters())
    for kind in kinds:
        before = outside.detach().clone(), first.detach().clone()
        found = run.step(data)
        assert (len(found.t) == 0) == kind
        assert torch.equal(outside, before[0]) == kind
        assert not torch.equal(first, before[1])
        assert torch.isfinite(found.total)
    eps = torch.randn(4, 4, 64, 64)
    assert float(pooled(eps).std()) == pytest.approx(1.0, abs=0.03)
    torch.testing.assert_close(
        pooled(torch.ones(1, 4, 2, 2)), torch.full((1, 4, 1, 1), 2.0), rtol=0, atol=0
    )


def test_a_checkpoint_from_before_the_pooled_head_goes_on(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    run = run_of(tmp_path, tokenizer, 4)
    work(run, sources(tokenizer), 2)
    modules = {"model": run.model, "average": run.average, "head": run.head}
    facts = {"step": 2, "worked": 1.0}
    older = make_optimizers(run.model, (run.head,), run.recipe)
    for one, other in zip(older, run.optimizers, strict=True):
        kept = {p for group in one.param_groups for p in group["params"]}
        one.state.update({p: state for p, state in other.state.items() if p in kept})
    checkpoint.save(run.path, modules=modules, optimizer=older, facts=facts)
    again = run_of(tmp_path, tokenizer, 4)
    assert again.clock.step == 2
    assert same(again.model, run.model)
    for one, other in zip(again.optimizers, run.optimizers, strict=True):
        pairs = zip(one.param_groups[0]["params"], other.param_groups[0]["params"], strict=True)
        heads = set(again.pooled.parameters())
        for mine, theirs in pairs:
            if mine not in heads:
                for key, value in other.state.get(theirs, {}).items():
                    assert torch.equal(one.state[mine][key], value)
    work(again, sources(tokenizer), 4)


def test_the_loss_falls_and_the_head_learns_the_map(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    run = run_of(tmp_path, tokenizer, 18, warm=3, rate=3e-3, cool=0.0, map_weight=1.0)
    data = {frame: latents(tokenizer, frame, 1) for frame in (HALF, FULL)}
    found = [run.step(data) for _ in range(18)]
    maps, errors = [float(one.map) for one in found], [float(one.errors.mean()) for one in found]
    assert np.mean(maps[-5:]) < 0.9 * np.mean(maps[:5])
    assert np.mean(errors[-5:]) < 0.98 * np.mean(errors[:5])


def test_held_out_errors_repeat_themselves(tmp_path: Path, tokenizer: CLIPTokenizer) -> None:
    run, data = run_of(tmp_path, tokenizer, 2), latents(tokenizer, HALF)
    found = by_noise_level(run, data, batches=1, size=4)
    assert found == by_noise_level(run, data, batches=1, size=4)
    assert set(found) == set(LEVELS)
    assert all(0.5 < error < 3 for error in found.values())  # an untrained network


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


def test_noise_beside_features_is_that_of_the_stock_forward() -> None:
    torch.manual_seed(0)
    unet = make_unet(TINY).eval()
    z, text, t = (
        torch.randn(2, 4, 8, 16),
        torch.randn(2, 77, TINY.text_width),
        torch.tensor([3, 700]),
    )
    with torch.no_grad():
        eps, features, inner = noise_and_features(unet, z, t, text)
        assert_same(eps, unet(z, t, text).sample)
    assert features.shape == (2, TINY.channels[2], 4, 8)
    assert inner.shape == (2, TINY.channels[1], 4, 8)


def test_a_batch_follows_from_seed_and_step_alone(tokenizer: CLIPTokenizer) -> None:
    data, nothing = latents(tokenizer, HALF), token_ids(tokenizer, [""])[0]
    recipe = Recipe(budget=Budget(steps=1), empty=0.25)
    one, again = (batch_of(data, nothing, recipe, size=400, step=3) for _ in range(2))
    other = batch_of(data, nothing, recipe, size=400, step=4)
    assert torch.equal(one.eps, again.eps)
    assert not torch.equal(one.eps, other.eps)
    empty = (one.ids == nothing).all(1).float().mean()
    assert 0.15 < empty < 0.35
    assert torch.equal(one.t.sort().values // 25, torch.arange(400) // 10)


def test_a_lean_draws_more_timesteps_of_strong_noise(tokenizer: CLIPTokenizer) -> None:
    data, nothing = latents(tokenizer, HALF), token_ids(tokenizer, [""])[0]
    recipe = Recipe(budget=Budget(steps=1), lean=1.0)
    t = batch_of(data, nothing, recipe, size=400, step=3).t
    assert (t >= 600).float().mean() == pytest.approx(0.64, abs=0.01)
    assert 0 <= int(t.min()) < 100
    assert int(t.max()) <= 999
    with pytest.raises(ValueError, match="at least 0"):
        Recipe(budget=Budget(steps=1), lean=-0.5)


def test_the_exported_folder_loads_samples_and_inverts(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    run = run_of(tmp_path / "run", tokenizer, 2)
    work(run, sources(tokenizer), 1)
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


def test_the_whole_model_comes_in_files_that_may_be_bundled(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    torch.manual_seed(0)
    model = Denoiser(Sizes(), tokenizer)
    wanted = model.unet.mid_block.state_dict()  # pyright: ignore[reportOptionalMemberAccess]
    write_model(tmp_path, model, PatchAutoencoder(TINY_VAE), vocabulary())
    shards = [name for name in files_of(tmp_path) if name.startswith("unet/") and "-0000" in name]
    assert len(shards) == 2
    assert all((tmp_path / name).stat().st_size <= LARGEST_FILE for name in shards)
    found = load_parts(tmp_path).unet.mid_block.state_dict()  # pyright: ignore[reportOptionalMemberAccess]
    assert all(torch.equal(value, wanted[name].half().float()) for name, value in found.items())


def test_a_file_too_large_to_bundle_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.safetensors").open("wb") as file:
        file.truncate(15_000_001)
    with pytest.raises(ValueError, match="15000001"):
        write_hashes(tmp_path, 20_000_000)
    (tmp_path / "large.safetensors").rename(tmp_path / "MODEL_CARD.md")
    (tmp_path / "small.safetensors").write_bytes(b"12345")
    assert write_hashes(tmp_path, 5) == 5
    with pytest.raises(ValueError, match="all together 5"):
        write_hashes(tmp_path, 4)


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
    with pytest.raises(ValueError, match="128 channels do not split into 5 heads"):
        Sizes(heads=(1, 2, 5, 4))


def test_weights_are_those_of_the_velocity_in_strong_noise_and_min_snr_in_weak() -> None:
    recipe, snr = Recipe(budget=Budget(steps=1)), torch.tensor([1000.0, 10.0, 1.0, 0.25, 0.001])
    expected = torch.tensor([0.2 * 1.001, 0.5 * 1.1, 2.0, 5.0, 40.0])
    torch.testing.assert_close(weights(snr, recipe), expected)


def test_the_rate_rises_stays_and_falls_and_smaller_pictures_come_in_larger_batches() -> None:
    recipe = Recipe(budget=Budget(steps=1000), rate=1.0, warm=10, cool=0.2, batch=16)
    assert recipe.rate_at(0, 0.0) == pytest.approx(0.1)
    assert recipe.rate_at(9, 0.0) == recipe.rate_at(799, 0.799) == 1.0
    assert recipe.rate_at(900, 0.9) == pytest.approx(0.5)
    assert Recipe(budget=Budget(steps=9), cool=0.0, rate=1.0).rate_at(999, 1.0) == 1.0
    assert recipe.pictures(Frame(width=128, height=128)) == 64
    assert recipe.pictures(Frame(width=320, height=192)) == 17


def test_shares_are_read_from_text_and_followed() -> None:
    shares = parse_shares("256x256:3,320x192")
    assert [(s.frame.width, s.frame.height, s.weight) for s in shares] == [
        (256, 256, 3.0),
        (320, 192, 1.0),
    ]
    recipe = Recipe(budget=Budget(steps=1), shares=shares)
    wide = [frame_of(recipe, step).width == 320 for step in range(400)]
    assert 0.18 < np.mean(wide) < 0.32
    with pytest.raises(ValueError, match="positive, got 0"):
        parse_shares("256x256:0")
    with pytest.raises(ValueError, match="multiples of 64, got 248 x 256"):
        parse_shares("248x256")
