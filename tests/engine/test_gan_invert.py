# SPDX-License-Identifier: Apache-2.0
"""Inversion: a generator's own picture is found again, tuning meets a foreign one, and nothing else is changed."""

import math

import pytest
import torch
from torch import Tensor

from server.engine.gan.config import GeneratorConfig
from server.engine.gan.invert import InvertSettings, invert
from server.engine.gan.stylegan2 import Generator

TINY = GeneratorConfig(
    z_dim=16, w_dim=16, mapping_layers=2, channels=(16, 16, 8), lr_multiplier=1.0
)
"""16 pixels."""
QUICK = InvertSettings(candidates=16, w_steps=40, plus_steps=30, tune_steps=20, rate=0.15)


def generator() -> Generator:
    torch.manual_seed(5)
    made = Generator(TINY).requires_grad_(False)
    made.mapping.w_avg.copy_(made.mapping(torch.randn(500, 16)).mean(0))
    return made


def own_picture(made: Generator) -> Tensor:
    with torch.no_grad():
        z = torch.randn(1, 16, generator=torch.Generator().manual_seed(3))
        return made(z)


def test_a_generators_own_picture_is_found_again() -> None:
    made = generator()
    picture = own_picture(made)
    average = made.synthesis(made.mapping.w_avg[None, None].repeat(1, TINY.num_ws, 1))
    far = float((average - picture).square().mean().sqrt())
    told: list[tuple[int, int]] = []
    found = invert(
        made,
        picture.clamp(-1, 1),
        settings=QUICK,
        on_step=lambda done, steps: told.append((done, steps)),
    )
    assert found.ws.shape == (1, TINY.num_ws, TINY.w_dim)
    assert found.error <= found.projected < 0.6 * far
    assert told == [(i, 90) for i in range(91)]
    shown = found.tuned(made).synthesis(found.ws).clamp(-1, 1)
    measured = float((shown - picture.clamp(-1, 1)).square().mean().sqrt())
    assert found.error == pytest.approx(measured, rel=1e-4)
    assert found.psnr == pytest.approx(20 * math.log10(2 / measured), abs=0.01)


def test_tuning_changes_a_copy_only_and_helps() -> None:
    made = generator()
    before = {name: value.clone() for name, value in made.state_dict().items()}
    picture = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
    found = invert(made, picture, settings=QUICK)
    for name, value in made.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert found.error < found.projected
    assert found.delta
    assert not any("affine" in name or "mapping" in name for name in found.delta)
    untuned = invert(
        made, picture, settings=InvertSettings(candidates=2, w_steps=2, plus_steps=2, tune_steps=0)
    )
    assert untuned.delta == {}
    assert untuned.error == untuned.projected


def test_a_foreign_picture_is_called_foreign() -> None:
    made = generator()
    limit = InvertSettings(candidates=4, w_steps=6, plus_steps=0, tune_steps=0, outside=0.3)
    checks = (torch.arange(16)[:, None] + torch.arange(16)) % 2 * 2.0 - 1
    assert not invert(made, checks.expand(1, 3, 16, 16), settings=limit).inside


def test_where_nothing_is_to_be_met_anything_may_be() -> None:
    made = generator()
    picture = own_picture(made).clamp(-1, 1)
    weight = torch.zeros(16, 16)
    weight[:, :8] = 1.0
    spoiled = picture.clone()
    spoiled[..., 8:] = 1.0
    settings = InvertSettings(candidates=8, w_steps=10, plus_steps=5, tune_steps=5)
    one = invert(made, picture, weight=weight, settings=settings)
    other = invert(made, spoiled, weight=weight, settings=settings)
    assert one.error == pytest.approx(other.error, rel=0.2)
    assert torch.allclose(one.ws, other.ws, atol=0.2 * float(one.ws.std()))


def test_the_same_again_and_a_given_start() -> None:
    made, settings = (
        generator(),
        InvertSettings(candidates=4, w_steps=5, plus_steps=3, tune_steps=2),
    )
    picture = own_picture(made).clamp(-1, 1)
    one, two = (invert(made, picture, settings=settings, seed=4) for _ in range(2))
    assert torch.equal(one.ws, two.ws)
    nothing = InvertSettings(w_steps=0, plus_steps=0, tune_steps=0)
    start = torch.randn(1, 16)
    kept = invert(made, picture, start=start, settings=nothing)
    assert torch.equal(kept.ws, start[:, None].repeat(1, TINY.num_ws, 1))


def test_a_stop_passes_through_and_shapes_are_refused() -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, _steps: int) -> None:
        if done == 3:
            raise Stopped

    made = generator()
    with pytest.raises(Stopped):
        invert(made, own_picture(made), settings=QUICK, on_step=stop)
    with pytest.raises(ValueError, match="16, 16"):
        invert(made, torch.zeros(1, 3, 8, 8))
    with pytest.raises(ValueError, match="rate must be above 0, got 0"):
        InvertSettings(rate=0)
    with pytest.raises(ValueError, match="w_steps must not be negative, got -1"):
        InvertSettings(w_steps=-1)
