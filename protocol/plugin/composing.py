# SPDX-License-Identifier: Apache-2.0
"""A result's layers as a host is asked to write them: full copies with all that is seen of what they are made of."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

from ..sentences import say
from .basis import Basis, common, picture, pixel_bytes
from .host import Host, HostError, NewLayer, Pixels, Rect, layers_of


def composed(
    host: Host, layers: Sequence[NewLayer], basis: Basis | None
) -> Generator[None, None, tuple[NewLayer, ...]]:
    """Return the layers with the patches that make them full copies, yielding now and then.

    A copy begins as the lowest of the layers that it was made of; wherever another of them has pixels, all that is
    seen there is put in. Raises HostError when one of them is not there any more.
    """
    done: list[NewLayer] = []
    for layer in layers:
        if layer.copy_of:
            patches = yield from _patches(host, layer.made_of or (layer.above,))
            pixels = layer.pixels if basis is None else part(layer.pixels, basis.area)
            layer = replace(layer, patches=patches, pixels=pixels)
        done.append(layer)
    return tuple(done)


def part(pixels: Pixels, rect: Rect) -> Pixels:
    """The part of pixels that lies within a rectangle; all of them where none does."""
    x, y, width, _ = pixels.rect
    inner = common(pixels.rect, rect)
    if inner == pixels.rect or not inner[2]:
        return pixels
    size, data = pixel_bytes(pixels), memoryview(pixels.data).cast("B")
    starts = (((inner[1] - y + i) * width + inner[0] - x) * size for i in range(inner[3]))
    rows = b"".join(data[at : at + inner[2] * size] for at in starts)
    return replace(pixels, rect=inner, data=rows)


def _patches(host: Host, keys: tuple[str, ...]) -> Generator[None, None, tuple[Pixels, ...]]:
    """What is seen of these layers wherever one above the lowest has pixels."""
    patches: list[Pixels] = []
    for key in keys[1:]:
        (layer,) = layers_of(host, [key])
        if layer.bounds is None:
            raise HostError(say("layer.boundless", name=layer.name))
        if layer.bounds[2] and layer.bounds[3]:
            patches.append((yield from picture(host, layer.bounds, keys)))
    return tuple(patches)
