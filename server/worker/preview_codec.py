# SPDX-License-Identifier: Apache-2.0
"""Previews: small 8-bit sRGB copies to look at while the work goes on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Layer, Picture, Step
from server.worker import image_codec
from server.worker.mailbox import Mailbox
from server.worker.task import Task


def send(mailbox: Mailbox, task: Task, layer: Layer, *, step: int) -> None:
    """Send a layer as a preview. The credit for it has been taken already."""
    send_step(mailbox, task, layer, Step(phase="warp", step=step, steps=step))


def send_step(mailbox: Mailbox, task: Task, layer: Layer, step: Step) -> None:
    """Send what a step looks like, with the handles in it. The credit for it has been taken already."""
    pixels = shrink(layer.picture, task.control.max_px)
    place = step.place or layer.picture.rect
    header = {
        "t": "preview",
        "task": task.id,
        "step": step.step,
        "handles": [list(point) for point in step.handles],
        "placement": layer.placement,
        "image": image_codec.describe_pixels(pixels, place, "preview", "srgb"),
    }
    mailbox.send(header, [image_codec.raw(pixels)])


def shrink(picture: Picture, longest: int) -> NDArray[np.uint8]:
    """An 8-bit sRGB copy (h, w, c) of at most `longest` pixels a side over the same rectangle, to look at.

    Colors are averaged with their alpha, so that what is transparent does not shine in.
    """
    values = _to_display(picture)
    height, width = values.shape[:2]
    scale = min(1.0, longest / max(height, width))
    if scale < 1.0:
        rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
        values = _averaged(values, rows, columns)
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def _to_display(picture: Picture) -> NDArray[np.float32]:
    pixels = picture.pixels
    values = pixels.astype(np.float32) / np.float32(image_codec.full(pixels))
    values = np.clip(np.nan_to_num(values), 0, 1).astype(np.float32)
    if picture.linear:
        colors = slice(0, -1) if picture.has_alpha else slice(None)
        lit = values[:, :, colors]
        values[:, :, colors] = np.where(
            lit <= 0.0031308, 12.92 * lit, 1.055 * np.power(lit, 1 / 2.4) - 0.055
        )
    return values


def _averaged(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    has_alpha = values.shape[2] in (2, 4)
    if has_alpha:
        values[:, :, :-1] *= values[:, :, -1:]
    values = _binned(_binned(values, rows, axis=0), columns, axis=1)
    if has_alpha:
        values[:, :, :-1] /= np.maximum(values[:, :, -1:], 1e-6)
    return values


def _binned(values: NDArray[np.float32], bins: int, axis: int) -> NDArray[np.float32]:
    size = values.shape[axis]
    starts = np.arange(bins) * size // bins
    widths = np.diff(np.append(starts, size))
    shape = [1, 1, 1]
    shape[axis] = bins
    sums = np.add.reduceat(values, starts, axis=axis)
    return (sums / widths.reshape(shape)).astype(np.float32)
