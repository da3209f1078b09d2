# SPDX-License-Identifier: Apache-2.0
"""LoRA files in the spellings artists have them in: the same addition from each, gone without a trace afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusion_parts import cond, denoiser, latent, tiny_unet
from safetensors.torch import save_file
from torch import Tensor

from server.engine.api import EngineError
from server.engine.models.few_step_profile import fast_of
from server.engine.models.lora import load_lora, with_lora
from server.lab.training.fewstep.lora import layers_of

RANK, ALPHA = 3, 6.0
LAYERS = (
    "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0",
    "up_blocks.1.resnets.0.conv1",
    "down_blocks.0.attentions.0.proj_in",
)
Additions = dict[str, tuple[Tensor, Tensor]]


@pytest.fixture
def additions() -> Additions:
    generator = torch.Generator().manual_seed(1)
    found: Additions = {}
    for name in LAYERS:
        weight = tiny_unet().get_submodule(name).weight
        assert isinstance(weight, Tensor)
        down = torch.randn((RANK, *weight.shape[1:]), generator=generator)
        up = torch.randn((len(weight), RANK, *[1] * (weight.ndim - 2)), generator=generator)
        found[name] = (down, up)
    return found


def peft(additions: Additions, *, scaled: float = 1.0) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for name, (down, up) in additions.items():
        tensors[f"unet.{name}.lora_A.weight"] = down
        tensors[f"unet.{name}.lora_B.weight"] = up * scaled
    return tensors


def older(additions: Additions) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for name, (down, up) in additions.items():
        head, _, last = name.removesuffix(".0").rpartition(".")
        if last.startswith("to_"):
            down_name = f"{head}.processor.{last}_lora.down"
            up_name = f"{head}.processor.{last}_lora.up"
        else:
            down_name, up_name = f"{name}.lora.down", f"{name}.lora.up"
        tensors[f"unet.{down_name}.weight"] = down
        tensors[f"unet.{up_name}.weight"] = up * (ALPHA / RANK)
    return tensors


def kohya(additions: Additions) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for name, (down, up) in additions.items():
        stem = "lora_unet_" + name.replace(".", "_")
        tensors[f"{stem}.lora_down.weight"] = down
        tensors[f"{stem}.lora_up.weight"] = up
        tensors[f"{stem}.alpha"] = torch.tensor(ALPHA)
    return tensors


def written(path: Path, tensors: dict[str, Tensor], **metadata: str) -> Path:
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata=metadata or None)
    return path


def weights() -> dict[str, Tensor]:
    return {name: weight.data for name, weight in tiny_unet().named_parameters()}


@pytest.mark.parametrize("spelling", ["peft", "older", "kohya", "metadata"])
def test_each_spelling_adds_alpha_by_rank_up_times_down(
    tmp_path: Path, additions: Additions, spelling: str
) -> None:
    file = tmp_path / "lora.safetensors"
    settings = json.dumps({"unet.r": RANK, "unet.lora_alpha": ALPHA})
    match spelling:
        case "peft":
            written(file, peft(additions, scaled=ALPHA / RANK))
        case "older":
            written(file, older(additions))
        case "kohya":
            written(file, kohya(additions))
        case _:
            written(file, peft(additions), lora_adapter_metadata=settings)
    before = weights()
    with with_lora(tiny_unet(), load_lora(file, tiny_unet())):
        for name, now in weights().items():
            layer = name.removesuffix(".weight")
            if layer in additions:
                down, up = additions[layer]
                delta = torch.einsum("or,ri->oi", up.flatten(1), down.flatten(1)) * (ALPHA / RANK)
                expected = before[name] + delta.view_as(before[name])
                assert torch.allclose(now, expected, rtol=1e-5, atol=1e-5), name
            else:
                assert now.data_ptr() == before[name].data_ptr()


def test_afterwards_the_very_tensors_are_back(tmp_path: Path, additions: Additions) -> None:
    lora = load_lora(written(tmp_path / "a.safetensors", kohya(additions)), tiny_unet())
    before, copies = weights(), {name: value.clone() for name, value in weights().items()}
    plain = denoiser().eps(latent(), 500, cond(), purpose="denoise")

    def stopped() -> None:
        with with_lora(tiny_unet(), lora):
            changed = denoiser().eps(latent(), 500, cond(), purpose="denoise")
            assert not torch.allclose(changed, plain)
            raise KeyError

    with pytest.raises(KeyError):
        stopped()
    for name, now in weights().items():
        assert now.data_ptr() == before[name].data_ptr()
        assert torch.equal(now, copies[name])
    assert torch.equal(denoiser().eps(latent(), 500, cond(), purpose="denoise"), plain)


def test_strength_scales_the_addition(tmp_path: Path, additions: Additions) -> None:
    lora = load_lora(written(tmp_path / "a.safetensors", peft(additions)), tiny_unet())
    name = LAYERS[0] + ".weight"
    before = weights()[name]
    with with_lora(tiny_unet(), lora, 0.0):
        assert torch.equal(weights()[name], before)
    with with_lora(tiny_unet(), lora, 1.0):
        whole = weights()[name] - before
    with with_lora(tiny_unet(), lora, 0.5):
        assert torch.allclose(weights()[name] - before, whole / 2, atol=1e-6)
    with with_lora(tiny_unet(), None):
        assert weights()[name] is not None
        assert torch.equal(weights()[name], before)


def test_every_layer_of_a_published_few_step_lora_is_found_by_its_kohya_name() -> None:
    """Of Stable Diffusion 1.5 itself, without its weights: 278 layers, no two with the same name."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            block_out_channels=(320, 640, 1280, 1280), cross_attention_dim=768
        )
    added = layers_of(unet, "all")
    flat = {name.replace(".", "_") for name in added}
    assert len(flat) == len(added) == 278
    assert {"down_blocks_0_downsamplers_0_conv", "mid_block_resnets_1_time_emb_proj"} <= flat
    assert "up_blocks_3_attentions_2_transformer_blocks_0_ff_net_0_proj" in flat


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unet.other.lora_A.weight": (2, 4)}, "another network"),
        ({"lora_unet_other.lora_down.weight": (2, 4)}, "another network"),
        ({f"unet.{LAYERS[0]}.lora_A.weight": (2, 8)}, "damaged"),
        ({f"unet.{LAYERS[0]}.hada_w1_a": (2, 8)}, "no plain LoRA"),
        ({"lora_te_x.lora_down.weight": (2, 8)}, "text encoder"),
        (
            {
                f"unet.{LAYERS[0]}.lora_A.weight": (2, 5),
                f"unet.{LAYERS[0]}.lora_B.weight": (8, 2),
            },
            "another network",
        ),
        (
            {
                f"unet.{LAYERS[0]}.lora_A.weight": (2, 8),
                f"unet.{LAYERS[0]}.lora_B.weight": (8, 3),
            },
            "another network",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    tmp_path: Path, change: dict[str, tuple[int, ...]], sentence: str
) -> None:
    file = written(tmp_path / "x.safetensors", {k: torch.ones(v) for k, v in change.items()})
    with pytest.raises(EngineError, match=sentence):
        load_lora(file, tiny_unet())


def test_pickles_are_refused_unopened(tmp_path: Path) -> None:
    file = tmp_path / "lora.bin"
    file.write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(EngineError, match="run programs"):
        load_lora(file, tiny_unet())


def test_a_model_folder_may_have_a_fast_path(tmp_path: Path) -> None:
    assert fast_of(tmp_path) is None
    (tmp_path / "fast").mkdir()
    assert fast_of(tmp_path) is None
    (tmp_path / "fast" / "lcm-lora.safetensors").touch()
    found = fast_of(tmp_path)
    assert found is not None
    assert (found.file.name, found.steps, found.points) == ("lcm-lora.safetensors", 4, 50)
    config = tmp_path / "fast" / "scheduler_config.json"
    config.write_text('{"original_inference_steps": 20}')
    again = fast_of(tmp_path)
    assert again is not None
    assert again.points == 20
    for wrong in (
        "[]",
        "{",
        '{"original_inference_steps": 2}',
        '{"original_inference_steps": "x"}',
    ):
        config.write_text(wrong)
        with pytest.raises(EngineError, match="in few steps"):
            fast_of(tmp_path)
