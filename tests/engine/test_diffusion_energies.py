# SPDX-License-Identifier: Apache-2.0
"""Energies and guidance: minima where they should be, safe ranges, true gradients, masks that separate."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from diffusion_parts import SIDE, box, cond, denoiser, latent, noise
from torch import Tensor

from server.engine.diffusion.correspondence import (
    Correspond,
    carry_mask,
    identity_points,
    placed_points,
)
from server.engine.diffusion.energies import Contrast, Paired, Preserve, Resemble, Scaled, Sum
from server.engine.diffusion.features import at, sample, weighted_mean
from server.engine.diffusion.guidance import Energy, Guidance, Look, Term, guide
from server.engine.diffusion.inversion import Trajectory, invert, trajectory_key
from server.engine.diffusion.published.masks import (
    copied_patches,
    fit_center,
    move_masks,
    moved_latent,
    patch_masks,
)

GRID = (2 * SIDE, 2 * SIDE)
EVERYWHERE = box(GRID, slice(None), slice(None))
OBJECT = box(GRID, slice(6, 14), slice(8, 18))


def maps(seed: int) -> tuple[Tensor, Tensor]:
    return noise(1, 16, SIDE // 2, SIDE // 2, seed=seed), noise(1, 8, SIDE, SIDE, seed=seed + 1)


def look(now: tuple[Tensor, Tensor], then: tuple[Tensor, Tensor]) -> Look:
    return Look(latent(), now, (then,))


def test_energies_are_lowest_where_features_agree() -> None:
    here, other, opposite = maps(1), maps(3), tuple(-m for m in maps(1))
    energies: list[Energy] = [
        Preserve(mask=OBJECT, weight=1.0),
        Resemble(mask=OBJECT, like=OBJECT, weight=1.0),
        Paired(current=OBJECT, target=OBJECT, weight=1.0),
        Correspond(points=identity_points(GRID), mask=OBJECT, weight=1.0),
    ]
    for energy in energies:
        same, far, worst = (float(energy(look(m, here))) for m in (here, other, opposite))
        assert same == pytest.approx(2 / 5, abs=0.02)
        assert same < far < worst
        assert worst == pytest.approx(2.0, abs=0.1)
    contrast = Contrast(mask=OBJECT, weight=1.0)
    assert float(contrast(look(here, here))) == pytest.approx(2.0)
    assert float(contrast(look(opposite, here))) == pytest.approx(0.0, abs=1e-9)


def test_the_safe_form_has_no_pole_and_the_published_one_has() -> None:
    here = maps(1)
    for mix in torch.linspace(-1, 1, 41):
        now = tuple(mix * a + (1 - abs(mix)) * b for a, b in zip(here, maps(7), strict=True))
        value = float(Preserve(mask=EVERYWHERE, weight=1.0)(look(now, here)))
        assert 0.4 - 1e-9 <= value <= 2.0 + 1e-9
    opposite = tuple(-m for m in here)
    raw = Preserve(mask=EVERYWHERE, weight=1.0, raw=True)
    assert float(raw(look(opposite, here))) == pytest.approx(-2 / 3)


def test_masks_without_any_cell_give_no_energy_that_is_nan() -> None:
    nothing, here, then = ~EVERYWHERE, maps(1), maps(3)
    for energy in (
        Contrast(mask=nothing, weight=1.0),
        Resemble(mask=nothing, like=OBJECT, weight=1.0),
        Resemble(mask=OBJECT, like=nothing, weight=1.0),
        Preserve(mask=nothing, weight=1.0),
        Correspond(points=identity_points(GRID), mask=nothing, weight=1.0),
    ):
        assert math.isfinite(float(energy(look(here, then))))


def test_dense_correspondence_knows_where_things_come_from() -> None:
    """Features that were moved by a map are at the energy's minimum under that map, and not under another."""
    then = tuple(
        torch.nn.functional.interpolate(m, scale_factor=2.0, mode="bicubic") for m in maps(1)
    )
    shift, points = (0.25, 0.125), placed_points(GRID, shift=(0.25, 0.125))
    now = tuple(
        sample(m, placed_points(m.shape[-2:], shift=shift)).movedim(-1, 0)[None] for m in then
    )
    inside = box(GRID, slice(10, 26), slice(14, 26))
    right = float(Correspond(points=points, mask=inside, weight=1.0)(Look(latent(), now, (then,))))
    wrong = float(
        Correspond(points=identity_points(GRID), mask=inside, weight=1.0)(
            Look(latent(), now, (then,))
        )
    )
    assert right < 0.44 < wrong


def test_placed_points_scale_about_the_center_and_do_not_wrap() -> None:
    points = placed_points((8, 8), shift=(0.5, 0.0), scale=2.0, center=(0.25, 0.5))
    # the object's center arrives at (0.75, 0.5), and distances from it are halved in the source
    assert torch.allclose(points[4, 6], torch.tensor([0.25 + 0.03125, 0.5 + 0.03125]))
    mask = box((8, 8), slice(2, 6), slice(0, 4))
    away = carry_mask(mask, placed_points((8, 8), shift=(2.0, 0.0)))
    assert float(away.sum()) == 0.0
    stays = carry_mask(mask, identity_points((8, 8)))
    assert torch.equal(stays > 0.5, mask)
    with pytest.raises(ValueError, match="above 0, not -1"):
        placed_points((8, 8), shift=(0, 0), scale=-1)


def ready(steps: int = 50) -> tuple[Trajectory, Guidance, Tensor]:
    model = denoiser(steps)
    trajectory = invert(model, latent(), cond(), bank_steps=())
    inside = box((SIDE, SIDE), slice(3, 7), slice(4, 9))
    dense = Correspond(points=placed_points(GRID, shift=(0.1, 0)), mask=OBJECT, weight=4.0)
    terms = (
        Term(energy=dense, scale=9.0, region=inside),
        Term(energy=Preserve(mask=~OBJECT, weight=6.0), scale=5.0, region=~inside),
    )  # fmt: skip
    guidance = Guidance(
        terms=terms, cond=cond(), references=lambda _now: (trajectory.reference_features(2, model),), factor=0.1
    )  # fmt: skip
    return trajectory, guidance, inside


def energy_at(z: Tensor, guidance: Guidance, index: int) -> float:
    model = denoiser(50)
    with torch.no_grad():
        current = model.features(z, model.schedule.timesteps[2], cond(), purpose="guide")
        term = guidance.terms[index]
        return term.scale * float(term.energy(Look(z, current, guidance.references(current))))


def test_gradients_are_those_of_finite_differences_inside_their_masks() -> None:
    trajectory, guidance, inside = ready()
    z, model = trajectory.at_step(2) + 0.3 * latent(seed=4), denoiser(50)
    found = guide(model, z, model.schedule.timesteps[2], guidance, torch.ones_like(z))
    for index, region in ((0, inside), (1, ~inside)):
        direction = latent(seed=11 + index) * region
        step = 1e-7
        slope = (
            energy_at(z + step * direction, guidance, index)
            - energy_at(z - step * direction, guidance, index)
        ) / (2 * step)
        assert float((found.direction * direction).sum()) == pytest.approx(0.1 * slope, rel=1e-4)
    assert found.energies[0].item() == pytest.approx(energy_at(z, guidance, 0))


def test_following_the_guidance_lowers_the_energy() -> None:
    """eps + g raises the noise estimate along the gradient, so x0 moves against it."""
    trajectory, guidance, _ = ready()
    z, model = trajectory.at_step(2) + 0.5 * latent(seed=4), denoiser(50)
    whole = replace(guidance, terms=tuple(replace(t, region=None) for t in guidance.terms))
    found = guide(model, z, model.schedule.timesteps[2], whole, torch.ones_like(z))
    step = 0.02 / found.direction.abs().max()
    before = sum(energy_at(z, guidance, k) for k in (0, 1))
    after = sum(energy_at(z - step * found.direction, guidance, k) for k in (0, 1))
    assert after < before


def test_terms_of_one_region_share_a_backward_pass() -> None:
    trajectory, guidance, inside = ready()
    z, eps = trajectory.at_step(2) + 0.3 * latent(seed=4), torch.ones_like(trajectory.source)
    counts: list[int] = []
    totals: list[Tensor] = []
    for regions in ((inside, inside), (inside, inside.clone())):
        model = denoiser(50)
        terms = tuple(replace(t, region=r) for t, r in zip(guidance.terms, regions, strict=True))
        totals.append(
            guide(
                model, z, model.schedule.timesteps[2], replace(guidance, terms=terms), eps
            ).direction
        )
        counts.append(model.counter.backward)
    assert counts == [1, 2]
    assert torch.allclose(totals[0], totals[1], rtol=1e-9, atol=1e-15)


def test_the_limit_shortens_guidance_and_keeps_its_direction() -> None:
    trajectory, guidance, _ = ready()
    z, model = trajectory.at_step(2) + 0.3 * latent(seed=4), denoiser(50)
    eps, t = latent(seed=2), model.schedule.timesteps[2]
    free = guide(model, z, t, guidance, eps).direction
    limit = 0.5 * float(free.norm() / eps.norm())
    bound = guide(model, z, t, replace(guidance, limit=limit), eps).direction
    assert torch.allclose(bound, 0.5 * free, rtol=1e-9)
    loose = guide(model, z, t, replace(guidance, limit=1e9), eps).direction
    assert torch.equal(loose, free)
    with pytest.raises(ValueError, match="above 0, not 0"):
        replace(guidance, limit=0.0)


def test_guidance_at_one_role_stops_there() -> None:
    class Semantic:
        def __call__(self, look: Look) -> Tensor:
            return look.current[0].square().mean()

    model, z = denoiser(50), latent()
    guidance = Guidance(
        terms=(Term(energy=Semantic()),), cond=cond(), references=lambda _n: (), factor=1.0, roles=("semantic",)
    )  # fmt: skip
    assert float(guide(model, z, 301, guidance, z).direction.abs().max()) > 0
    latent_only = replace(
        guidance, roles=(), terms=(Term(energy=lambda look: look.z.square().sum()),)
    )
    counted = denoiser(50)
    assert torch.allclose(guide(counted, z, 301, latent_only, z).direction, 2 * z)
    assert counted.counter.evaluations == 0


def test_reference_features_are_computed_once() -> None:
    model = denoiser(8)
    trajectory = invert(model, latent(), cond(), bank_steps=())
    before = trajectory.nbytes()
    first = trajectory.reference_features(3, model)
    assert trajectory.reference_features(3, model) is first
    assert model.counter.calls["reference"] == 1
    assert trajectory.nbytes() == before + sum(m.nbytes for m in first)
    assert all(not m.requires_grad for m in first)
    with pytest.raises(ValueError, match="8 steps met a schedule of 4"):
        trajectory.reference_features(2, denoiser(4))


def test_the_bank_is_kept_for_the_steps_asked_for() -> None:
    model = denoiser(8)
    assert sorted(invert(model, latent(), cond(), bank_steps=range(2, 5)).bank) == [2, 3, 4]
    assert invert(model, latent().float(), cond()).source.dtype == torch.float32


def test_every_part_of_a_trajectory_key_matters() -> None:
    base = {
        "pixels": b"abc", "rect": (0, 0, 8, 8), "scale": 1.0, "settings": "a sun", "weights": ("1f", "2e"),
        "schedule": "ddim:20", "dtype": "float32", "method": "ddim",
    }  # fmt: skip
    others = {
        "pixels": b"abd", "rect": (0, 0, 8, 9), "scale": 1.5, "settings": "a su", "weights": ("1f2e",),
        "schedule": "ddim:50", "dtype": "float16", "method": "aligned",
    }  # fmt: skip
    keys = [trajectory_key(**(base | {name: value})) for name, value in others.items()]  # pyright: ignore
    assert len({trajectory_key(**base), *keys}) == len(others) + 1  # pyright: ignore
    assert trajectory_key(**base) == trajectory_key(**base)  # pyright: ignore


def test_published_masks_wrap_and_refuse_as_the_reference_does() -> None:
    mask = box((64, 64), slice(8, 24), slice(40, 56))
    moved = move_masks(mask, (16, 16), dx=20, dy=0, gamma=1.0, cell=4)
    assert bool(moved.current[..., 2:6, 0:3].all())  # wrapped to the other side
    assert torch.equal(moved.left, moved.source & ~moved.current)
    big = move_masks(mask, (16, 16), dx=0, dy=0, gamma=1.5, cell=4)
    with pytest.raises(ValueError, match="cannot be paired"):
        Paired(current=big.current, target=big.target, weight=1.0)
    z = latent(size=(8, 8))
    same = moved_latent(z, mask, dx=0, dy=0, gamma=1.0, stride=8)
    assert torch.equal(same, z)
    corner = patch_masks([(0.0, 0.0), (63.0, 63.0)], (16, 16), cell=4, x_clip=16)
    assert [int(m.sum()) for m in corner] == [9, 9]
    copied = copied_patches(z, [(4, 4)], [(10, 8)])
    assert torch.equal(copied[..., 3:6, 4:7], z[..., 1:4, 1:4])
    assert fit_center(torch.ones(1, 1, 5, 3), (3, 5)).sum() == 9


def test_small_helpers() -> None:
    features = torch.arange(12.0).reshape(1, 3, 2, 2)
    assert at(features, box((2, 2), slice(0, 1), slice(1, 2))).tolist() == [[1.0, 5.0, 9.0]]
    assert float(weighted_mean(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 3.0]))) == 2.5
    doubled = Scaled(
        Sum((Preserve(mask=OBJECT, weight=1.0), Preserve(mask=OBJECT, weight=2.0))), 2.0
    )
    view = look(maps(1), maps(3))
    assert float(doubled(view)) == pytest.approx(6 * float(Preserve(mask=OBJECT, weight=1.0)(view)))
