# SPDX-License-Identifier: Apache-2.0
"""Layers on each other, against the formula computed in one go by numpy."""

from __future__ import annotations

import numpy as np
import pytest

from protocol.images import Depth
from protocol.plugin.bites import at_once
from protocol.plugin.host import HostError, HostLayer, Pixels
from protocol.plugin.stacking import flattened

KINDS: dict[Depth, type] = {"u1": np.uint8, "u2": np.uint16, "f2": np.float16, "f4": np.float32}
WIDTH, HEIGHT = 23, 40


def layer(depth: Depth, channels: int, seed: int, opacity: float = 1.0) -> HostLayer:
    """Noise whose alpha is quite transparent at the left, quite opaque at the right, soft between."""
    rng = np.random.default_rng(seed)
    values = rng.random((HEIGHT, WIDTH, channels))
    values[..., -1] = np.clip(np.linspace(-0.5, 1.5, WIDTH), 0, 1)
    top = {"u1": 255, "u2": 65535}.get(depth, 1)
    data = (np.round(values * top) if top > 1 else values).astype(KINDS[depth])
    order = "rgba" if channels == 4 else "gray"
    pixels = Pixels(
        rect=(3, 4, WIDTH, HEIGHT), data=data.tobytes(), channels=channels, dtype=depth, order=order
    )
    return HostLayer(key=f"{seed}", name=f"Layer {seed}", pixels=pixels, opacity=opacity)


def array(pixels: Pixels) -> np.ndarray:
    top = {"u1": 255, "u2": 65535}.get(pixels.dtype, 1)
    flat = np.frombuffer(bytes(pixels.data), KINDS[pixels.dtype]).astype(np.float64) / top
    return flat.reshape(HEIGHT, WIDTH, pixels.channels)


def over(below: np.ndarray, above: np.ndarray, opacity: float) -> np.ndarray:
    a_s, a_b = above[..., -1:] * opacity, below[..., -1:]
    alpha = a_s + a_b * (1 - a_s)
    color = above[..., :-1] * a_s + below[..., :-1] * a_b * (1 - a_s)
    color = np.divide(color, alpha, out=np.zeros_like(color), where=alpha > 0)
    return np.concatenate([color, alpha], axis=-1)


@pytest.mark.parametrize("opacity", [1.0, 0.6])
@pytest.mark.parametrize(
    ("depth", "channels"), [("u1", 4), ("u1", 2), ("u2", 4), ("f2", 4), ("f4", 2)]
)
def test_over_by_its_formula(depth: Depth, channels: int, opacity: float) -> None:
    layers = [layer(depth, channels, 1), layer(depth, channels, 2, opacity)]
    assert list(flattened(layers)) == [None] * (HEIGHT // 16)
    made = at_once(flattened(layers))
    wanted = over(*(array(one.pixels) for one in layers if one.pixels), opacity)
    seen = wanted[..., -1] > 0
    step = {"u1": 1 / 255, "u2": 1 / 65535, "f2": 2e-3, "f4": 1e-6}[depth]
    assert np.abs(array(made) - wanted)[seen].max() <= 0.51 * step if depth[0] == "u" else step
    assert np.abs(array(made) - wanted)[seen].max() <= step
    assert made.rect == (3, 4, WIDTH, HEIGHT)


def test_one_alone_and_three() -> None:
    layers = [layer("u2", 4, seed) for seed in (1, 2, 3)]
    one = at_once(flattened(layers[:1]))
    assert one is layers[0].pixels
    two = at_once(flattened(layers[:2]))
    three = at_once(flattened(layers))
    wanted = over(array(two), array(layers[2].pixels), 1.0)  # type: ignore[arg-type]
    assert np.abs(array(three) - wanted)[wanted[..., -1] > 0].max() < 1 / 65535  # type: ignore[arg-type]


def test_layers_of_other_kinds_are_refused_with_what_to_do() -> None:
    with pytest.raises(HostError, match="Merge them"):
        list(flattened([layer("u1", 4, 1), layer("u2", 4, 2)]))
    with pytest.raises(HostError, match="no pixels"):
        list(flattened([HostLayer(key="x", name="Empty")]))
