# SPDX-License-Identifier: Apache-2.0
"""Wide pictures with numbers that float32 cannot hold: the parity run against the same equations written plainly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from plain_dragon import Attention, Plain
from safetensors.torch import load_file, save_file
from torch import Tensor

from server.engine.diffusion.schedule import Betas, square_root
from server.lab.evaluate.parity.dragon import produce
from server.lab.evaluate.parity.report import load_case
from server.lab.evaluate.parity.roots import improved, reference_root

DRAGON = Path(__file__).parent / "fixtures" / "dragon"
HEIGHT, WIDTH = 64, 192
LIMIT = 1e-10  # on latents of magnitude 200

# Roots of the published schedule that the reference's machine gave as the neighbor above or below, by the bits of
# their argument: recovered from latents that the published code stored.
ABOVE = frozenset(
    {
        0x3C6574C3, 0x3CA0B8C0, 0x3E11EBEF, 0x3E237304, 0x3F2B4DB7, 0x3F4D7FA3, 0x3F4FE646, 0x3F527118,
        0x3F571647, 0x3F57233F, 0x3F5E0BF0, 0x3F5EEF0F, 0x3F6DF2D1, 0x3F7C6A2D, 0x3F7DAA7D, 0x3F7E857F,
    }
)  # fmt: skip
BELOW = frozenset(
    {
        0x3C8CC7E3, 0x3DA7C3EB, 0x3E4E4446, 0x3EB04C26, 0x3F13BE0D, 0x3F602F74, 0x3F625804, 0x3F76A4E4,
    }
)  # fmt: skip

# What that processor estimates 1/sqrt to be, as 4096ths above 1, for the direction's arguments in steps 11 to 19.
ESTIMATES = {
    0.25: (
        {0x3F6E301C: 150, 0x3F6BAB21: 173, 0x3F68D455: 199, 0x3F65A6F7: 229, 0x3F621ECE: 262, 0x3F5E3848: 300}
        | {0x3F59F093: 343, 0x3F5545C1: 391, 0x3F5036D5: 446}
    ),
    0.35: (
        {0x3F6BEBDB: 170, 0x3F697ACA: 193, 0x3F66B7AE: 218, 0x3F639DC4: 248, 0x3F6028CF: 281, 0x3F5C553D: 319}
        | {0x3F582038: 361, 0x3F5387CF: 410, 0x3F4E8B05: 464}
    ),
}  # fmt: skip
KNOWN = ESTIMATES[0.25] | ESTIMATES[0.35]

COMMON: dict[str, Any] = {
    "algorithm": "D+", "num_steps": 50, "height": HEIGHT, "width": WIDTH, "guidance_scale": 4.1,
    "image_prompt_scale": 0.07, "prompt": "",
}  # fmt: skip
MOVE: dict[str, Any] = COMMON | {
    "mode": "move", "energy_scale": 487.3, "sde_strength": 0.35, "w_edit": 4.1, "w_content": 5.9, "w_contrast": 0.23,
    "w_inpaint": 0.77, "point_from_xy": [60, 30], "point_to_xy": [121, 37],
}  # fmt: skip
LANDMARK: dict[str, Any] = COMMON | {
    "mode": "landmark", "energy_scale": 2903.7, "sde_strength": 0.25, "w_edit": 11.9,
    "points_from_xy": [[80, 20], [186, 50], [3, 60]], "points_to_xy": [[90, 27], [165, 43], [30, 49]],
}  # fmt: skip


def machine_root(x: Tensor) -> Tensor:
    """As the reference's machine: what was recovered, or improved from its estimate, or correctly rounded."""
    bits, root = int(x.view(torch.int32)), square_root(x)
    if bits in KNOWN:
        return improved(x, 1 + KNOWN[bits] / 4096)
    if bits in ABOVE:
        return torch.nextafter(root, torch.tensor(torch.inf))
    return torch.nextafter(root, torch.tensor(-torch.inf)) if bits in BELOW else root


def written(folder: Path, settings: dict[str, Any]) -> Path:
    """A case of a wide picture: random in double, so that no tensor is the same in float32."""
    draw = torch.Generator().manual_seed(12)
    side = (HEIGHT // 8, WIDTH // 8)
    shapes = {"latent_source": (1, 4, *side), "sde_noise": (9, 4, *side)}
    shapes |= {f"{row}_embedding": (1, 77, 32) for row in ("text", "uncond")}
    shapes |= {name: (1, 4, 32) for name in ("image_tokens", "image_tokens_uncond")}
    tensors = {
        n: torch.randn(shape, generator=draw, dtype=torch.float64) for n, shape in shapes.items()
    }
    assert all(bool((tensor.float().double() != tensor).any()) for tensor in tensors.values())
    tensors["mask"] = torch.zeros(HEIGHT, WIDTH, dtype=torch.uint8)
    tensors["mask"][17:43, 41:79] = 1
    tensors["mask_reference"] = torch.zeros(HEIGHT, WIDTH, dtype=torch.uint8)
    tensors["mask_reference"][5:21, 131:187] = 1
    save_file(tensors, folder / "data.safetensors")
    network = {
        "unet_config": str(DRAGON / "unet.json"),
        "weights": str(DRAGON / "unet.safetensors"),
    }
    description = {"family": "dragon", "settings": settings, "provenance": network}
    (folder / "case.json").write_text(json.dumps(description), encoding="utf-8")
    return folder / "case.json"


def plainly(given: dict[str, Tensor], settings: dict[str, Any]) -> dict[str, Tensor]:
    unet = UNet2DConditionModel(**json.loads((DRAGON / "unet.json").read_text(encoding="utf-8")))
    weights = load_file(DRAGON / "unet.safetensors")
    extra = {
        name.removeprefix("image_prompt."): w.double()
        for name, w in weights.items()
        if "image_prompt." in name
    }
    unet.load_state_dict({name: w for name, w in weights.items() if "image_prompt." not in name})
    unet.double().eval().requires_grad_(False)  # pyright: ignore[reportUnknownMemberType]
    layers = {name.rpartition(".to_")[0] for name in extra}
    attention = Attention(
        {n: (extra[f"{n}.to_k.weight"], extra[f"{n}.to_v.weight"]) for n in layers}
    )
    for name, module in unet.named_modules():
        if name.endswith((".attn1", ".attn2")):
            module.processor = attention.of(name)  # pyright: ignore[reportArgumentType]
    alphas = Betas().alphas_cumprod()
    plain = Plain(
        unet=unet, attention=attention, alphas=alphas, root=machine_root, given=given, settings=settings
    )  # fmt: skip
    return plain.run()


@pytest.mark.parametrize("settings", [MOVE, LANDMARK], ids=["move", "landmark"])
def test_a_wide_picture_is_double_all_the_way(settings: dict[str, Any], tmp_path: Path) -> None:
    case = load_case(written(tmp_path, settings))
    produced, _ = produce(case, torch.float64)
    expected = plainly(case.tensors, settings)
    off = {name: float((produced[name] - tensor).abs().max()) for name, tensor in expected.items()}
    assert max(off.values()) < LIMIT, next((n, e) for n, e in off.items() if e >= LIMIT)


def test_the_roots_of_the_references_machine_are_given() -> None:
    """Recovered ones and improved ones, none of which knows of the nearest estimate."""
    for bits in ABOVE | BELOW | set(KNOWN):
        x = torch.tensor([bits], dtype=torch.int32).view(torch.float32)[0]
        assert reference_root(x) == machine_root(x), hex(bits)
