# SPDX-License-Identifier: Apache-2.0
"""The denoiser: what it predicts, that stopping early is exact and real, and what it counts."""

from __future__ import annotations

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusion_parts import SIDE, cond, denoiser, latent, tiny_unet
from rounding import assert_same
from torch import Tensor, nn

from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.evaluation_counter import Counter
from server.engine.diffusion.family import GEOMETRIC, SEMANTIC, Cond, at_side


def whole_run(z: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs of up_blocks[1] and [2] of an ordinary forward pass."""
    unet, found = tiny_unet(), dict[int, Tensor]()
    handles = [
        unet.up_blocks[k].register_forward_hook(lambda _m, _i, out, k=k: found.update({k: out}))
        for k in (1, 2)
    ]
    unet(z, 301, encoder_hidden_states=cond().tokens)
    for handle in handles:
        handle.remove()
    return found[1], found[2]


def test_early_features_are_those_of_the_whole_network() -> None:
    for size in ((SIDE, SIDE), (SIDE, 24), (18, 13)):
        z = latent(size=size)
        early = denoiser().features(z, 301, cond(), purpose="guide")
        for stopped, whole in zip(early, whole_run(z), strict=True):
            assert_same(stopped, whole)


@pytest.mark.parametrize(("role", "last"), [(SEMANTIC, 1), (GEOMETRIC, 2)])
def test_later_blocks_are_not_computed(role: str, last: int) -> None:
    unet, ran = tiny_unet(), list[int]()
    handles = [
        unet.up_blocks[k].register_forward_pre_hook(lambda _m, _i, k=k: ran.append(k))
        for k in range(4)
    ]
    end = unet.conv_out.register_forward_pre_hook(lambda _m, _i: ran.append(99))
    try:
        denoiser().features(latent(), 301, cond(), purpose="guide", roles=[role])
    finally:
        for handle in (*handles, end):
            handle.remove()
    assert ran == list(range(last + 1))


def test_no_hook_stays() -> None:
    denoiser().features(latent(), 301, cond(), purpose="guide")
    assert all(not module._forward_hooks for module in tiny_unet().modules())


def test_features_have_gradients_and_the_network_does_not() -> None:
    z = latent().requires_grad_()
    maps = denoiser().features(z, 301, cond(), purpose="guide")
    (gradient,) = torch.autograd.grad(maps[0].sum() + maps[1].sum(), z)
    assert float(gradient.abs().max()) > 0
    assert all(p.grad is None and not p.requires_grad for p in tiny_unet().parameters())


def test_noise_and_velocity_models_agree_with_the_scheduler() -> None:
    for prediction, name in (("epsilon", "epsilon"), ("v", "v_prediction")):
        model = denoiser(50, prediction)  # pyright: ignore[reportArgumentType]
        z, t = latent(), model.schedule.timesteps[20]
        eps, x0 = model.eps_and_x0(z, t, cond(), purpose="denoise")
        reference = DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1, prediction_type=name,
        )  # fmt: skip
        reference.set_timesteps(50)
        raw = model.family.network(z, t, cond())
        expected = reference.step(raw, t, z).pred_original_sample
        assert torch.allclose(x0, expected, atol=1e-6)
        level = model.schedule.level(t)
        assert torch.allclose(level.signal * x0 + level.noise * eps, z, atol=1e-6)


def test_evaluations_rows_and_gradients_are_counted() -> None:
    model = denoiser()
    model.eps(latent(2), 301, cond(2), purpose="denoise")
    model.features(latent(), 301, cond(), purpose="guide")
    assert model.counter.evaluations == 2
    assert model.counter.as_dict() == {
        "denoise_calls": 1, "guide_calls": 1, "denoise_rows": 2, "guide_rows": 1, "truncated_forwards": 1,
        "backwards": 0,
    }  # fmt: skip
    assert model.counter.forward_equivalents() == pytest.approx(2.75)


def test_cancel_comes_before_the_evaluation() -> None:
    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    counter = Counter()
    model = Denoiser(denoiser().family, denoiser().schedule, counter, stop)
    for call in (model.eps, model.features):
        with pytest.raises(Stop):
            call(latent(), 301, cond(), purpose="denoise")
    assert counter.evaluations == 0


@pytest.mark.parametrize("call", ["eps", "features"])
def test_long_evaluations_can_be_left_between_blocks(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    class Stop(Exception):
        pass

    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 4:
            raise Stop

    monkeypatch.setattr("server.engine.diffusion.check_points.PULSE", 0.0)
    model, ran = Denoiser(denoiser().family, denoiser().schedule, Counter(), check), list[int]()
    unet = tiny_unet()
    handles = [
        part.register_forward_hook(lambda _m, _i, _o, k=k: ran.append(k))
        for k, part in enumerate(model.family.blocks)
    ]
    with pytest.raises(Stop):
        getattr(model, call)(latent(), 301, cond(), purpose="denoise")
    for handle in handles:
        handle.remove()
    # one check before the evaluation, then one before each part; that of the third part stops
    assert len(ran) == 2
    assert len(model.family.blocks) > 30
    assert all(not m._forward_pre_hooks and not m._forward_hooks for m in unet.modules())


def test_short_evaluations_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.engine.diffusion.check_points.PULSE", 600.0)
    asked: list[int] = []
    model = Denoiser(denoiser().family, denoiser().schedule, Counter(), lambda: asked.append(1))
    model.eps(latent(), 301, cond(), purpose="denoise")
    assert len(asked) == 1


def test_mismatched_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="2 latents with 1 conditions"):
        denoiser().eps(latent(2), 301, cond(), purpose="denoise")
    with pytest.raises(ValueError, match="cannot share a batch"):
        Cond.stack([cond(), Cond(torch.zeros(1, 3, 8))])


def test_roles_name_layers_by_their_token_grid() -> None:
    family = denoiser().family
    for divisor in (1, 2, 4):
        sites = family.sites(at_side("cross", divisor))
        assert len(sites) == 5
        assert all(site.grid((SIDE, SIDE)) == (SIDE // divisor,) * 2 for site in sites)
    assert len(family.sites("self")) == len(family.sites("cross")) == 16
    assert family.sites("cross(side/8)")[0].grid((18, 13)) == (3, 2)
    seen: dict[str, int] = {}
    handles = [
        site.module.register_forward_hook(
            lambda _m, args, _o, n=site.name: seen.update({n: args[0].shape[1]})
        )
        for site in family.sites("self")
    ]
    family.network(latent(size=(18, 13)), 1, cond())
    for handle in handles:
        handle.remove()
    for site in family.sites("self"):
        assert isinstance(site.module, nn.Module)
        h, w = site.grid((18, 13))
        assert seen[site.name] == h * w
