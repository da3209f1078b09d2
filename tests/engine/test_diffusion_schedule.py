# SPDX-License-Identifier: Apache-2.0
"""Schedule and settings: the library's numbers, the published step numbers, and bits that no processor changes."""

from __future__ import annotations

import hashlib
import math

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddim_inverse import DDIMInverseScheduler
from diffusion_parts import latent
from hypothesis import given
from hypothesis import strategies as st
from rounding import assert_same

from server.engine.diffusion.dragon_settings import APPEARANCE, DRAG, DragonSettings, evaluations
from server.engine.diffusion.noise import SeededNoise, StoredNoise
from server.engine.diffusion.schedule import Betas, Schedule, move, predict_x0, sigma, square_root

SD = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": False,
    "set_alpha_to_one": False,
}  # fmt: skip


def test_alphas_are_the_librarys_and_the_same_bits_everywhere() -> None:
    """The library's depend on the processor by a rounding."""
    ours = Betas().alphas_cumprod()
    assert_same(ours, DDIMScheduler(**SD).alphas_cumprod)
    assert hashlib.sha256(ours.numpy().tobytes()).hexdigest()[:16] == "b0c6833c866f3aae"


def test_known_values_of_stable_diffusion() -> None:
    alphas = Betas().alphas_cumprod()
    assert float(alphas[0]) == pytest.approx(0.999150, abs=5e-7)
    assert float(alphas[980]) == pytest.approx(0.005844, abs=5e-7)
    assert Schedule(steps=50).timesteps[:2] == (981, 961)
    assert Schedule(steps=50).timesteps[-1] == 1


@pytest.mark.parametrize("steps", [1, 4, 8, 15, 20, 25, 50, 100, 999])
@pytest.mark.parametrize("offset", [0, 1])
def test_timesteps_are_the_librarys(steps: int, offset: int) -> None:
    reference = DDIMScheduler(**SD, steps_offset=offset)
    reference.set_timesteps(steps)
    assert (
        list(Schedule(steps=steps, betas=Betas(steps_offset=offset)).timesteps)
        == reference.timesteps.tolist()
    )


def test_moves_are_the_librarys_in_both_directions() -> None:
    schedule, z, eps = Schedule(steps=50), latent(), latent(seed=1)
    down, up = DDIMScheduler(**SD, steps_offset=1), DDIMInverseScheduler(**SD, steps_offset=1)
    down.set_timesteps(50)
    up.set_timesteps(50)
    for i in (0, 13, 48):
        t = schedule.timesteps[i]
        ours = move(z, eps, schedule.before(i), schedule.after(i))
        assert torch.allclose(ours, down.step(eps, t, z).prev_sample, rtol=0, atol=1e-5)
        ours = move(z, eps, schedule.after(i), schedule.before(i))
        assert torch.allclose(ours, up.step(eps, t, z).prev_sample, rtol=0, atol=1e-5)
        assert torch.allclose(move(ours, eps, schedule.before(i), schedule.after(i)), z, atol=1e-5)


def test_fresh_noise_is_the_librarys() -> None:
    schedule, reference = Schedule(steps=50), DDIMScheduler(**SD, steps_offset=1)
    for i in (3, 20, 40):
        t = schedule.timesteps[i]
        expected = reference._get_variance(t, t - 20) ** 0.5
        assert float(sigma(schedule.before(i), schedule.after(i), 0.4)) == pytest.approx(
            0.4 * float(expected)
        )


@given(st.floats(min_value=2.0**-20, max_value=1.0, width=32))
def test_roots_are_correctly_rounded(x: float) -> None:
    found, exact = square_root(torch.tensor(x, dtype=torch.float32)), math.sqrt(x)
    for beyond in (-math.inf, math.inf):
        neighbor = torch.nextafter(found, torch.tensor(beyond))
        assert abs(float(found) - exact) <= abs(float(neighbor) - exact)


def test_x0_is_what_the_noise_was_added_to() -> None:
    schedule, x0, eps = Schedule(steps=20), latent(), latent(seed=1)
    level = schedule.before(4)
    assert torch.allclose(
        predict_x0(level.signal * x0 + level.noise * eps, eps, level), x0, atol=1e-6
    )


def test_impossible_schedules_are_refused() -> None:
    with pytest.raises(ValueError, match="0 steps"):
        Schedule(steps=0)
    with pytest.raises(ValueError, match="start < end"):
        Betas(start=0.5, end=0.1)
    with pytest.raises(ValueError, match="cosine"):
        Betas(kind="cosine")


def test_fractions_give_the_published_steps() -> None:
    plus, plain = DragonSettings(), DragonSettings(algorithm="D")
    steps = range(50)
    assert [i for i in steps if plus.guided(i, 50)] == [*range(10), *range(10, 30, 2)]
    assert [i for i in steps if plain.guided(i, 50)] == list(range(30))
    assert [i for i in steps if plus.noisy(i, 50)] == list(range(11, 20))
    assert [i for i in steps if plus.repeats(i, 50) == 3] == [22, 24, 26, 28]
    assert [i for i in steps if plus.injected(i, 50)] == list(range(5, 50))
    assert [i for i in steps if APPEARANCE.injected(i, 50)] == list(range(36))
    assert [i for i in steps if plus.prompted(i, 50)] == list(range(10, 20))
    assert not any(plain.noisy(i, 50) or plain.repeats(i, 50) > 1 for i in steps)
    assert evaluations(plus, 50) == {
        "denoise": 58,
        "renoise": 8,
        "guide": 28,
        "reference": 20,
        "invert": 50,
    }


@pytest.mark.parametrize("steps", [8, 20, 50, 100])
def test_windows_keep_their_place_at_other_step_counts(steps: int) -> None:
    settings = DragonSettings()
    for name, holds in (
        ("sde", settings.noisy),
        ("inject", settings.injected),
        ("prompt", settings.prompted),
    ):
        start, end = getattr(settings, name)
        found = [i for i in range(steps) if holds(i, steps)]
        assert found, f"{name} never holds at {steps} steps"
        assert found == list(range(found[0], found[-1] + 1))
        assert start * steps <= found[0] <= start * steps + 1.5
        assert end * steps - 1.5 <= found[-1] < end * steps
    traveled = [i for i in range(steps) if settings.repeats(i, steps) > 1]
    assert traveled
    assert all(i % 2 == 0 and 0.44 <= i / steps < 0.6 for i in traveled)
    assert settings.guided(0, steps)
    assert not settings.guided(steps - 1, steps)


def test_no_weight_means_no_guidance() -> None:
    assert not any(DragonSettings(energy_scale=0.0).guided(i, 50) for i in range(50))
    assert evaluations(DragonSettings(factor=0.0), 50)["guide"] == 0
    assert not any(DragonSettings(sde_strength=0.0).noisy(i, 50) for i in range(50))


def test_impossible_settings_are_refused_with_the_numbers() -> None:
    with pytest.raises(ValueError, match=r"0\.7 to 0\.2"):
        DragonSettings(sde=(0.7, 0.2))
    with pytest.raises(ValueError, match="not 'E'"):
        DragonSettings(algorithm="E")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="-3"):
        DragonSettings(energy_scale=-3.0)
    assert DRAG.energy_scale == 2000.0


def test_noise_is_a_function_of_seed_step_and_repeat() -> None:
    like = latent(size=(48, 48)).float()
    first = SeededNoise(4).draw(11, 0, like)
    assert torch.equal(first, SeededNoise(4).draw(11, 0, like))
    others = [
        SeededNoise(5).draw(11, 0, like),
        SeededNoise(4).draw(12, 0, like),
        SeededNoise(4).draw(11, 1, like),
    ]
    others.append(SeededNoise(4, stream="hole").draw(11, 0, like))
    for other in others:
        assert abs(float((first * other).mean())) < 0.05
    assert float(first.std()) == pytest.approx(1.0, abs=0.03)
    assert SeededNoise(4).draw(11, 0, like.double()).dtype == torch.float64


def test_stored_noise_belongs_to_its_steps() -> None:
    stored = StoredNoise(latent(3), first=11)
    assert torch.equal(stored.draw(12, 0, latent()), stored.stack[1:2])
    with pytest.raises(ValueError, match="steps 11 to 13, not for step 20"):
        stored.draw(20, 0, latent())
