# SPDX-License-Identifier: Apache-2.0
"""Training the generator of heads: a store repeats, fitting learns and resumes to the bit, losses are right."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rounding import assert_same, assert_same_training
from torch.nn import functional as F

from server.engine.api import EngineError
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.ops import upsample
from server.engine.gan.stylegan2 import Generator, Rendering
from server.engine.models.gan_profile import gan_profile
from server.engine.models.stylegan2 import load_generator
from server.lab.evaluate.card_parts import filled
from server.lab.evaluate.gan.card import SECTIONS
from server.lab.heads import COLORS, FIELDS, Head, draw, head_of_two, head_of_z, landmarks
from server.lab.training import checkpoint
from server.lab.training.bundle import files_of
from server.lab.training.clock import Budget
from server.lab.training.gan.critic import Critic
from server.lab.training.gan.export import HOW, newest, write_model
from server.lab.training.gan.fit import Fit, newborn
from server.lab.training.gan.fit import train as fit
from server.lab.training.gan.forward import pictures, rows_of
from server.lab.training.gan.losses import FOCUS, path_lengths, picture_loss, r1_penalty
from server.lab.training.gan.recipe import BUNDLED, PULLED, FitRecipe, RefineRecipe, Stage
from server.lab.training.gan.refine import Refine, fitted
from server.lab.training.gan.store import Store, boxes_of, fill, focus_of, head_of, latents
from server.lab.training.gan.trained import LINE, report
from server.lab.training.pictures import as_pixels
from server.lab.training.together import Together

TINY = GeneratorConfig(
    z_dim=40, w_dim=24, mapping_layers=2, channels=(16, 16, 12, 8), lr_multiplier=0.1
)
"""32 pixels."""


def recipe(steps: int) -> FitRecipe:
    return FitRecipe(
        budget=Budget(steps=steps),
        config=TINY,
        rate=2e-2,
        matrix_rate=4e-2,
        horizon=0.5,
        stages=(Stage(until=0.4, block=2, batch=6), Stage(until=1.0, block=3, batch=3)),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A few heads of 32 pixels."""
    folder = tmp_path_factory.mktemp("store")
    assert list(fill(folder, seed=0, count=12, size=32, z_dim=40)) == [12]
    return Store(folder, seed=0, z_dim=40)


def test_a_store_shows_the_heads_its_latents_mean(store: Store) -> None:
    batch = store.chosen([3, 7], 32)
    two = batch.z[1].tolist()
    shape, colors = head_of_z(two[0]), head_of_z(two[1])
    assert head_of_two(*two) == shape.with_(**{name: getattr(colors, name) for name in COLORS})
    assert np.array_equal(as_pixels(batch.pictures)[1], draw(head_of_two(*two), 32))
    half = store.chosen([3, 7], 16).pictures
    assert torch.allclose(half, F.avg_pool2d(batch.pictures, 2), atol=1e-6)


def test_the_focus_lies_on_eyes_and_mouth(store: Store) -> None:
    head = Head(mouth_open=0.8)
    focus = focus_of(boxes_of(head)[None], 256)[0, 0]
    assert 0.03 < float(focus.mean()) < 0.2
    for one in landmarks(head):
        x, y = (round(v) for v in one.spot)
        if any(word in one.name for word in ("pupil", "lid", "mouth", "lip")):
            assert focus[y, x] == 1, one.name
        if one.name in ("left ear", "right ear", "chin", "crown"):
            assert focus[y, x] == 0, one.name


def test_a_store_goes_on_where_it_stopped(tmp_path: Path) -> None:
    how = {"seed": 1, "count": 5, "size": 16, "z_dim": 40, "every": 4}
    drawing = fill(tmp_path, **how)
    assert next(drawing) == 4
    drawing.close()
    early = Store(tmp_path, seed=1, z_dim=40)
    assert early.count == 4
    assert list(fill(tmp_path, **how)) == [5]
    assert early.look_again()["drawn"] == early.count == 5
    pixels = as_pixels(early.chosen([4], 16).pictures)[0]
    assert np.array_equal(pixels, draw(head_of(latents(1, 4, 40)), 16))
    with pytest.raises(ValueError, match="not of 2"):
        Store(tmp_path, seed=2, z_dim=40)
    with pytest.raises(ValueError, match="'count': 5"):
        next(fill(tmp_path, **{**how, "count": 6}))
    with pytest.raises(ValueError, match=r"run gan\.store first"):
        Store(tmp_path / "none", seed=1, z_dim=40)


def test_processes_share_out_a_batch(store: Store) -> None:
    whole = store.batch(5, count=5, size=16)
    parts = [
        store.batch(5, count=5, size=16, together=Together(rank=r, many=2)).z for r in range(2)
    ]
    assert [len(part) for part in parts] == [3, 2]
    assert torch.equal(parts[0], whole.z[::2])
    assert torch.equal(parts[1], whole.z[1::2])
    assert not torch.equal(store.batch(6, count=5, size=16).z, whole.z)


def test_the_bundled_generator_fits_its_ten_megabytes() -> None:
    generator = Generator(BUNDLED)
    weights = sum(p.numel() for p in generator.parameters())
    noise = sum(b.numel() for b in generator.buffers())
    assert 2 * (weights + noise) < 10_000_000
    assert BUNDLED.size == 256
    assert len(FIELDS) < BUNDLED.z_dim


def test_quick_pictures_are_the_generators() -> None:
    torch.manual_seed(0)
    deep = replace(TINY, channels=(8, 8, 8, 8, 6, 4))
    generator = Generator(deep)
    for bias in (p for name, p in generator.named_parameters() if name.endswith("bias")):
        bias.data.normal_()
    ws = rows_of(generator, torch.randn(2, 2, 40))
    how = Rendering(noise="none")
    made, true = pictures(generator, ws, 5, half=False), generator.synthesis(ws, how=how)
    assert_same(made, true)
    assert pictures(generator, ws, 1, half=False).shape == (2, 3, 8, 8)
    half = pictures(generator, ws, 5, half=True)
    assert 0 < float((half - made).detach().abs().max()) < 0.5
    weight = generator.synthesis.block(4).conv0.weight
    slopes = [torch.autograd.grad(x.square().sum(), weight)[0] for x in (made, true)]
    assert_same(*slopes)


def test_shape_and_colors_have_rows_of_their_own() -> None:
    generator = Generator(TINY)
    z = torch.randn(1, 2, 40)
    ws = rows_of(generator, z)
    moved = DragGanSettings().rows
    assert_same(ws[:, :moved], generator.mapping.ws(z[:, 0])[:, :moved])
    assert_same(ws[:, moved:], generator.mapping.ws(z[:, 1])[:, moved:])


def test_a_block_that_joins_disturbs_nothing() -> None:
    fresh = newborn(recipe(1))
    ws = fresh.mapping.ws(torch.randn(1, 40))
    small, large = (pictures(fresh, ws, block, half=False) for block in (2, 3))
    assert_same(large, upsample(small))


def test_fitting_learns_and_goes_on_the_same_way(tmp_path: Path, store: Store) -> None:
    whole = Fit(recipe(12), tmp_path / "whole", half=False)
    batch = store.chosen(list(range(12)), 32)
    before = float(whole.loss(batch, 3).detach())
    fit(whole, store)
    after = float(whole.loss(batch, 3).detach())
    assert after < 0.9 * before, (before, after)
    assert 0 < report(whole.average, tmp_path / "sheet.png", count=2, words="12 steps,") < 30
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (2 * 32 + 4, 2 * 32 + 4 + LINE)

    first = Fit(recipe(12), tmp_path / "parts", half=False)
    for _ in range(7):
        first.step(store)
    first.save()
    second = Fit(recipe(12), tmp_path / "parts", half=False)
    assert second.clock.step == 7
    fit(second, store)
    start = Fit(recipe(12), tmp_path / "fresh", half=False).average.parameters()
    assert_same_training(second.average.parameters(), whole.average.parameters(), start)


def test_refining_moves_both_networks_and_resumes(tmp_path: Path, store: Store) -> None:
    run = Fit(recipe(1), tmp_path, half=False)
    fit(run, store)
    how = RefineRecipe(
        budget=Budget(steps=4), config=TINY, batch=4, critic=(8, 8, 12, 16), path_every=2
    )
    refine = Refine(how, tmp_path, fitted(tmp_path / "gan-fit.safetensors", how))
    critic = [p.detach().clone() for p in refine.critic.parameters()]
    found = refine.step(store)
    assert {"critic", "apart", "path"} <= set(found)
    assert np.isfinite(list(found.values())).all()
    refine.step(store)
    moved = [not torch.equal(a, b) for a, b in zip(critic, refine.critic.parameters(), strict=True)]
    assert sum(moved) > len(moved) // 2
    assert refine.mean_path > 0
    refine.save()
    again = Refine(how, tmp_path, fitted(tmp_path / "gan-fit.safetensors", how))
    assert (again.clock.step, again.mean_path) == (2, refine.mean_path)
    kept = checkpoint.part(tmp_path / "gan-refine.safetensors", "generator")
    for name, value in again.generator.state_dict().items():
        assert torch.equal(kept[name], value)
    with pytest.raises(ValueError, match=r"run gan\.fit first"):
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
    files = files_of(tmp_path)
    assert sum(path.stat().st_size for path in files.values()) == size
    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "by regression alone" in card
    assert filled(card, dict.fromkeys(("parts", *SECTIONS), "")) == card
    assert gan_profile("tiny", tmp_path).drag.learning_rate == PULLED["learning_rate"]
    assert "31.25 dB" in card
    with pytest.raises(ValueError, match=r"run gan\.fit first"):
        newest(tmp_path)
    (tmp_path / "generator.safetensors").write_bytes(b"of somebody else")
    with pytest.raises(EngineError, match=r"generator\.safetensors"):
        load_generator(tmp_path)


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
    focus = torch.ones(1, 1, 32, 32)
    assert float(picture_loss(x, x + 0.1, focus)) == pytest.approx(0.3 * (1 + FOCUS), rel=1e-3)


def test_impossible_recipes_are_refused_with_the_numbers() -> None:
    budget = Budget(steps=1)
    with pytest.raises(ValueError, match=r"35 numbers.*got 16"):
        FitRecipe(budget=budget, config=replace(TINY, z_dim=16))
    with pytest.raises(ValueError, match="needs 4 widths"):
        RefineRecipe(budget=budget, config=TINY)
    with pytest.raises(ValueError, match="got 1"):
        RefineRecipe(budget=budget, config=TINY, critic=(8, 8, 8, 8), batch=1)
