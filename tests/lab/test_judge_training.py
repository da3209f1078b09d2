# SPDX-License-Identifier: Apache-2.0
"""The evaluator's training: what it sees, that it learns, that it goes on where it stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rounding import assert_same_training

from server.lab.evaluate.judge.augment import shifted, soft, spoil
from server.lab.evaluate.judge.data import Album, drawn, kept
from server.lab.evaluate.judge.facts import WORLD
from server.lab.evaluate.judge.fields import Labels, Spot, targets
from server.lab.evaluate.judge.judge import Judge, save
from server.lab.evaluate.judge.loss import loss_of
from server.lab.evaluate.judge.network import JudgeNet
from server.lab.evaluate.judge.train import Recipe, batch_of, train
from server.lab.scenes import HELD_OUT, render
from server.lab.scenes.sample_rich import sample_rich
from server.lab.training.clock import Budget
from server.lab.training.pictures import as_pixels, as_tensor


@pytest.fixture(scope="module")
def album() -> Album:
    return drawn(0, 8)


def recipe(steps: int) -> Recipe:
    return Recipe(budget=Budget(steps=steps), batch=4, seed=3)


def test_a_stopped_run_goes_on_to_the_same_weights(album: Album, tmp_path: Path) -> None:
    """The learning rate follows the budget, so a run that is stopped needs the same one when it goes on."""
    straight = train(album, recipe(4), run=tmp_path / "one", save_every=2)
    (tmp_path / "two").mkdir()
    halfway = _stopped_after(2, album, tmp_path / "two")
    resumed = train(album, recipe(4), run=tmp_path / "two", save_every=2)
    assert halfway == 2
    torch.manual_seed(recipe(4).seed)
    start = JudgeNet(WORLD)
    assert_same_training(resumed.parameters(), straight.parameters(), start.parameters())


class _Stop(Exception):
    pass


def _stopped_after(steps: int, album: Album, run: Path) -> int:
    """A run of the same budget that is broken off when it asks for one batch too many."""
    asked = 0

    def counted(given: Album, how: Recipe, step: int) -> object:
        nonlocal asked
        if step == steps:
            raise _Stop
        asked += 1
        return batch_of(given, how, step)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.lab.evaluate.judge.train.batch_of", counted)
        with pytest.raises(_Stop):
            train(album, recipe(4), run=run, save_every=2)
    return asked


def test_it_learns_the_pictures_it_sees(album: Album, tmp_path: Path) -> None:
    how = Recipe(budget=Budget(steps=12), batch=4, decay=0.5)
    x, wanted = as_tensor(album.pictures[:4]), targets(album.labels[:4], WORLD, 256)
    torch.manual_seed(how.seed)
    fresh = JudgeNet(WORLD).train()
    net = train(album, how, run=tmp_path).train()
    with torch.no_grad():
        before, after = (float(loss_of(n(x), wanted, WORLD)) for n in (fresh, net))
    assert after < 0.6 * before


def test_weights_come_back_from_half_precision(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = JudgeNet(WORLD).eval()
    save(net, tmp_path / "judge.safetensors")
    assert (tmp_path / "judge.safetensors").stat().st_size <= 2_500_000
    judge = Judge.load(tmp_path / "judge.safetensors")
    assert judge.fields == WORLD
    x = as_tensor(drawn(HELD_OUT, 1).pictures)
    with torch.inference_mode():
        found, expected = judge.net(x).centers, net(x).centers
    assert float((found - expected).abs().max()) < 0.02 * float(expected.abs().max())


def test_harm_depends_on_the_seed_alone_and_stays_small(album: Album) -> None:
    x = as_tensor(album.pictures)
    one, again = (spoil(x, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, again)
    assert not torch.equal(one, spoil(x, torch.Generator().manual_seed(6)))
    error = (one - x).square().mean((1, 2, 3))
    assert float(error.max()) < 0.04  # about 20 dB: a bad decoder, no other picture
    assert float(error.max()) > 1e-4
    assert float(one.abs().max()) <= 1


def test_blur_keeps_the_mean_and_what_is_flat() -> None:
    x = torch.rand(2, 3, 32, 32)
    assert float((soft(x).mean() - x.mean()).abs()) < 0.02
    assert torch.allclose(soft(torch.full((1, 3, 16, 16), 0.3)), torch.full((1, 3, 16, 16), 0.3))
    assert float(soft(x).std()) < 0.6 * float(x.std())


def test_moved_pictures_fill_their_border() -> None:
    x = torch.arange(64.0).view(1, 1, 8, 8)
    y = shifted(x, 2, -1)
    assert torch.equal(y[0, 0, :7, 2:], x[0, 0, 1:, :6])
    assert torch.equal(y[0, 0, :7, 0], x[0, 0, 1:, 0])
    assert torch.equal(y[0, 0, 7, 2:], x[0, 0, 7, :6])
    assert torch.equal(shifted(x, 0, 0), x)


def test_a_moved_batch_moves_its_answers(album: Album) -> None:
    """A white square on black is, in every harmed and moved batch, where the targets say it is."""
    pictures = np.zeros((4, 256, 256, 3), np.uint8)
    labels: list[Labels] = []
    for i, (x, y) in enumerate(((60, 80), (131, 44), (200, 171), (90, 202))):
        pictures[i, y - 5 : y + 6, x - 5 : x + 6] = 255
        labels.append(replace(album.labels[i], spots=(Spot(kind="moon", x=x + 0.5, y=y + 0.5),)))
    for step in range(4):
        seen, wanted = batch_of(Album(pictures=pictures, labels=labels), recipe(1), step)
        flat = torch.nn.functional.avg_pool2d(seen.mean(1, keepdim=True), 11, 1, 5).flatten(1)
        at = flat.argmax(1)
        x, y = at % 256 + 0.5, at // 256 + 0.5
        cells = wanted.places[:, 2:].flip(1) + 0.5 + wanted.offsets
        for (picture, *_), place in zip(wanted.places.tolist(), 8 * cells, strict=True):
            assert float((place - torch.stack((x[picture], y[picture]))).abs().max()) <= 1.0


def test_kept_pictures_are_drawn_again_when_the_world_has_changed(tmp_path: Path) -> None:
    first = kept(tmp_path, 0, 3)
    true = np.stack([render(sample_rich(seed)).rgb for seed in range(3)])
    assert np.array_equal(first.pictures, true)
    place = next(tmp_path.glob("*.npy"))
    pixels = np.lib.format.open_memmap(place, "r+")
    pixels[:] = 0
    pixels.flush()
    assert np.array_equal(kept(tmp_path, 0, 3).pictures, true)
    assert kept(tmp_path, 0, 3).labels == first.labels


def test_training_and_held_out_scenes_do_not_mix() -> None:
    with pytest.raises(ValueError, match="mix training and held-out"):
        drawn(HELD_OUT - 1, 2)


def test_pixels_and_tensors_agree(album: Album) -> None:
    assert np.array_equal(as_pixels(as_tensor(album.pictures)), album.pictures)
