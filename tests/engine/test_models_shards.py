# SPDX-License-Identifier: Apache-2.0
"""Weights in several files with an index: loaded like one file, and refused with a sentence when they do not fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from tiny_model import tiny_catalogue

from server.engine.api import EngineError
from server.engine.models.catalogue import Catalogue
from server.engine.models.layout import inspect
from server.engine.models.loading import load
from server.engine.models.shards import places_of, weights_of

INDEX = "diffusion_pytorch_model.safetensors.index.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, its weights in one file per part."""
    place = tmp_path_factory.mktemp("whole")
    tiny_catalogue(place)
    folder = place / "bundled" / "scenes"
    (folder / "hashes.json").unlink()
    return folder


@pytest.fixture
def split(whole: Path, tmp_path: Path) -> Path:
    """The same with its UNet in several files."""
    folder = tmp_path / "split"
    shutil.copytree(whole, folder)
    for file in (folder / "unet").glob("*.safetensors"):
        file.unlink()
    unet = UNet2DConditionModel.from_pretrained(whole / "unet", torch_dtype=torch.float16)
    unet.save_pretrained(folder / "unet", max_shard_size="100KB")
    return folder


def catalogue(path: Path) -> Catalogue:
    return Catalogue(
        bundled=path / "none", folder=lambda: path / "none", named=lambda: {"mine": path}
    )


def refusal(folder: Path) -> str:
    with pytest.raises(EngineError) as caught:
        inspect(folder)
    return str(caught.value)


def rewrite(folder: Path, **changes: str) -> None:
    index = folder / "unet" / INDEX
    content = json.loads(index.read_text(encoding="utf-8"))
    content["weight_map"] |= changes
    index.write_text(json.dumps(content), encoding="utf-8")


def test_a_split_model_loads_like_the_whole_one(whole: Path, split: Path) -> None:
    assert len(weights_of(split / "unet")) > 1
    assert inspect(split).weight_bytes == pytest.approx(inspect(whole).weight_bytes, rel=0.2)
    one, other = (load(catalogue(path).profile("mine")) for path in (whole, split))
    assert one.sha256 != other.sha256
    for name, value in one.unet.state_dict().items():
        assert torch.equal(value, other.unet.state_dict()[name])


def test_a_changed_piece_changes_the_sum_of_the_model(split: Path) -> None:
    before = load(catalogue(split).profile("mine")).sha256
    last = weights_of(split / "unet")[-1]
    raw = bytearray(last.read_bytes())
    raw[-2] ^= 1
    last.write_bytes(bytes(raw))
    assert load(catalogue(split).profile("mine")).sha256 != before


@pytest.mark.parametrize("name", ["../evil.safetensors", "/evil.safetensors", "a\\b.safetensors"])
def test_an_index_may_only_name_files_beside_it(split: Path, name: str) -> None:
    rewrite(split, **{"conv_in.weight": name})
    assert "it is damaged" in refusal(split)


def test_an_index_may_not_name_a_pickle(split: Path) -> None:
    rewrite(split, **{"conv_in.weight": "evil.bin"})
    assert "can run programs" in refusal(split)


@pytest.mark.parametrize("text", ["[]", "{", '{"weight_map": 3}', '{"weight_map": {}}'])
def test_a_damaged_index_is_refused(split: Path, text: str) -> None:
    (split / "unet" / INDEX).write_text(text, encoding="utf-8")
    assert "it is damaged" in refusal(split)


def test_a_missing_piece_is_named(split: Path) -> None:
    piece = weights_of(split / "unet")[0]
    piece.unlink()
    assert piece.name in refusal(split)


def test_a_tensor_in_two_pieces_is_refused(split: Path) -> None:
    first = weights_of(split / "unet")[0]
    double = first.with_name("double.safetensors")
    shutil.copy(first, double)
    with pytest.raises(EngineError, match="is damaged"):
        places_of((first, double))
