# SPDX-License-Identifier: Apache-2.0
"""Loading artists' own models of both layouts, and everything that must be refused with a sentence."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from rounding import assert_same, assert_same_weights
from safetensors.torch import load_file, save_file
from tiny_model import tiny_catalogue
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from server.engine.api import EngineError, Step
from server.engine.models import single_file_names
from server.engine.models.catalogue import Catalogue
from server.engine.models.layout import ORIGINAL_TEXT, ORIGINAL_UNET, ORIGINAL_VAE, inspect
from server.engine.models.loading import load
from server.engine.models.safetensors_header import read_header
from server.lab.training.tokenizer import write_tokenizer

WIDTHS = (32, 64, 96, 96)
WORDS = ("sun", "boat", "lake")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of Stable Diffusion 1.5's very shape, but narrow, in diffusers' layout."""
    path = tmp_path_factory.mktemp("models") / "narrow"
    with torch.random.fork_rng():
        torch.manual_seed(1)
        tokenizer = write_tokenizer(path / "tokenizer", WORDS)
        UNet2DConditionModel(
            block_out_channels=WIDTHS,
            down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
            cross_attention_dim=64,
            attention_head_dim=8,
        ).save_pretrained(path / "unet")
        AutoencoderKL(
            block_out_channels=(32, 32, 64, 64),
            layers_per_block=2,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
        ).save_pretrained(path / "vae")
        config = CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
            num_attention_heads=1, hidden_act="quick_gelu", bos_token_id=0, eos_token_id=1,
        )  # fmt: skip
        CLIPTextModel(config).save_pretrained(path / "text_encoder")
        DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            steps_offset=1,
            set_alpha_to_one=False,
        ).save_pretrained(path / "scheduler")
    (path / "model_index.json").write_text(
        '{"_class_name": "StableDiffusionPipeline"}', encoding="utf-8"
    )
    return path


def reversed_names(modules: dict[str, str], names: list[str], prefix: str) -> dict[str, str]:
    """diffusers' tensor name -> the original's, by the inverse of the module map."""
    inverse = {ours: theirs for theirs, ours in modules.items()}
    found: dict[str, str] = {}
    for name in names:
        original = single_file_names.renamed(name, inverse)
        assert original is not None, name
        found[name] = prefix + original
    return found


def original_state(folder: Path) -> dict[str, Tensor]:
    """The folder's weights as the original single-file layout keeps them."""
    unet = load_file(folder / "unet" / "diffusion_pytorch_model.safetensors")
    vae = load_file(folder / "vae" / "diffusion_pytorch_model.safetensors")
    text = load_file(folder / "text_encoder" / "model.safetensors")
    topology = single_file_names.Topology(
        widths=WIDTHS, layers=2, attended=(True, True, True, False), context=64
    )
    state: dict[str, Tensor] = {}
    for tensors, modules, prefix in (
        (unet, single_file_names.unet_modules(topology), ORIGINAL_UNET),
        (vae, single_file_names.vae_modules(4, 2), ORIGINAL_VAE),
    ):
        for ours, theirs in reversed_names(modules, list(tensors), prefix).items():
            state[theirs] = tensors[ours]
    for name in list(state):
        if ".mid.attn_1." in name and name.endswith("weight") and state[name].ndim == 2:
            state[name] = state[name][:, :, None, None].contiguous()
    for name, tensor in text.items():
        state[ORIGINAL_TEXT + name.removeprefix("text_model.")] = tensor
    state[f"{ORIGINAL_TEXT}embeddings.position_ids"] = torch.arange(77)[None]
    state["betas"] = torch.zeros(1000)
    return state


@pytest.fixture(scope="module")
def single(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("single") / "narrow_v1.safetensors"
    save_file(original_state(folder), path)
    write_tokenizer(path.parent / "tokenizer", WORDS)
    return path


def catalogue(path: Path) -> Catalogue:
    return Catalogue(
        bundled=path / "none", folder=lambda: path / "none", named=lambda: {"mine": path}
    )


def loaded(path: Path) -> Any:
    return load(catalogue(path).profile("mine")).family


def test_original_names_are_those_of_stable_diffusion(folder: Path) -> None:
    """A few names everybody knows, spelled out, so that map and inverse cannot be wrong together."""
    known = {
        "model.diffusion_model.input_blocks.0.0.weight",
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
        "model.diffusion_model.input_blocks.3.0.op.bias",
        "model.diffusion_model.input_blocks.4.0.skip_connection.weight",
        "model.diffusion_model.input_blocks.11.0.in_layers.2.weight",
        "model.diffusion_model.middle_block.1.proj_out.weight",
        "model.diffusion_model.middle_block.2.out_layers.3.weight",
        "model.diffusion_model.output_blocks.2.1.conv.weight",
        "model.diffusion_model.output_blocks.5.2.conv.weight",
        "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.ff.net.0.proj.weight",
        "model.diffusion_model.time_embed.2.bias",
        "model.diffusion_model.out.2.weight",
        "first_stage_model.encoder.down.2.downsample.conv.weight",
        "first_stage_model.encoder.mid.attn_1.proj_out.weight",
        "first_stage_model.decoder.up.3.block.2.conv1.weight",
        "first_stage_model.decoder.up.1.upsample.conv.bias",
        "first_stage_model.decoder.mid.block_2.norm2.weight",
        "first_stage_model.quant_conv.weight",
        "cond_stage_model.transformer.text_model.encoder.layers.1.mlp.fc2.weight",
        "cond_stage_model.transformer.text_model.final_layer_norm.bias",
    }
    names = set(original_state(folder))
    assert known <= names, known - names
    assert "first_stage_model.decoder.up.0.upsample.conv.weight" not in names


def test_both_layouts_are_the_same_model(folder: Path, single: Path) -> None:
    ours, theirs = loaded(folder), loaded(single)
    cond, other = ours.encode_text(["a boat on a lake"]), theirs.encode_text(["a boat on a lake"])
    for part in ("unet", "autoencoder", "text_encoder"):
        assert_same_weights(getattr(ours, part).state_dict(), getattr(theirs, part).state_dict())
    assert_same(other.tokens, cond.tokens)
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    z = ours.encode(pixels)
    assert z.shape == (1, 4, 8, 8)
    assert_same(theirs.encode(pixels), z)
    assert_same(theirs.decode(z), ours.decode(z))
    with torch.no_grad():
        assert_same(theirs.network(z, 401, other), ours.network(z, 401, cond))


def test_a_folder_is_what_diffusers_itself_loads(folder: Path) -> None:
    family = loaded(folder)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet", local_files_only=True)
    vae = AutoencoderKL.from_pretrained(folder / "vae", local_files_only=True)
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    cond = family.encode_text(["sun"])
    with torch.no_grad():
        z = vae.encode(pixels).latent_dist.mean * 0.18215
        assert torch.allclose(family.encode(pixels), z, atol=1e-5)
        assert torch.allclose(
            family.decode(z), vae.decode(z / 0.18215).sample.clamp(-1, 1), atol=1e-5
        )
        assert torch.allclose(
            family.network(z, 401, cond), unet(z, 401, cond.tokens).sample, atol=1e-5
        )
    text = CLIPTextModel.from_pretrained(folder / "text_encoder", local_files_only=True)
    ids = family.tokenizer(
        ["sun"], padding="max_length", max_length=77, return_tensors="pt"
    ).input_ids
    assert torch.allclose(cond.tokens, text(ids).last_hidden_state, atol=1e-5)


def test_half_precision_and_progress(folder: Path) -> None:
    steps: list[Step] = []
    found = load(
        catalogue(folder).profile("mine"), dtype=torch.bfloat16, on_step=lambda s: steps.append(s)
    )
    assert found.family.dtype == torch.bfloat16
    assert list(dict.fromkeys(s.step for s in steps)) == [0, 1, 2, 3, 4]
    assert {s.steps for s in steps} == {4}
    assert len(found.sha256) == 64
    assert found.nbytes > 1_000_000


def test_cancelling_while_loading_stops(folder: Path) -> None:
    class Stop(Exception):
        pass

    def stop(step: Step) -> None:
        if step.step == 2:
            raise Stop

    with pytest.raises(Stop):
        load(catalogue(folder).profile("mine"), on_step=stop)


def test_the_bundled_layout_loads_and_its_sums_are_checked(tmp_path: Path) -> None:
    models = tiny_catalogue(tmp_path)
    profile = models.profile("scenes")
    family = load(profile).family
    cond = family.encode_text(["sun", ""])
    pixels = torch.zeros(2, 3, 64, 64)
    assert family.decode(family.encode(pixels)).shape == pixels.shape
    assert family.network(family.encode(pixels), 5, cond).shape == (2, 4, 8, 8)
    config = tmp_path / "bundled" / "scenes" / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(EngineError, match="not the file that came with Pullbrush"):
        load(profile)


def refusal(path: Path) -> EngineError:
    with pytest.raises(EngineError) as caught:
        load(catalogue(path).profile("mine"))
    assert caught.value.message.endswith((".", "it."))
    assert str(path.parent) not in caught.value.message
    return caught.value


# A pickle, written out by hand, that would run a command when it is read.
EVIL = b"cos\nsystem\n(S'touch unpickled'\ntR."


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".pth", ".bin", ".pkl"])
def test_pickles_are_refused_and_never_opened(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(EVIL)
    found = refusal(path)
    assert found.code == "model.refused"
    assert "safetensors" in found.message
    disguised = tmp_path / "model.safetensors"
    disguised.write_bytes(path.read_bytes())
    assert refusal(disguised).code == "model.refused"
    assert not Path("unpickled").exists()


def test_a_folder_of_pickles_is_refused(folder: Path, tmp_path: Path) -> None:
    spoiled = copy(folder, tmp_path)
    weights = spoiled / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    assert "run programs" in refusal(spoiled).message


def copy(folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(folder, tmp_path / "copy")


@pytest.mark.parametrize("cut", [3, 100, 5000, -1])
def test_truncated_files_are_refused(folder: Path, tmp_path: Path, cut: int) -> None:
    spoiled = copy(folder, tmp_path)
    weights = spoiled / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:cut])
    found = refusal(spoiled)
    assert found.code == "model.refused"
    assert "diffusion_pytorch_model.safetensors" in found.message


def header_file(path: Path, header: object, data: bytes = b"") -> Path:
    raw = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + data)
    return path


@pytest.mark.parametrize(
    "entries",
    [
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
        {"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}},
        {
            "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
            "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        },
        {"a": 3},
        [1, 2],
        {"a": {"dtype": "F32", "shape": [1 << 62, 1 << 62], "data_offsets": [0, 4]}},
    ],
)
def test_headers_that_lie_are_refused(tmp_path: Path, entries: object) -> None:
    with pytest.raises(EngineError) as caught:
        read_header(header_file(tmp_path / "x.safetensors", entries, b"\0" * 4))
    assert caught.value.code == "model.refused"


def test_a_header_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", 1 << 60) + b"{}")
    with pytest.raises(EngineError, match="not completely copied"):
        read_header(path)


def test_wrong_shapes_are_refused_before_anything_is_loaded(folder: Path, tmp_path: Path) -> None:
    spoiled = copy(folder, tmp_path)
    weights = spoiled / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_in.bias"] = torch.zeros(5)
    save_file(tensors, weights)
    assert "(conv_in.bias)" in refusal(spoiled).message
    del tensors["conv_in.bias"]
    save_file(tensors, weights)
    assert "(conv_in.bias)" in refusal(spoiled).message


def single_with(tmp_path: Path, state: dict[str, Tensor]) -> Path:
    path = tmp_path / "other.safetensors"
    save_file(state, path)
    return path


def test_other_model_families_are_told_apart(folder: Path, tmp_path: Path) -> None:
    state = original_state(folder)
    key = f"{ORIGINAL_UNET}input_blocks.0.0.weight"
    cases = {
        "SDXL": state | {"conditioner.embedders.0.x": torch.zeros(1)},
        "Stable Diffusion 2": state | {"cond_stage_model.model.ln_final.weight": torch.zeros(1)},
        "inpainting": state | {key: torch.zeros(32, 9, 3, 3)},
        "no text network": {n: t for n, t in state.items() if not n.startswith(ORIGINAL_TEXT)},
        "no autoencoder network": {
            n: t for n, t in state.items() if not n.startswith(ORIGINAL_VAE)
        },
        "no image network": {n: t for n, t in state.items() if not n.startswith(ORIGINAL_UNET)},
    }
    for words, tensors in cases.items():
        assert words in refusal(single_with(tmp_path, tensors)).message


def test_a_single_file_needs_its_own_word_list(
    single: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULLBRUSH_MODELS", str(tmp_path / "models"))
    alone = tmp_path / "alone" / "model.safetensors"
    alone.parent.mkdir()
    alone.write_bytes(single.read_bytes())
    found = refusal(alone)
    assert found.code == "model.missing"
    assert "vocab.json" in found.message
    write_tokenizer(tmp_path / "models" / "wrong" / "tokenizer", ("sun",))
    assert refusal(alone).code == "model.missing"
    write_tokenizer(tmp_path / "models" / "tokenizer", WORDS)
    assert inspect(alone).tokenizer == tmp_path / "models" / "tokenizer"


def test_names_find_models_and_paths_do_not(folder: Path, single: Path, tmp_path: Path) -> None:
    models = Catalogue(
        bundled=tmp_path,
        folder=lambda: folder.parent,
        named=lambda: {"mine": single, "gone": tmp_path / "x"},
    )
    assert [p.id for p in models.profiles()] == ["narrow", "mine"]
    assert models.profile("narrow").path == folder
    assert models.profile("mine").weight_bytes == single.stat().st_size
    for name in (str(folder), "a\\b", "nothing"):
        with pytest.raises(EngineError) as caught:
            models.profile(name)
        assert caught.value.code == "model.missing"
    with pytest.raises(EngineError, match="model file x is not there"):
        models.profile("gone")


def test_scheduler_numbers_are_the_models_own(folder: Path, tmp_path: Path) -> None:
    spoiled = copy(folder, tmp_path)
    config = spoiled / "scheduler" / "scheduler_config.json"
    numbers = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(
        json.dumps(numbers | {"prediction_type": "v_prediction", "steps_offset": 0}),
        encoding="utf-8",
    )
    family = loaded(spoiled)
    assert family.prediction == "v"
    assert family.betas.steps_offset == 0
    config.write_text(json.dumps(numbers | {"prediction_type": "sample"}), encoding="utf-8")
    assert "sample" in refusal(spoiled).message
