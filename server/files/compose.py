# SPDX-License-Identifier: Apache-2.0
"""What the layers and groups of a document show together: one picture of the whole canvas.

Groups are composed as OpenRaster says (after W3C “Compositing and Blending Level 1” §6): an
isolated one by itself on nothing, then as one layer with its own opacity and mode; one that is not
isolated lies directly on what is below it. Colors are mixed as the document keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Picture, Size
from server.engine.canvas import rects, space_of, srgb_and_alpha
from server.engine.canvas.depth import as_finite, as_float, from_float, opaque
from server.files.blend_modes import CLEARING, MODES, blended
from server.files.document import NORMAL, FileLayer, Group, Node
from server.files.errors import FileError

Floats = NDArray[np.float32]
BAND = 1 << 16
"""Pixels that are computed at once: what is between stays small on a large canvas."""


def check_composable(nodes: Iterable[Node], file: str) -> None:
    """Raise FileError when something visible cannot be computed: a mode that OpenRaster does not
    define, or content that is no pixels."""
    for node in nodes:
        if not node.visible:
            continue
        what = "group" if isinstance(node, Group) else "layer"
        if node.mode not in MODES:
            raise FileError(
                f"the {what} “{node.name}” of {file} has the blend mode “{node.mode}”, which "
                "OpenRaster does not define and this program cannot compute; merge it with what "
                "lies below it, or give it another mode, and save again"
            )
        if isinstance(node, Group):
            check_composable(node.children, file)
        elif node.refusal:
            raise FileError(node.refusal)


def compose(nodes: Sequence[Node], size: Size, *, like: Picture) -> Picture:
    """The whole canvas (h, w, c) in the depth and color space of `like`, topmost node first.

    Alpha is left out when `like` has none and everything is opaque. Raises FileError.
    """
    like = _kind(nodes, like)
    shown = [node for node in reversed(nodes) if node.visible]
    try:
        canvas = _ground(shown[0], size, like) if shown else None
        rest = shown if canvas is None else shown[1:]
        if canvas is None:
            canvas = _nothing(size, like)
        _lay_all(canvas, rest, size, like)
        pixels = from_float(canvas, like.pixels.dtype)
    except MemoryError:
        raise FileError(
            f"{size[0]} × {size[1]} pixels in nested groups do not fit into memory; merge groups"
        ) from None
    if not like.has_alpha and bool((pixels[..., -1] == opaque(pixels.dtype)).all()):
        pixels = np.ascontiguousarray(pixels[..., :-1])
    return replace(like, pixels=pixels, rect=(0, 0, *size), document=size)


def _kind(nodes: Iterable[Node], like: Picture) -> Picture:
    """`like`, or the topmost layer with colors when it is gray: they must not be lost."""
    if like.is_gray:
        for picture in (layer.load() for layer in _shown(nodes)):
            if not picture.is_gray:
                return picture
    return like


def _shown(nodes: Iterable[Node]) -> Iterator[FileLayer]:
    for node in nodes:
        if node.visible and isinstance(node, Group):
            yield from _shown(node.children)
        elif node.visible and isinstance(node, FileLayer):
            yield node


def _nothing(size: Size, like: Picture) -> Floats:
    return np.zeros((size[1], size[0], 2 if like.is_gray else 4), np.float32)


def _ground(node: Node, size: Size, like: Picture) -> Floats | None:
    """The lowest layer itself when it fills the canvas: also the colors of its transparent pixels
    stay, which no program shows and some artists keep there."""
    plain = isinstance(node, FileLayer) and node.mode == NORMAL and node.opacity >= 1
    if not plain or not isinstance(node, FileLayer):
        return None
    picture = node.load()
    if picture.rect != (0, 0, *size) or not _same_space(picture, like):
        return None
    return _with_alpha(as_float(picture.pixels), picture.has_alpha)


def _lay_all(canvas: Floats, nodes: Iterable[Node], size: Size, like: Picture) -> None:
    """Lay nodes on the canvas, lowest first."""
    bounded = like.pixels.dtype.kind == "u"
    for node in nodes:
        if isinstance(node, FileLayer):
            picture = node.load()
            common = rects.intersect(picture.rect, (0, 0, *size))
            top = _values(picture, like)
        else:
            inner = [child for child in reversed(node.children) if child.visible]
            if not _isolated(node):
                _lay_all(canvas, inner, size, like)
                continue
            top = _nothing(size, like)
            _lay_all(top, inner, size, like)
            picture, common = None, (0, 0, *size)
        if node.mode in CLEARING:
            _clear_outside(canvas, common)
        if rects.is_empty(common):
            continue
        part = top if picture is None else top[rects.slices(common, picture.rect)]
        _lay(canvas[rects.slices(common, (0, 0, *size))], part, node, bounded)


def _isolated(group: Group) -> bool:
    """A group that is faded or blended is one thing, whatever it says."""
    return group.isolated or group.opacity < 1 or group.mode != NORMAL


def _lay(canvas: Floats, top: Floats, node: Node, bounded: bool) -> None:
    """Lay `top` on `canvas` (both (h, w, c + 1)), in place."""
    rows = max(1, BAND // max(1, canvas.shape[1]))
    for y in range(0, canvas.shape[0], rows):
        under, over = canvas[y : y + rows], top[y : y + rows].copy()
        over[..., -1] *= np.float32(node.opacity)
        np.clip(over[..., -1], 0, 1, out=over[..., -1])
        touched = _touched(node.mode, under, over)
        if touched is None:
            continue
        whole = bool(touched.all())
        below, above = (under, over) if whole else (under[touched], over[touched])
        if not bounded:
            below, above = np.nan_to_num(below), np.nan_to_num(above)
        mixed = blended(node.mode, below, above, bounded=bounded)
        if whole:
            under[...] = mixed
        else:
            under[touched] = mixed


def _touched(mode: str, under: Floats, over: Floats) -> NDArray[np.bool_] | None:
    """Which pixels are to be computed; what is simply covered is put there at once."""
    if mode in CLEARING:
        return np.ones(under.shape[:2], bool)
    touched = over[..., -1] > 0
    if mode == NORMAL:
        solid = over[..., -1] >= 1
        if solid.all():
            under[...] = over
        else:
            under[solid] = over[solid]
        touched &= ~solid
    return touched if touched.any() else None


def _clear_outside(canvas: Floats, kept: tuple[int, int, int, int]) -> None:
    """Nothing is left of the canvas beside a rectangle in it."""
    if rects.is_empty(kept):
        canvas[...] = 0
        return
    x, y, width, height = kept
    canvas[:y] = 0
    canvas[y + height :] = 0
    canvas[y : y + height, :x] = 0
    canvas[y : y + height, x + width :] = 0


def _same_space(picture: Picture, like: Picture) -> bool:
    same = (picture.icc, picture.linear, picture.is_gray)
    return same == (like.icc, like.linear, like.is_gray)


def _values(picture: Picture, like: Picture) -> Floats:
    """(h, w, c + 1) in the color space of `like`."""
    if _same_space(picture, like):
        return _with_alpha(as_finite(picture.pixels), picture.has_alpha)
    if (
        picture.is_gray
        and not like.is_gray
        and (picture.icc, picture.linear) == (None, like.linear)
    ):
        values = _with_alpha(as_finite(picture.pixels), picture.has_alpha)
        return values[..., [0, 0, 0, 1]]
    rgb, alpha = srgb_and_alpha(picture)
    colors = space_of(like).from_srgb(rgb)
    return np.concatenate((colors, alpha[..., None]), axis=-1).astype(np.float32)


def _with_alpha(values: Floats, has_alpha: bool) -> Floats:
    if has_alpha:
        return values
    return np.concatenate((values, np.ones((*values.shape[:2], 1), np.float32)), axis=-1)
