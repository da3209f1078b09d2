# SPDX-License-Identifier: Apache-2.0
"""Consistency sampling against diffusers' LCMScheduler: timesteps, scalings, every latent on the way."""

from __future__ import annotations

import pytest
import torch
from diffusers.schedulers.scheduling_lcm import LCMScheduler
from diffusion_parts import cond, denoiser, latent, noise
from torch import Tensor

from server.engine.diffusion.consistency_sampler import FewSteps, sample_few


class Drawn:
    """Noise from one generator, in the order in which it is asked for, as diffusers draws it."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def draw(self, step: int, repeat: int, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self.generator, dtype=like.dtype)


def theirs(points: int = 50, prediction: str = "epsilon") -> LCMScheduler:
    return LCMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        original_inference_steps=points,
        prediction_type=prediction,
    )


@pytest.mark.parametrize("points", [50, 20, 7])
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
def test_the_timesteps_are_those_of_diffusers(steps: int, points: int) -> None:
    scheduler = theirs(points)
    scheduler.set_timesteps(steps)
    assert FewSteps(steps=steps, points=points).timesteps == tuple(scheduler.timesteps.tolist())


def test_four_of_fifty_are_the_published_ones() -> None:
    assert FewSteps().timesteps == (999, 759, 499, 259)
    assert FewSteps().solver[:2] == (19, 39)
    assert FewSteps().solver[-1] == 999


@pytest.mark.parametrize("t", [0, 1, 19, 259, 999])
def test_the_scalings_are_those_of_diffusers(t: int) -> None:
    expected = theirs().get_scalings_for_boundary_condition_discrete(t)
    assert FewSteps().boundary(t) == pytest.approx(expected, rel=1e-12)


def test_the_boundary_condition_holds() -> None:
    assert FewSteps().boundary(0) == (1.0, 0.0)
    skip, out = FewSteps().boundary(999)
    assert skip < 1e-8
    assert out == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("prediction", ["epsilon", "v"])
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_every_latent_is_that_of_diffusers(steps: int, prediction) -> None:
    ours = denoiser(50, prediction)
    few = FewSteps(steps=steps)
    start, text = latent(2), cond(2)
    seen: list[Tensor] = []
    result = sample_few(
        ours, start, text, few, noise=Drawn(3), on_step=lambda _i, _n, clean: seen.append(clean)
    )
    scheduler = theirs(prediction="epsilon" if prediction == "epsilon" else "v_prediction")
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(3)
    z, clean = start, []
    for t in scheduler.timesteps:
        with torch.no_grad():
            raw = ours.family.network(z, int(t), text)
        z, denoised = scheduler.step(raw, t, z, generator=generator, return_dict=False)
        clean.append(denoised)
    assert torch.allclose(result, z, rtol=1e-4, atol=1e-4)
    for one, other in zip(seen, clean, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_one_evaluation_of_one_row_per_step(steps: int) -> None:
    ours = denoiser(50)
    sample_few(ours, latent(), cond(), FewSteps(steps=steps), noise=Drawn(0))
    assert ours.counter.as_dict() == {
        "denoise_calls": steps,
        "denoise_rows": steps,
        "truncated_forwards": 0,
        "backwards": 0,
    }


def test_noise_of_the_last_step_is_not_drawn() -> None:
    """So one step is a function of its start alone."""
    results = [
        sample_few(denoiser(50), noise(1, 4, 16, 16), cond(), FewSteps(steps=1), noise=Drawn(seed))
        for seed in (0, 1)
    ]
    assert torch.equal(*results)


@pytest.mark.parametrize(
    "wrong",
    [{"steps": 0}, {"steps": 51}, {"points": 0}, {"points": 1001}, {"scaling": 0.0}],
)
def test_impossible_schedules_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"steps|scaled"):
        FewSteps(**wrong)  # pyright: ignore[reportArgumentType]
