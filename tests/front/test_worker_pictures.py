# SPDX-License-Identifier: Apache-2.0
"""Bytes to pictures and back inside a worker, and the small copies that are looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ParamError
from protocol.images import Image
from server.engine.api import EngineError, Picture
from server.worker import image_codec
from server.worker.error_report import explain, is_out_of_memory
from server.worker.preview_codec import shrink

RNG = np.random.default_rng(5)


def described(pixels: np.ndarray, order: str, alpha: str = "none", space: str = "srgb") -> Image:
    height, width, channels = pixels.shape
    kind = {"uint8": "u1", "uint16": "u2", "float16": "f2", "float32": "f4"}[pixels.dtype.name]
    return Image.from_plain(
        {
            "name": "source",
            "shape": [height, width, channels],
            "dtype": kind,
            "order": order,
            "rect": [0, 0, width, height],
            "alpha": alpha,
            "space": space,
        }
    )


def read(pixels: np.ndarray, order: str, alpha: str = "none", space: str = "srgb") -> Picture:
    image = described(pixels, order, alpha, space)
    return image_codec.read(image, memoryview(pixels.tobytes()), (9, 9), None)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16", "float32"])
@pytest.mark.parametrize(
    ("order", "channels"), [("gray", 1), ("gray", 2), ("rgb", 3), ("rgba", 4), ("bgra", 4)]
)
def test_every_layout_arrives_as_the_engine_wants_it(kind: str, order: str, channels: int) -> None:
    pixels = (RNG.random((3, 5, channels)) * 200).astype(kind)
    alpha = "straight" if channels in (2, 4) else "none"
    picture = read(pixels, order, alpha)
    expected = pixels[:, :, [2, 1, 0, 3]] if order == "bgra" else pixels
    assert picture.pixels.dtype == kind
    assert np.array_equal(picture.pixels, expected)
    assert image_codec.raw(picture.pixels).tobytes() == expected.tobytes()
    back = Image.from_plain(image_codec.describe(picture, "layer.0"))
    assert back.nbytes == pixels.nbytes


def test_a_fourth_channel_without_meaning_is_left_out() -> None:
    pixels = RNG.integers(0, 256, (2, 3, 4), dtype=np.uint8)
    assert np.array_equal(read(pixels, "bgra").pixels, pixels[:, :, [2, 1, 0]])


def test_premultiplied_colors_are_divided_and_clear_ones_kept() -> None:
    pixels = np.array([[[50, 25, 100, 100], [7, 7, 7, 0], [200, 0, 0, 100]]], np.uint8)
    straight = read(pixels, "rgba", "premul").pixels
    assert straight.tolist() == [[[128, 64, 255, 100], [7, 7, 7, 0], [255, 0, 0, 100]]]


def test_bytes_that_do_not_fit_are_refused() -> None:
    image = described(np.zeros((2, 2, 3), np.uint8), "rgb")
    with pytest.raises(ValueError, match="11 bytes"):
        image_codec.read(image, memoryview(bytes(11)), (2, 2), None)


def test_a_profile_that_did_not_come_along_cannot_leave() -> None:
    picture = Picture(
        pixels=np.zeros((1, 1, 3), np.uint8), rect=(0, 0, 1, 1), document=(1, 1), icc=b"?"
    )
    assert image_codec.describe(picture, "layer.0", {b"?": "icc:abc"})["space"] == "icc:abc"
    with pytest.raises(ValueError, match="profile"):
        image_codec.describe(picture, "layer.0", {})


@given(st.integers(1, 90), st.integers(1, 90), st.integers(16, 64))
def test_a_preview_fits_and_keeps_the_mean(height: int, width: int, longest: int) -> None:
    pixels = np.random.default_rng(height * 91 + width).integers(
        0, 256, (height, width, 3), dtype=np.uint8
    )
    picture = Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height))
    small = shrink(picture, longest)
    assert max(small.shape[:2]) <= longest
    if max(height, width) <= longest:
        assert np.array_equal(small, pixels)
    else:
        assert abs(float(small.mean()) - float(pixels.mean())) < 12


def test_transparent_colors_do_not_shine_into_a_preview() -> None:
    pixels = np.zeros((64, 64, 4), np.uint16)
    pixels[::2] = (65535, 0, 0, 65535)
    pixels[1::2] = (0, 65535, 0, 0)
    small = shrink(Picture(pixels=pixels, rect=(0, 0, 64, 64), document=(64, 64)), 32)
    assert small.dtype == np.uint8
    assert small[5, 5].tolist() == [255, 0, 0, 128]


def test_linear_light_is_shown_as_srgb() -> None:
    pixels = np.full((2, 2, 3), 0.2159, np.float32)
    picture = Picture(pixels=pixels, rect=(0, 0, 2, 2), document=(2, 2), linear=True)
    assert shrink(picture, 64)[0, 0].tolist() == [128, 128, 128]


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineError("model.missing", "There is no such model."), "model.missing"),
        (ParamError("drags", "is empty"), "param.invalid"),
        (MemoryError(), "gpu.oom"),
        (OutOfMemoryError("CUDA"), "gpu.oom"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "gpu.oom"),
        (RuntimeError("shapes do not match: 'a secret'"), "internal"),
        (ZeroDivisionError("secret"), "internal"),
    ],
)
def test_every_error_has_a_code_and_a_sentence(error: Exception, code: str) -> None:
    found, sentence, incident = explain(error)
    assert found == code
    assert sentence
    assert "secret" not in sentence
    assert bool(incident) == (code in ("gpu.oom", "internal"))
    assert is_out_of_memory(error) == (code == "gpu.oom")
