# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2's generator: stopping early, going on, both orders of modulation, noise, sizes, half precision."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from rounding import assert_same
from torch import Tensor

from server.engine.gan.config import GeneratorConfig, widths
from server.engine.gan.stylegan2 import Generator, Rendering, to_uint8

TINY = GeneratorConfig(z_dim=8, w_dim=12, mapping_layers=2, channels=(16, 16, 16, 8, 8))


def tiny(config: GeneratorConfig = TINY, seed: int = 0) -> Generator:
    """A random generator whose biases, noise and average are not 0."""
    torch.manual_seed(seed)
    generator = Generator(config).requires_grad_(False)
    for name, tensor in generator.state_dict().items():
        if name.endswith(("bias", "noise_strength", "w_avg")):
            tensor += 0.1 * torch.randn_like(tensor)
    return generator


def latent(generator: Generator, batch: int = 2) -> Tensor:
    z = torch.randn(batch, generator.config.z_dim, generator=torch.Generator().manual_seed(4))
    return generator.mapping.ws(z.to(generator.mapping.w_avg.dtype), psi=0.7)


def test_sizes_follow_from_the_channels() -> None:
    assert (TINY.size, TINY.num_ws, TINY.blocks) == (64, 10, 5)
    assert widths(512) == (512, 512, 512, 512, 512, 256, 128, 64)
    assert widths(1024)[-1] == 32
    generator = tiny()
    assert generator(torch.zeros(3, 8)).shape == (3, 3, 64, 64)


@pytest.mark.parametrize("size", [64, 256, 1024])
def test_published_sizes_can_be_built(size: int) -> None:
    with torch.device("meta"):
        generator = Generator(GeneratorConfig(channels=widths(size)))
        assert generator(torch.zeros(1, 512)).shape == (1, 3, size, size)
        assert generator.config.num_ws == 2 * (size.bit_length() - 2)


def test_stopping_early_and_going_on_change_nothing() -> None:
    generator = tiny()
    ws = latent(generator)
    whole = generator.synthesis.features(ws, 4)
    early = generator.synthesis.features(ws, 2)
    assert len(early) == 3
    for stopped, full in zip(early, whole, strict=False):
        assert_same(stopped, full)
    assert_same(generator.synthesis(ws, before=early), generator.synthesis(ws))


def test_rows_behind_the_block_do_not_matter() -> None:
    generator = tiny()
    ws = latent(generator).requires_grad_()
    (gradient,) = torch.autograd.grad(generator.synthesis.features(ws, 2)[-1].square().sum(), ws)
    used = gradient.abs().sum((0, 2)) > 0
    assert used.tolist() == [True] * 5 + [False] * 5


@pytest.mark.parametrize("needed", [True, False])
def test_both_orders_of_modulation_agree_and_so_do_their_gradients(needed: bool) -> None:
    generator = tiny().double().requires_grad_(needed)
    ws = latent(generator).detach().requires_grad_()
    found = []
    for fused in (False, True):
        image = generator.synthesis(ws, how=Rendering(fused=fused))
        (gradient,) = torch.autograd.grad(image.square().sum(), ws)
        found.append((image.detach(), gradient))
    for ours, theirs in zip(*found, strict=True):
        assert float((ours - theirs).abs().max() / theirs.abs().max()) < 1e-12


def test_changed_weights_are_noticed() -> None:
    """What is kept of frozen weights must not outlive them."""
    generator = tiny()
    ws = latent(generator)
    before = generator.synthesis(ws)
    conv = generator.synthesis.block(1).conv0
    with torch.no_grad():
        conv.weight.mul_(1 + torch.rand_like(conv.weight))
    changed = generator.synthesis(ws)
    fresh = Generator(TINY).requires_grad_(False)
    fresh.load_state_dict(generator.state_dict())
    assert not torch.allclose(before, changed)
    assert_same(changed, fresh.synthesis(ws))
    assert_same(changed, generator.double().synthesis(ws.double()))


def test_scaling_a_kernel_changes_nothing() -> None:
    """Demodulation, the reason why StyleGAN2 needs no normalization."""
    generator = tiny().double()
    ws = latent(generator).double()
    before = generator.synthesis(ws)
    with torch.no_grad():
        generator.synthesis.block(2).conv1.weight.mul_(7.0)
    assert float((generator.synthesis(ws) - before).abs().max()) < 1e-4


def test_noise_is_stored_drawn_or_none() -> None:
    generator = tiny()
    ws = latent(generator)
    dice = torch.Generator()

    def drawn(seed: int) -> Tensor:
        return generator.synthesis(ws, how=Rendering(noise="random", dice=dice.manual_seed(seed)))

    stored, none = (generator.synthesis(ws, how=Rendering(noise=n)) for n in ("const", "none"))
    assert_same(stored, generator.synthesis(ws))
    assert torch.equal(drawn(1), drawn(1))
    different = [stored, none, drawn(1), drawn(2)]
    for i, one in enumerate(different):
        assert all(not torch.equal(one, other) for other in different[:i])


def test_truncation_pulls_rows_to_the_average() -> None:
    generator = tiny()
    z = torch.randn(1, 8)
    mapping = generator.mapping
    assert_same(mapping.ws(z, psi=0.0)[0], mapping.w_avg.expand(10, -1))
    partly = mapping.ws(z, psi=0.0, rows=4)
    assert_same(partly[0, :4], mapping.w_avg.expand(4, -1))
    assert_same(partly[0, 4:], mapping.ws(z)[0, 4:])
    assert torch.allclose(mapping(z), mapping(3 * z), atol=1e-4)


def test_half_precision_is_near_and_finite() -> None:
    generator = tiny()
    ws = latent(generator)
    with torch.no_grad():
        generator.synthesis.block(3).conv0.weight.mul_(3e4)  # overflows when it is not scaled first
        generator.synthesis.block(4).conv1.affine.bias.add_(200)
    exact = generator.synthesis(ws)
    half = generator.synthesis(ws, how=Rendering(half_blocks=3))
    assert half.dtype == torch.float32
    assert half.isfinite().all()
    assert float((half - exact).abs().max() / exact.abs().max()) < 0.02
    outputs = generator.synthesis.features(ws, 4, how=Rendering(half_blocks=3))
    assert [x.dtype for x in outputs] == [torch.float32] * 2 + [torch.float16] * 3


def test_activations_are_clamped() -> None:
    generator = tiny(replace(TINY, clamp=0.5))
    ws = latent(generator)
    assert all(float(x.abs().max()) <= 0.5 for x in generator.synthesis.features(ws, 4))
    free = tiny(replace(TINY, clamp=None))
    assert max(float(x.abs().max()) for x in free.synthesis.features(ws, 4)) > 0.5


def test_bytes_cut_the_fraction_off() -> None:
    levels = to_uint8(torch.tensor([-9.0, -1.0, 0.0, 0.999, 9.0]).view(1, 1, 1, 5))
    assert levels.flatten().tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"channels": (16,)}, "4 pixels"),
        ({"channels": (1,) * 10}, "2048"),
        ({"channels": (16, 0)}, "channels"),
        ({"w_dim": 0}, "w_dim"),
        ({"clamp": -1.0}, "clamp"),
        ({"lr_multiplier": 0.0}, "lr_multiplier"),
    ],
)
def test_impossible_generators_are_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        GeneratorConfig(**{"channels": (16, 16)} | changes)  # pyright: ignore[reportArgumentType]


def test_a_configuration_goes_through_json_and_nothing_else_does() -> None:
    assert GeneratorConfig.from_dict(TINY.as_dict()) == TINY
    good = TINY.as_dict()
    for bad in (
        {"color": 1},
        {"channels": "many"},
        {"z_dim": "8"},
        {"clamp": "no"},
        {"z_dim": True},
    ):
        with pytest.raises(ValueError):
            GeneratorConfig.from_dict(good | bad)
    with pytest.raises(ValueError, match="channels"):
        GeneratorConfig.from_dict({"z_dim": 8})


def test_wrong_latents_and_blocks_are_refused() -> None:
    generator = tiny()
    with pytest.raises(ValueError, match="no block 5"):
        generator.synthesis.features(latent(generator), 5)
    for ws in (torch.zeros(1, 10, 8), torch.zeros(1, 3, 12), torch.zeros(10, 12)):
        with pytest.raises(ValueError, match="shape"):
            generator.synthesis.features(ws, 3)
    with pytest.raises(ValueError, match="size"):
        widths(300)
