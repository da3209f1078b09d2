# SPDX-License-Identifier: Apache-2.0
"""Shards of latents: whole or absent, resumable, of one encoder, with the captions and classes of their scenes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rounding import assert_same
from transformers import CLIPTokenizer

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.lab.scenes import CLASSES, HELD_OUT, Scene, render, sample_scene
from server.lab.training.frames import Frame, framed, in_the_middle, top_of_window
from server.lab.training.latents import CAPTIONS, Encoding, encode, encoded, majority
from server.lab.training.pictures import Pictures, as_tensor
from server.lab.training.shards import Latents, facts_of, open_shards, shard_path, write_shard
from server.lab.training.tokenizer import write_tokenizer
from server.lab.training.worlds import FIRST, WORLDS, World

TINY = AutoencoderConfig(width=16, encoder_blocks=1, decoder_blocks=1, middle_width=4, fine_width=4)


def autoencoder(seed: int = 0) -> PatchAutoencoder:
    torch.manual_seed(seed)
    return PatchAutoencoder(TINY).eval()


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    return write_tokenizer(tmp_path_factory.mktemp("tokenizer"), FIRST.words())


@pytest.fixture
def how(tokenizer: CLIPTokenizer) -> Encoding:
    frame = Frame(width=64, height=64)
    return Encoding(world=FIRST, model=autoencoder(), tokenizer=tokenizer, frame=frame, shard=5)


def test_a_stopped_run_goes_on_and_gives_the_same(tmp_path: Path, how: Encoding) -> None:
    assert encode(tmp_path / "whole", how, first=0, count=12) == 3
    assert encode(tmp_path / "parts", how, first=0, count=5) == 1
    assert encode(tmp_path / "parts", how, first=0, count=12) == 2
    whole, parts = (open_shards(tmp_path / name, 64, 64) for name in ("whole", "parts"))
    assert whole.seg is not None
    assert parts.seg is not None
    assert_same(parts.z, whole.z)
    for key in ("ids", "seg"):
        assert np.array_equal(getattr(whole, key), getattr(parts, key))
    assert whole.z.shape == (12, 4, 8, 8)
    assert whole.ids.shape == (12, CAPTIONS, 77)
    assert whole.seg.shape == (12, 8, 8)
    assert len(open_shards(tmp_path / "whole", 64, 64, most=7)) == 7


def test_what_is_stored_belongs_to_its_scene(tmp_path: Path, how: Encoding) -> None:
    encode(tmp_path, how, first=3, count=2)
    found = open_shards(tmp_path, 64, 64)
    assert found.seg is not None
    for i, seed in enumerate((3, 4)):
        scene = sample_scene(seed)
        drawn = render(scene, 64)
        with torch.no_grad():
            z = how.model.encode(as_tensor(drawn.rgb[None]))[0].numpy()
        assert np.abs(found.z[i].astype(np.float32) - z).max() < 0.05 * np.abs(z).max()
        assert np.array_equal(found.seg[i], majority(drawn.segmentation))
        said = how.tokenizer(FIRST.caption(scene, seed * CAPTIONS + 2)).input_ids
        assert found.ids[i, 2, : len(said)].tolist() == said
        assert set(found.ids[i, 2, len(said) :]) == {how.tokenizer.pad_token_id}


def test_a_half_written_shard_is_not_seen(tmp_path: Path, how: Encoding) -> None:
    encode(tmp_path, how, first=0, count=5)
    path = shard_path(tmp_path, width=64, height=64, first=5)
    path.with_name(path.name + ".part").write_bytes(b"half")
    assert len(open_shards(tmp_path, 64, 64)) == 5


def test_shards_of_another_encoder_are_refused(tmp_path: Path, how: Encoding) -> None:
    encode(tmp_path, how, first=0, count=5)
    other = replace(how, model=autoencoder(1))
    with pytest.raises(ValueError, match=r"encoder .* delete it"):
        encode(tmp_path, other, first=0, count=5)
    encode(tmp_path, other, first=5, count=5)
    with pytest.raises(ValueError, match="2 different encoders"):
        open_shards(tmp_path, 64, 64)


def test_another_decoder_changes_no_shard(tmp_path: Path, how: Encoding) -> None:
    encode(tmp_path, how, first=0, count=5)
    polished = autoencoder()
    torch.nn.init.ones_(polished.decoder.conv_in.weight)
    assert encode(tmp_path, replace(how, model=polished), first=0, count=5) == 0


def test_splits_stay_apart(tmp_path: Path, how: Encoding) -> None:
    with pytest.raises(ValueError, match="held-out"):
        encode(tmp_path, how, first=HELD_OUT - 1, count=2)
    encode(tmp_path, how, first=HELD_OUT, count=2)
    with pytest.raises(FileNotFoundError, match="no train latents"):
        open_shards(tmp_path, 64, 64)
    assert len(open_shards(tmp_path, 64, 64, split="held")) == 2
    facts = facts_of(shard_path(tmp_path, width=64, height=64, first=HELD_OUT))
    assert (facts["first"], facts["count"], facts["world"]) == (str(HELD_OUT), "2", "first")


def test_encoded_reads_back_what_is_there(tmp_path: Path, how: Encoding) -> None:
    def once() -> Latents:
        return encoded(tmp_path, how.model, how.tokenizer, first=0, count=3, size=32)

    first = once()
    path = shard_path(tmp_path, width=32, height=32, first=0)
    stamp = path.stat().st_mtime_ns
    assert np.array_equal(once().z, first.z)
    assert path.stat().st_mtime_ns == stamp


def test_parts_of_other_lengths_are_refused(tmp_path: Path) -> None:
    z, ids = np.zeros((2, 4, 8, 8), np.float16), np.zeros((3, 4, 77), np.int16)
    with pytest.raises(ValueError, match="2 latents, 3 sets"):
        Latents(z=z, ids=ids)
    with pytest.raises(ValueError, match="class maps"):
        write_shard(tmp_path / "x", Latents(z=z, ids=ids[:2]), {})


def test_the_majority_of_a_cell_wins() -> None:
    classes = np.zeros((16, 8), np.uint8)
    classes[:8, :5] = 3
    classes[8:, :4] = len(CLASSES) - 1
    assert majority(classes).tolist() == [[3], [0]]


@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
@pytest.mark.parametrize(("width", "height"), [(320, 192), (192, 320), (384, 256)])
def test_other_shapes_show_every_thing_whole(world: World, width: int, height: int) -> None:
    frame = Frame(width=width, height=height)
    for seed in (0, HELD_OUT + 1):
        tried: list[int] = []
        view = framed(_noting(world, tried), seed, frame)
        assert view.rgb.shape == (height, width, 3)
        assert view.segmentation.shape == (height, width)
        assert {low < HELD_OUT for low in tried} == {seed < HELD_OUT}
        drawn = render(view.scene, frame.side)
        lost = (frame.side**2 - width * height) / frame.side**2
        assert 0.3 < lost < 0.45
        for name, mask in drawn.masks.items():
            if view.scene.thing(name).kind == "mountain":
                continue
            rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
            window = _where(view.rgb, drawn.rgb)
            assert window[0] <= rows[0] <= rows[-1] < window[0] + height
            assert window[1] <= columns[0] <= columns[-1] < window[1] + width


def _noting(world: World, tried: list[int]) -> Callable[[int], Scene]:
    def scene_of(seed: int) -> Scene:
        tried.append(seed)
        return world.scene(seed)

    return scene_of


def _where(part: Pictures, whole: Pictures) -> tuple[int, int]:
    """Row and column of a window in the picture that it was cut from."""
    for top in range(whole.shape[0] - part.shape[0] + 1):
        for left in range(whole.shape[1] - part.shape[1] + 1):
            if np.array_equal(whole[top : top + len(part), left : left + part.shape[1]], part):
                return top, left
    raise AssertionError("the window is no part of the picture")


def test_a_square_is_the_render_itself() -> None:
    view = framed(sample_scene, 11, Frame(width=128, height=128))
    assert np.array_equal(view.rgb, render(sample_scene(11), 128).rgb)


def test_scenes_that_do_not_fit_are_passed_over() -> None:
    scenes = [sample_scene(seed) for seed in range(200)]
    landscape = [top_of_window(scene, 153.0) for scene in scenes]
    assert 0 < sum(top is not None for top in landscape) < 200
    portrait = [in_the_middle(scene, 153.0) for scene in scenes]
    assert 0 < sum(scene is not None for scene in portrait) < 200


@pytest.mark.parametrize(("width", "height"), [(60, 64), (64, 8), (2048, 64)])
def test_impossible_frames_are_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match=f"{width} x {height}"):
        Frame(width=width, height=height)
