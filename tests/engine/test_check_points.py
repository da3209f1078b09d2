# SPDX-License-Identifier: Apache-2.0
"""A cancel holds everywhere: in the coders, while loading, while sums are made. Counted after the cancel."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusion_parts import tiny_unet
from tiny_model import VAE, tiny_catalogue

from server.engine.api import Layer, Picture, Step, ignore_step, proceed
from server.engine.diffusion import check_points
from server.engine.diffusion.check_points import layers
from server.engine.diffusion.sd15 import Sd15
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.drag import Drag
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.invert import InvertSettings, invert
from server.engine.gan.stylegan2 import EXACT, Generator, StyledConv
from server.engine.models import checksums, loading
from server.engine.models.autoencoder import PatchAutoencoder
from server.engine.models.catalogue import Catalogue
from server.engine.models.checksums import file_sum
from server.engine.models.loading import load
from server.engine.models.remembered_checksums import known_sum
from server.engine.step_watch import Watch


class Stop(Exception):
    """The artist cancelled."""


def stop_at(number: int) -> tuple[Callable[[], None], list[int]]:
    """A check that stops at its so-many-th call, and its calls."""
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == number:
            raise Stop

    return check, asked


@pytest.fixture(params=["bundled", "stable diffusion"])
def family(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sd15:
    """Coders of both kinds, every layer of which counts as long."""
    monkeypatch.setattr(check_points, "PULSE", 0.0)
    torch.manual_seed(0)
    if request.param == "bundled":
        return Sd15(tiny_unet(), autoencoder=PatchAutoencoder(VAE))
    blocks = {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    }
    coder = AutoencoderKL(block_out_channels=(4, 4, 4, 4), norm_num_groups=2, **blocks)
    return Sd15(tiny_unet(), autoencoder=coder)


def run_layers(family: Sd15) -> tuple[list[Any], list[Any]]:
    """The layers of a coder that have run from now on, and the handles that note them."""
    ran: list[Any] = []
    return ran, [
        layer.register_forward_hook(lambda module, _i, _o: ran.append(module))
        for layer in layers(family.autoencoder)
    ]


@pytest.mark.parametrize("what", ["encode", "decode"])
def test_a_coder_is_left_within_one_layer(family: Sd15, what: str) -> None:
    x = torch.zeros(1, 3, 64, 64) if what == "encode" else torch.zeros(1, 4, 8, 8)
    ran, handles = run_layers(family)
    getattr(family, what)(x)
    whole, ran[:] = len(ran), []
    check, asked = stop_at(4)
    with pytest.raises(Stop):
        getattr(family, what)(x, check)
    assert len(ran) == len(asked) - 1 == 3, "nothing after the cancel"
    assert whole > 4
    for handle in handles:
        handle.remove()
    assert not any(module._forward_pre_hooks for module in family.autoencoder.modules())


def test_checks_change_no_pixel(family: Sd15) -> None:
    z = torch.linspace(-1, 1, 256).view(1, 4, 8, 8)
    assert torch.equal(family.decode(z), family.decode(z, lambda: None))


# ---- sums of files


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that was written long ago, read in pieces of four bytes; nothing is remembered."""
    monkeypatch.setattr(checksums, "PIECE", 4)
    monkeypatch.setenv("PULLBRUSH_DATA", str(tmp_path / "data"))
    file = tmp_path / "weights.safetensors"
    file.write_bytes(bytes(range(40)))
    age(file, 100)
    return file


def age(file: Path, seconds: float) -> None:
    found = file.stat()
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns - int(seconds * 1e9)))


def pieces(file: Path) -> int:
    """How many pieces of a file are read to know its sum."""
    check, asked = stop_at(0)
    file_sum(file, check)
    return len(asked)


def test_a_sum_is_left_within_one_piece(weights: Path) -> None:
    check, asked = stop_at(3)
    with pytest.raises(Stop):
        file_sum(weights, check)
    assert len(asked) == 3
    assert known_sum(weights) == "", "half a sum is none"


def test_a_file_is_read_once_and_again_when_it_was_changed(weights: Path) -> None:
    first = file_sum(weights)
    assert first == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert pieces(weights) == 0
    age(weights, 5)
    assert pieces(weights) == 10, "touched"
    content = bytearray(weights.read_bytes())
    content[7] ^= 1
    weights.write_bytes(content)
    age(weights, 100)
    assert pieces(weights) == 10, "of the same size, and other"
    assert file_sum(weights) != first


def test_a_file_that_was_just_written_is_not_trusted(weights: Path) -> None:
    weights.write_bytes(bytes(40))
    assert pieces(weights) == 10
    assert pieces(weights) == 10


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"x": 3}', b"\xff"])
def test_a_damaged_memory_of_sums_counts_as_empty(weights: Path, content: bytes) -> None:
    file_sum(weights)
    memory = weights.parent / "data" / "engine" / "sums.json"
    memory.write_bytes(content)
    assert pieces(weights) == 10
    assert pieces(weights) == 0


def test_another_file_of_the_same_name_has_its_own_sum(weights: Path) -> None:
    first = file_sum(weights)
    other = weights.with_name("other")
    other.write_bytes(bytes(40))
    age(other, 100)
    other.replace(weights)
    assert file_sum(weights) != first


# ---- loading


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return tiny_catalogue(tmp_path_factory.mktemp("model"))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tensors that are read."""
    names: list[str] = []

    class Noted:
        def __init__(self, *args: Any, **more: Any) -> None:
            self._file = real(*args, **more)

        def __enter__(self) -> Noted:
            self._file.__enter__()
            return self

        def __exit__(self, *about: object) -> None:
            self._file.__exit__(*about)

        def get_tensor(self, name: str) -> torch.Tensor:
            names.append(name)
            return self._file.get_tensor(name)

    real = loading.safe_open
    monkeypatch.setattr(loading, "safe_open", Noted)
    return names


def test_loading_is_left_within_one_tensor(catalogue: Catalogue, read: list[str]) -> None:
    profile = catalogue.profile("scenes")
    load(profile, on_step=ignore_step)
    whole = len(read)
    read.clear()
    stopped: list[int] = []

    def on_step(_step: Step) -> None:
        if len(read) == 5:
            stopped.append(len(read))
            raise Stop

    with pytest.raises(Stop):
        load(profile, on_step=on_step)
    assert (len(read), stopped) == (5, [5])
    assert whole > 100


def test_the_search_for_a_beginning_is_left_within_one_picture() -> None:
    """64 random pictures are looked at before the first step of an inversion."""
    torch.manual_seed(0)
    config = GeneratorConfig(z_dim=8, w_dim=8, channels=(4, 4, 4), mapping_layers=1)
    generator = Generator(config).requires_grad_(False)
    check, asked = stop_at(9)
    made: list[int] = []
    generator.synthesis.register_forward_hook(lambda *_: made.append(1))
    with pytest.raises(Stop):
        invert(generator, torch.zeros(1, 3, 16, 16), settings=InvertSettings(), check=check)
    assert len(made) == len(asked) - 1 == 8


CONFIG = GeneratorConfig(z_dim=8, w_dim=8, channels=(4, 4, 4, 4), mapping_layers=1)


def pulled(check: Callable[[], None] = proceed) -> tuple[Drag, list[str]]:
    """A pull that has not begun, and the convolutions that run on its ways there and back."""
    torch.manual_seed(0)
    generator = Generator(CONFIG).requires_grad_(False)
    ran: list[str] = []
    for module in generator.modules():
        if isinstance(module, StyledConv):
            module.register_forward_hook(lambda *_: ran.append("there"))
            module.affine.register_full_backward_hook(lambda *_: ran.append("back"))
    ws = generator.mapping.ws(torch.randn(1, 8)).detach()
    settings = DragGanSettings(block=3, rows=6, r1=2, r2=3)
    how = replace(EXACT, check=check)
    drag = Drag(generator, ws, [(8, 8)], [(16, 20)], settings=settings, how=how)
    return drag, ran


@pytest.mark.parametrize("number", [1, 4, 8, 9, 12])
def test_a_step_of_a_pull_is_left_within_one_convolution(number: int) -> None:
    """There and, from the eighth on, on the way back."""
    drag, ran = pulled()
    before = drag.w.clone()
    drag.step()
    whole, moved = len(ran), drag.w.clone()
    check, asked = stop_at(number)
    drag, ran = pulled(check)
    with pytest.raises(Stop):
        drag.step()
    assert len(asked) == number
    assert len(ran) in (number - 1, number - 2), "nothing after the cancel"
    assert len(ran) < whole
    assert torch.equal(drag.w, before)
    drag, ran = pulled(lambda: None)
    drag.step()
    assert torch.equal(drag.w, moved), "checks change nothing"


def test_a_check_passes_no_preview_on_as_making_one_checks_too() -> None:
    heard: list[Step] = []

    def on_step(step: Step) -> None:
        heard.append(step)
        if step.preview is not None:
            step.preview()

    watch = Watch(on_step)

    def drawn() -> Layer:
        watch.check()
        pixels = np.zeros((1, 1, 4), np.uint8)
        picture = Picture(pixels=pixels, rect=(0, 0, 1, 1), document=(1, 1))
        return Layer(picture=picture, name="seen")

    watch.tell(Step(phase="edit", step=3, steps=9, preview=drawn))
    assert [step.preview is None for step in heard] == [False, True]
    assert {(step.phase, step.step) for step in heard} == {("edit", 3)}
