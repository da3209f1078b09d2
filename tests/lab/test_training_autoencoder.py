# SPDX-License-Identifier: Apache-2.0
"""The autoencoder: sizes, files, locality, and that training folds its normalization away exactly."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rounding import assert_same, assert_same_weights

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.lab.training.autoencoder import Recipe, busyness, folded, reconstruct, train
from server.lab.training.autoencoder_optimizers import make_optimizers
from server.lab.training.clock import Budget, budget_of
from server.lab.training.decoder import encoded_pictures, faithful_loss, polish, windows_of
from server.lab.training.pictures import as_pixels, as_tensor, psnr, rendered

TINY = AutoencoderConfig(width=16, encoder_blocks=1, decoder_blocks=1, middle_width=4, fine_width=4)

UNSEEN = 1e-4
"""Of the largest value: what rounding may change where nothing reaches."""


def tiny(seed: int = 0) -> PatchAutoencoder:
    torch.manual_seed(seed)
    return PatchAutoencoder(TINY).eval()


@pytest.mark.parametrize(("height", "width"), [(8, 8), (64, 40), (256, 256), (24, 136)])
def test_any_multiple_of_eight_goes_through(height: int, width: int) -> None:
    model, x = tiny(), torch.rand(2, 3, height, width) * 2 - 1
    with torch.no_grad():
        z = model.encode(x)
        assert z.shape == (2, 4, height // 8, width // 8)
        assert model.decode(z).shape == x.shape


@pytest.mark.parametrize("shape", [(1, 3, 60, 64), (1, 3, 64, 63), (1, 4, 64, 64), (3, 64, 64)])
def test_other_sizes_are_refused_with_the_numbers(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=str(shape[-1])):
        tiny().encode(torch.zeros(shape))


def test_latents_with_other_channels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 5, 8, 8\)"):
        tiny().decode(torch.zeros(1, 5, 8, 8))


def test_a_far_pixel_changes_no_latent_and_a_far_latent_no_pixel() -> None:
    """Each 3x3 convolution reaches one cell: 2 per residual block, so far cells keep their values."""
    model, x = tiny(), torch.rand(1, 3, 128, 128) * 2 - 1
    with torch.no_grad():
        z, moved = model.encode(x), x.clone()
        moved[..., :8, :8] = 1.0
        changed = ((model.encode(moved) - z).abs() > UNSEEN * z.abs().max()).any(1)[0]
        assert changed[:1, :1].all()
        assert not changed[4:, :].any()
        assert not changed[:, 4:].any()
        z2 = z.clone()
        z2[..., 0, 0] += 1.0
        shown = model.decode(z)
        far = ((model.decode(z2) - shown).abs() > UNSEEN * shown.abs().max()).any(1)[0]
        assert far[:8, :8].any()
        assert not far[48:, :].any()


def test_scaled_latents_are_raw_latents_times_the_factor() -> None:
    model = tiny()
    config = AutoencoderConfig(**{**TINY.__dict__, "scaling_factor": 0.25})
    scaled = PatchAutoencoder(config)
    scaled.load_state_dict(model.state_dict())
    x = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert_same(scaled.encode(x), model.encode(x) * 0.25)
        assert_same(scaled.decode(scaled.encode(x)), model.decode(model.encode(x)))


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    model, x = tiny(), torch.rand(1, 3, 32, 32)
    model.save_pretrained(tmp_path, torch.float32)
    again = PatchAutoencoder.from_pretrained(tmp_path)
    assert again.config == model.config
    with torch.no_grad():
        assert_same_weights(again.state_dict(), model.state_dict())
        assert_same(again.encode(x), model.encode(x))
    assert (
        PatchAutoencoder.from_pretrained(tmp_path, torch.bfloat16)
        .encode(x.to(torch.bfloat16))
        .dtype
        == torch.bfloat16
    )


def test_a_config_of_another_class_or_size_is_refused(tmp_path: Path) -> None:
    tiny().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "width": 24}))
    with pytest.raises(ValueError, match="does not fit"):
        PatchAutoencoder.from_pretrained(tmp_path)
    path.write_text(json.dumps({**config, "_class_name": "AutoencoderKL"}))
    with pytest.raises(ValueError, match="AutoencoderKL"):
        PatchAutoencoder.from_pretrained(tmp_path)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"middle_width": 6}, {"scaling_factor": 0.0}])
def test_impossible_sizes_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(wrong)))):
        AutoencoderConfig(**wrong)  # pyright: ignore[reportArgumentType]


def test_training_learns_and_latents_come_out_normalized(tmp_path: Path) -> None:
    pictures = rendered(tmp_path, first=0, count=12, size=64)

    def made(steps: int) -> float:
        recipe = Recipe(budget=Budget(steps=steps), config=TINY, batch=4, crop=32, rate=1e-2)
        model = folded(train(pictures, recipe, run=tmp_path / str(steps)), pictures)
        with torch.no_grad():
            z = model.encode(as_tensor(pictures))
        assert z.mean((0, 2, 3)).abs().max() < 1e-3
        assert (z.std((0, 2, 3)) - 1).abs().max() < 1e-3
        return psnr(pictures, reconstruct(model, pictures))

    assert made(80) > made(1) + 3


def test_pictures_are_rendered_once_and_never_across_the_held_out_border(tmp_path: Path) -> None:
    first = rendered(tmp_path, first=5, count=2, size=32)
    stamp = [(p.name, p.stat().st_mtime_ns) for p in tmp_path.iterdir()]
    assert np.array_equal(rendered(tmp_path, first=5, count=2, size=32), first)
    assert [(p.name, p.stat().st_mtime_ns) for p in tmp_path.iterdir()] == stamp
    with pytest.raises(ValueError, match="held-out"):
        rendered(tmp_path, first=999_999, count=2, size=32)


def test_pixels_survive_the_way_to_the_network_and_back() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    assert np.array_equal(as_pixels(as_tensor(pixels)), pixels)
    assert psnr(pixels, pixels) > 80


def test_polishing_the_decoder_leaves_the_encoder_as_it_is(tmp_path: Path) -> None:
    pictures = rendered(tmp_path, first=0, count=4, size=32)
    model = tiny()
    before, error = model.encoder.state_dict(), psnr(pictures, reconstruct(model, pictures))
    kept = {name: value.clone() for name, value in before.items()}
    recipe = Recipe(budget=Budget(steps=30), config=TINY, batch=4, crop=32, rate=1e-2)
    model = polish(model, pictures, recipe, run=tmp_path)
    assert all(torch.equal(value, kept[name]) for name, value in model.encoder.state_dict().items())
    assert psnr(pictures, reconstruct(model, pictures)) > error + 1


def test_held_latents_stay_nearer_to_those_of_the_start(tmp_path: Path) -> None:
    pictures = rendered(tmp_path, first=0, count=8, size=64)
    first = Recipe(budget=Budget(steps=40), config=TINY, batch=4, crop=32, rate=1e-2)
    start = folded(train(pictures, first, run=tmp_path / "start"), pictures)

    def moved(hold: float) -> float:
        recipe = replace(first, budget=Budget(steps=30), seed=1, hold=hold)
        run = tmp_path / f"hold-{hold}"
        model = folded(train(pictures, recipe, run=run, start=start), pictures)
        with torch.no_grad():
            x = as_tensor(pictures)
            return float((model.encode(x) - start.encode(x)).square().mean())

    assert moved(10.0) < 0.5 * moved(0.0)


def test_muon_takes_the_convolutions_of_blocks_and_adamw_all_the_rest() -> None:
    model = tiny()
    muon, adam = make_optimizers(model, 1e-3)
    owned = [[p for group in o.param_groups for p in group["params"]] for o in (muon, adam)]
    assert sum(map(len, owned)) == len(list(model.parameters()))
    assert {tuple(p.shape[2:]) for p in owned[0]} == {(3, 3)}
    assert len(owned[0]) == 2 * 3


def test_windows_of_latents_lie_where_their_pixels_do(tmp_path: Path) -> None:
    """With one try and no noise a window's latents are a part of the whole picture's, its pixels those above them."""
    pictures = rendered(tmp_path, first=0, count=3, size=64)
    latents = encoded_pictures(tiny(), pictures)
    assert latents.shape == (3, 4, 8, 8)
    marked = latents.copy()
    marked[:, 0] = np.arange(64).reshape(8, 8)
    recipe = Recipe(
        budget=Budget(steps=1), config=TINY, batch=5, crop=24, tries=1, noise=0.0, seed=4
    )
    x, z = windows_of(pictures, marked, recipe, 0)
    pixels = as_pixels(x)
    for cut, code in zip(pixels, z.numpy(), strict=True):
        top, left = divmod(int(code[0, 0, 0]), 8)
        rows, columns = slice(8 * top, 8 * top + 24), slice(8 * left, 8 * left + 24)
        assert any(np.array_equal(picture[rows, columns], cut) for picture in pictures)
    again, _ = windows_of(pictures, marked, recipe, 0)
    assert torch.equal(again, x)


def test_the_busiest_window_is_chosen() -> None:
    picture = np.zeros((1, 64, 64, 3), np.uint8)
    picture[0, 40:64:4, 40:64:4] = 255
    recipe = Recipe(budget=Budget(steps=1), config=TINY, batch=6, crop=24, tries=64)
    x, _ = windows_of(picture, np.zeros((1, 4, 8, 8), np.float16), recipe, 0)
    assert all(busyness(cut) == busyness(picture[0, 40:, 40:]) for cut in as_pixels(x))


def test_the_polishing_loss_is_zero_for_the_picture_itself_and_grows_with_the_error() -> None:
    x = torch.rand(2, 3, 16, 16)
    assert faithful_loss(x, x) < 1e-3
    assert faithful_loss(x, x + 0.2) > faithful_loss(x, x + 0.1) > 0.1


def test_steps_win_over_minutes_where_they_are_given() -> None:
    assert budget_of(30.0, None) == Budget(minutes=30.0)
    assert budget_of(30.0, 200) == Budget(steps=200)
    with pytest.raises(ValueError, match="0"):
        budget_of(30.0, 0)
