# SPDX-License-Identifier: Apache-2.0
"""The first guess of inversion: what is taught is what heads are drawn from; where a model brings one it is used."""

from pathlib import Path
from typing import Any

import pytest
import torch
from rounding import assert_same_training

from server.engine.api import EngineError
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.encoder import Encoder, EncoderConfig, Guess, completed
from server.engine.gan.invert import InvertSettings, invert
from server.engine.gan.stylegan2 import Generator
from server.engine.models.generator_files import ENCODER
from server.engine.models.stylegan2 import load_generator
from server.lab.heads import FIELDS
from server.lab.heads.sample import NORMAL
from server.lab.training.bundle import files_of
from server.lab.training.clock import Budget
from server.lab.training.gan.encoder import Encoding, correlation, numbers_of, shaken, trained_on
from server.lab.training.gan.encoder import train as train_encoder
from server.lab.training.gan.export import trained_encoder, write_model
from server.lab.training.gan.store import Store, fill, head_of

SMALL = EncoderConfig(side=16, widths=(8, 8), hidden=16, numbers=len(FIELDS))
TINY = GeneratorConfig(z_dim=40, w_dim=24, mapping_layers=2, channels=(8, 8, 8), lr_multiplier=1.0)
STILL = InvertSettings(candidates=2, w_steps=0, plus_steps=0, tune_steps=0)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("store")
    assert list(fill(folder, seed=3, count=20, size=16, z_dim=40)) == [20]
    return Store(folder, seed=3, z_dim=40)


def test_what_is_taught_is_what_the_heads_are_drawn_from(store: Store) -> None:
    z = store.chosen([4], 16).z
    places = [NORMAL.cdf(float(v)) for v in numbers_of(z)[0]]
    assert places == pytest.approx(head_of(z[0].numpy()).places(), abs=1e-5)


def test_spare_numbers_bring_z_to_mean_square_one() -> None:
    known = torch.randn(3, 35)
    z = completed(known, 64)
    assert torch.equal(z[:, :35], known)
    assert torch.allclose(z.square().mean(1), torch.ones(3), atol=1e-5)
    assert bool(completed(known * 9, 64).isfinite().all())


def test_training_learns_and_resumes(tmp_path: Path, store: Store) -> None:
    how: dict[str, Any] = {"config": SMALL, "batch": 8, "rate": 1e-2}
    run = Encoding(tmp_path, Budget(steps=30), **how)
    losses = [run.step(store) for _ in range(29)]
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5])
    run.save()
    again = Encoding(tmp_path, Budget(steps=30), **how)
    assert again.clock.step == 29
    train_encoder(again, store)
    run.step(store)
    stored = trained_encoder(run.path)
    assert stored is not None
    start = Encoding(tmp_path / "fresh", Budget(steps=30), **how).average.parameters()
    assert_same_training(stored.parameters(), run.average.parameters(), start)
    found = correlation(run.average, store)
    assert found.shape == (35,)
    assert float(found.abs().max()) <= 1.001
    assert trained_on(store) == 18
    assert trained_encoder(tmp_path / "none.safetensors") is None


def test_shaking_keeps_the_head_and_is_the_same_again(store: Store) -> None:
    pictures = store.chosen([1, 2], 16).pictures
    one, two = (shaken(pictures, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, two)
    assert 0 < float((one - pictures).abs().mean()) < 0.2


def test_a_model_brings_its_guess_and_inversion_begins_there(tmp_path: Path) -> None:
    torch.manual_seed(1)
    generator, encoder = Generator(TINY).requires_grad_(False), Encoder(SMALL)
    size = write_model(tmp_path, generator, how="not at all.", found=1.0, encoder=encoder)
    files = files_of(tmp_path)
    assert size == sum(path.stat().st_size for path in files.values())
    assert {"config.json", "generator.safetensors", "encoder.safetensors"} == set(files)
    assert "an encoder" in (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    loaded = load_generator(tmp_path).generator
    assert loaded.guess is not None
    assert set(loaded.state_dict()) == set(generator.state_dict())
    picture = torch.rand(1, 3, 16, 16) * 2 - 1
    w = loaded.guess(picture)
    assert w.shape == (1, 24)
    own = loaded.synthesis(w[:, None].repeat(1, TINY.num_ws, 1))
    loaded.guess = lambda _picture: w
    assert torch.allclose(invert(loaded, own.clamp(-1, 1), settings=STILL).ws[:, 0], w)
    assert load_generator(tmp_path).generator.guess is not None


def test_an_encoder_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    generator = Generator(TINY).requires_grad_(False)
    write_model(tmp_path, generator, how="", found=1.0, encoder=Encoder(SMALL))
    (tmp_path / ENCODER).write_bytes(b"no tensors")
    (tmp_path / "hashes.json").unlink()
    with pytest.raises(EngineError, match=ENCODER):
        load_generator(tmp_path)
    with pytest.raises(ValueError, match="longer z, got 30"):
        Guess(Encoder(SMALL), generator.mapping, 30)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"widths": (12,)}, "multiples of 8"),
        ({"side": 20, "widths": (8, 8, 8)}, "halved 3 times"),
        ({"numbers": 0}, "numbers must be from 1"),
    ],
)
def test_impossible_encoders_are_refused(values: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        EncoderConfig(**values)
    assert EncoderConfig.from_dict(SMALL.as_dict()) == SMALL
    for wrong in ({}, {**SMALL.as_dict(), "hidden": "many"}, {**SMALL.as_dict(), "depth": 3}):
        with pytest.raises(ValueError, match="cannot be"):
            EncoderConfig.from_dict(wrong)
