# SPDX-License-Identifier: Apache-2.0
"""A grown autoencoder is the same function as the smaller one it came from, and can learn more."""

from dataclasses import replace

import pytest
import torch
from rounding import assert_same

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder, Residual
from server.lab.training.grow import grown

TINY = AutoencoderConfig(width=16, encoder_blocks=1, decoder_blocks=1, middle_width=4, fine_width=4)


def trained() -> PatchAutoencoder:
    """A small model no block of which is the identity, as after training."""
    torch.manual_seed(3)
    model = PatchAutoencoder(TINY)
    for part in model.modules():
        if isinstance(part, Residual):
            torch.nn.init.normal_(part.conv2.weight, std=0.1)
    return model.eval()


@pytest.mark.parametrize(
    "more",
    [
        {"stem": 3},
        {"encoder_blocks": 3},
        {"decoder_blocks": 2, "middle_blocks": 3},
        {"stem": 3, "encoder_blocks": 2, "decoder_blocks": 4, "middle_blocks": 2},
    ],
)
def test_the_function_stays(more: dict[str, int]) -> None:
    model, x = trained(), torch.rand(1, 3, 48, 32) * 2 - 1
    larger = grown(model, replace(TINY, **more))
    with torch.no_grad():
        z = model.encode(x)
        assert_same(larger.encode(x), z)
        assert_same(larger.decode(z), model.decode(z))
    assert sum(p.numel() for p in larger.parameters()) > sum(p.numel() for p in model.parameters())


def test_every_new_weight_takes_part_after_some_steps() -> None:
    larger = grown(trained(), replace(TINY, stem=3, encoder_blocks=2, middle_blocks=2)).train()
    before = {name: value.clone() for name, value in larger.state_dict().items()}
    optimizer = torch.optim.Adam(larger.parameters(), lr=0.01)
    for _ in range(3):
        x = torch.rand(2, 3, 32, 32) * 2 - 1
        optimizer.zero_grad()
        (larger.decode(larger.encode(x)) - x).abs().mean().backward()
        optimizer.step()
    still = [
        name for name, value in larger.state_dict().items() if torch.equal(value, before[name])
    ]
    assert not still


@pytest.mark.parametrize("more", [{"stem": 1, "encoder_blocks": 1}, {"width": 32, "stem": 3}])
def test_shrinking_and_other_widths_are_refused(more: dict[str, int]) -> None:
    model = grown(trained(), replace(TINY, stem=3, encoder_blocks=2))
    with pytest.raises(ValueError, match=r"shrink|grow"):
        grown(model, replace(TINY, **more))


@pytest.mark.parametrize("stem", [0, 2, 5])
def test_other_stems_are_refused(stem: int) -> None:
    with pytest.raises(ValueError, match=str(stem)):
        replace(TINY, stem=stem)
