# SPDX-License-Identifier: Apache-2.0
"""Attention rules change what they say, and nothing is left of them afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor, AttnProcessor2_0
from diffusion_parts import SIDE, TEXT, box, cond, latent, noise, tiny_family, tiny_unet
from rounding import assert_same
from torch import Tensor, nn

from server.engine.diffusion.attention import Rule, attention_rules
from server.engine.diffusion.family import DECODER_SELF, SELF, at_side
from server.engine.diffusion.key_value_rules import ImagePrompt, KVSource, RecordKV, UseKV

SHAPE = (1, 4, SIDE, SIDE)


class RegisteredProcessor(nn.Module):
    """A processor that is a submodule with weights of its own, as adapters install them."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(1.5, dtype=torch.float64), requires_grad=False)
        self.plain = AttnProcessor2_0()

    def __call__(self, attn: Any, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self.gain * self.plain(attn, hidden_states, *args, **kwargs)


@pytest.fixture(params=[AttnProcessor2_0, AttnProcessor, RegisteredProcessor])
def processors(request: pytest.FixtureRequest) -> Iterator[None]:
    unet = tiny_unet()
    before = unet.attn_processors
    unet.set_attn_processor(request.param())
    yield
    unet.set_attn_processor(before)  # pyright: ignore[reportArgumentType]


def predict(rules: list[Rule], z: Tensor | None = None) -> Tensor:
    z = latent() if z is None else z
    family = tiny_family()
    with torch.no_grad(), attention_rules(family, rules, z.shape):
        return family.network(z, 500, cond(z.shape[0]))


def recorded(z: Tensor | None = None, role: str = DECODER_SELF) -> dict[str, tuple[Tensor, Tensor]]:
    bank: dict[str, tuple[Tensor, Tensor]] = {}
    predict([RecordKV(bank, role)], z)
    return bank


def state() -> list[Any]:
    """Everything that could have changed about the modules, object by object."""
    found: list[Any] = []
    for name, module in tiny_unet().named_modules():
        found += [name, id(module), dict(vars(module)).keys(), list(module._modules)]
        found += [id(vars(module).get("processor")), module.forward, dict(module._forward_hooks)]
    return found


@pytest.mark.usefixtures("processors")
def test_nothing_is_left_afterwards() -> None:
    before, plain = state(), predict([])
    values = {name: value.clone() for name, value in tiny_unet().state_dict().items()}
    bank = recorded(latent(seed=1))
    changed = predict([UseKV(sources=[KVSource(bank=bank)], own=True)])
    assert not torch.equal(changed, plain)
    assert state() == before
    assert list(tiny_unet().state_dict()) == list(values)
    assert all(torch.equal(value, values[name]) for name, value in tiny_unet().state_dict().items())
    assert torch.equal(predict([]), plain)


def test_the_state_dict_is_the_same_while_rules_hold() -> None:
    keys = list(tiny_unet().state_dict())
    with attention_rules(tiny_family(), [RecordKV({})], SHAPE):
        assert list(tiny_unet().state_dict()) == keys


@pytest.mark.usefixtures("processors")
def test_rules_go_when_the_network_fails() -> None:
    before = state()

    class Failing(RecordKV):
        def keys_values(self, place: Any, own: Any) -> tuple[Tensor, Tensor]:
            raise KeyError(place.name)

    with pytest.raises(KeyError):
        predict([Failing({})])
    assert state() == before


@pytest.mark.usefixtures("processors")
def test_recording_changes_nothing_and_finds_the_nine_decoder_layers() -> None:
    bank: dict[str, tuple[Tensor, Tensor]] = {}
    assert_same(predict([RecordKV(bank)]), predict([]))
    assert len(bank) == 9
    assert all(name.startswith("up_blocks.") and name.endswith("attn1") for name in bank)
    assert {keys.shape[1] for keys, _ in bank.values()} == {16, 64, 256}


@pytest.mark.usefixtures("processors")
def test_a_picture_under_its_own_bank_is_itself() -> None:
    """Replacing by, or appending, one's own keys and values leaves the softmax average where it was."""
    bank, plain = recorded(), predict([])
    for own in (False, True):
        again = predict([UseKV(sources=[KVSource(bank=bank)], own=own)])
        assert_same(again, plain)


@pytest.mark.usefixtures("processors")
def test_every_row_gets_the_bank() -> None:
    bank, z = recorded(latent(seed=1)), latent()
    rule = UseKV(sources=[KVSource(bank=bank)])
    family, both = tiny_family(), torch.cat([z, z])
    with torch.no_grad(), attention_rules(family, [rule], both.shape):
        two = family.network(both, 500, cond(2, seed=9))
    with torch.no_grad(), attention_rules(family, [rule], z.shape):
        one = family.network(z, 500, type(cond())(cond(2, seed=9).tokens[1:]))
    assert_same(two[1:], one)


def one_layer() -> tuple[Any, str]:
    site = tiny_family().sites(at_side(SELF, 2))[-1]
    return site.module, site.name


def by_hand(
    layer: Any, hidden: Tensor, keys: Tensor, values: Tensor, bias: Tensor | float = 0.0
) -> Tensor:
    """softmax(Q K^T / sqrt(d) + bias) V, head by head, times the processor's own gain if it has one."""
    query, width = layer.to_q(hidden), layer.to_q.out_features // layer.heads
    parts: list[Tensor] = []
    for h in range(layer.heads):
        cut = slice(h * width, (h + 1) * width)
        scores = query[..., cut] @ keys[..., cut].mT / width**0.5 + bias
        parts.append(scores.softmax(-1) @ values[..., cut])
    return getattr(layer.processor, "gain", 1.0) * layer.to_out[0](torch.cat(parts, dim=-1))


@pytest.mark.usefixtures("processors")
def test_kept_tokens_are_all_that_is_seen() -> None:
    layer, name = one_layer()
    hidden, bank_hidden = noise(1, 64, 8, seed=1), noise(1, 64, 8, seed=2)
    bank = {name: (layer.to_k(bank_hidden), layer.to_v(bank_hidden))}
    keep = box((SIDE, SIDE), slice(0, SIDE), slice(0, SIDE // 2))
    tokens = keep[0, 0, ::2, ::2].flatten()
    rule = UseKV(sources=[KVSource(bank=bank, keep=keep)], role=at_side(SELF, 2))
    with attention_rules(tiny_family(), [rule], SHAPE):
        found = layer(hidden)
    assert_same(found, by_hand(layer, hidden, *(x[:, tokens] for x in bank[name])))


@pytest.mark.usefixtures("processors")
def test_blind_queries_do_not_see_hidden_tokens_and_the_others_do() -> None:
    layer, name = one_layer()
    hidden, bank_hidden = noise(1, 64, 8, seed=1), noise(1, 64, 8, seed=2)
    bank = {name: (layer.to_k(bank_hidden), layer.to_v(bank_hidden))}
    queries = box((SIDE, SIDE), slice(0, 6), slice(0, 6))
    tokens = box((SIDE, SIDE), slice(4, 12), slice(4, 16))
    rule = UseKV(
        sources=[KVSource(bank=bank)], own=True, role=at_side(SELF, 2), blind=(queries, tokens)
    )
    with attention_rules(tiny_family(), [rule], SHAPE):
        found = layer(hidden)
    asking, unseen = (mask[0, 0, ::2, ::2].flatten() for mask in (queries, tokens))
    bias = torch.zeros(64, 128, dtype=torch.float64)
    bias[:, 64:][asking[:, None] & unseen[None, :]] = -torch.inf
    keys = torch.cat([layer.to_k(hidden), bank[name][0]], dim=1)
    values = torch.cat([layer.to_v(hidden), bank[name][1]], dim=1)
    assert_same(found, by_hand(layer, hidden, keys, values, bias))
    assert not torch.allclose(found, by_hand(layer, hidden, keys, values), atol=1e-6)


def test_a_mask_that_hides_everything_hides_nothing() -> None:
    bank, everywhere = recorded(latent(seed=1)), box((SIDE, SIDE), slice(None), slice(None))
    plain = predict([UseKV(sources=[KVSource(bank=bank)])])
    assert_same(predict([UseKV(sources=[KVSource(bank=bank, keep=~everywhere)])]), plain)
    blind = predict([UseKV(sources=[KVSource(bank=bank)], blind=(everywhere, everywhere))])
    assert_same(blind, plain)
    assert bool(torch.isfinite(blind).all())


@pytest.mark.usefixtures("processors")
def test_an_image_prompt_adds_its_own_attention() -> None:
    weights: dict[str, tuple[Tensor, Tensor]] = {}
    for site in tiny_family().sites("cross"):
        width = site.module.get_submodule("to_k").weight.shape[0]  # pyright: ignore[reportArgumentType]
        weights[site.name] = (noise(int(width), TEXT, seed=3), noise(int(width), TEXT, seed=4))  # pyright: ignore
    tokens, plain = noise(1, 4, TEXT, seed=6), predict([])
    off = predict([ImagePrompt(tokens=tokens, projections=weights, scale=0.0)])
    assert_same(off, plain)
    assert not torch.allclose(
        predict([ImagePrompt(tokens=tokens, projections=weights, scale=0.5)]), plain, atol=1e-3
    )


def test_two_rules_hold_together_the_first_innermost() -> None:
    bank, other = recorded(latent(seed=1)), dict[str, tuple[Tensor, Tensor]]()
    predict([UseKV(sources=[KVSource(bank=bank)]), RecordKV(other)])
    assert all(torch.equal(other[name][0], bank[name][0]) for name in bank)


def test_unknown_roles_and_senseless_rules_are_refused() -> None:
    with pytest.raises(KeyError, match="decoder_self"):
        predict([RecordKV({}, role="self(side/3)")])
    with pytest.raises(ValueError, match="at least one source"):
        UseKV(sources=[])
