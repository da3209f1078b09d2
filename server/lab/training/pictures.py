# SPDX-License-Identifier: Apache-2.0
"""Rendered training pictures, kept as one memory-mapped .npy so that a run starts at once the second time."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from server.lab.scenes import HELD_OUT, render
from server.lab.training.worlds import FIRST, World

Pictures = NDArray[np.uint8]


def rendered(folder: Path, *, first: int, count: int, size: int, world: World = FIRST) -> Pictures:
    """Scenes first … first + count - 1 as uint8 (count, size, size, 3), rendered when not there yet.

    Raises ValueError when the seeds lie on both sides of the held-out border.
    """
    if first < HELD_OUT < first + count:
        raise ValueError(
            f"seeds {first} … {first + count - 1} mix training and held-out scenes ({HELD_OUT})"
        )
    path = folder / f"pictures-{world.name}-{first}-{count}-{size}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part.npy")
        pixels = np.lib.format.open_memmap(partial, "w+", np.uint8, (count, size, size, 3))
        for i in range(count):
            pixels[i] = render(world.scene(first + i), size).rgb
        pixels.flush()
        partial.replace(path)
    return np.lib.format.open_memmap(path, "r")


def as_tensor(pixels: Pictures, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 (b, h, w, 3) to (b, 3, h, w) in [-1, 1], channels last in memory."""
    planes = torch.tensor(pixels).permute(0, 3, 1, 2)
    return planes.to(dtype) / 127.5 - 1


def as_pixels(x: Tensor) -> Pictures:
    """(b, 3, h, w) about [-1, 1] to uint8 (b, h, w, 3), rounded and clipped."""
    scaled = ((x.detach().float() + 1) * 127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()


def psnr(first: Pictures, second: Pictures) -> float:
    """Mean over the pictures of 10 log10(255² / MSE), in dB; both uint8 (b, h, w, 3)."""
    error = (first.astype(np.float32) - second.astype(np.float32)) ** 2
    return float(np.mean(10 * np.log10(255.0**2 / np.maximum(error.mean((1, 2, 3)), 1e-4))))
