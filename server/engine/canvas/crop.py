# SPDX-License-Identifier: Apache-2.0
"""The working crop: the rectangle of the document that the model sees, and at which size.

Chosen once per edit session and kept while it contains the region (DESIGN §5), so that moving a
handle never inverts the picture again. Context: the region padded by max(longest side / 16,
32 px), and at least the model's own size, so that the model is not asked to enlarge.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from server.engine.api import Rect, Size
from server.engine.canvas import rects


@dataclass(frozen=True, kw_only=True)
class ModelGrid:
    """The sizes a model works at: its native side, what sides are multiples of, and its freedom.

    `aspect` is the longest allowed ratio of the sides (1 = square only).
    """

    native: int = 512
    multiple: int = 64
    aspect: float = 2.0

    def __post_init__(self) -> None:
        if self.native < self.multiple or self.native % self.multiple:
            raise ValueError(f"native {self.native} is no multiple of {self.multiple}")
        if self.aspect < 1.0:
            raise ValueError(f"aspect must be at least 1, got {self.aspect}")


@dataclass(frozen=True, kw_only=True)
class Crop:
    """What the model sees: `rect` of the document, scaled to `size`.

    `rect` may reach beyond the document, where its edges are repeated.
    """

    rect: Rect
    size: Size
    document: Size

    @property
    def scale(self) -> tuple[float, float]:
        """Model pixels per document pixel, along x and y."""
        return self.size[0] / self.rect[2], self.size[1] / self.rect[3]

    @property
    def visible(self) -> Rect:
        """The part of the crop that lies in the document."""
        return rects.intersect(self.rect, rects.of_size(self.document))

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the visible part in an array over the crop."""
        return rects.slices(self.visible, self.rect)

    def to_model(self, x: float, y: float) -> tuple[float, float]:
        """A document point in model pixels."""
        scale_x, scale_y = self.scale
        return (x - self.rect[0]) * scale_x, (y - self.rect[1]) * scale_y

    def to_document(self, x: float, y: float) -> tuple[float, float]:
        """A model point in document pixels."""
        scale_x, scale_y = self.scale
        return x / scale_x + self.rect[0], y / scale_y + self.rect[1]


def choose_crop(
    region: Rect,
    document: Size,
    grid: ModelGrid,
    kept: Crop | None = None,
    *,
    context: int | None = None,
) -> Crop:
    """The working crop for a region: `kept` while it still holds the region, else a new one.

    `context` is the padding in pixels, None for the usual one. Raises ValueError when the region
    has no pixel in the document.
    """
    region = rects.intersect(region, rects.of_size(document))
    if rects.is_empty(region):
        raise ValueError(f"the region {region} has no pixel in the document of {document}")
    if kept is not None and kept.document == document and rects.contains(kept.rect, region):
        return kept
    if context is None:
        context = max(ceil(max(region[2], region[3]) / 16), 32)
    wanted = rects.intersect(rects.pad(region, context), rects.of_size(document))
    width, height = max(wanted[2], grid.native), max(wanted[3], grid.native)
    size = _model_size(width, height, grid)
    width, height = _with_aspect(width, height, size)
    x = _place(wanted[0], wanted[2], width, document[0])
    y = _place(wanted[1], wanted[3], height, document[1])
    return Crop(rect=(x, y, width, height), size=size, document=document)


def _model_size(width: int, height: int, grid: ModelGrid) -> Size:
    """Sides near native² in area with about the wanted ratio, multiples of the grid."""
    ratio = min(max(width / height, 1 / grid.aspect), grid.aspect)
    model_width = _snap(grid.native * sqrt(ratio), grid.multiple)
    model_height = _snap(grid.native / sqrt(ratio), grid.multiple)
    return model_width, model_height


def _snap(value: float, multiple: int) -> int:
    return max(multiple, round(value / multiple) * multiple)


def _with_aspect(width: int, height: int, size: Size) -> Size:
    """The smallest width and height, not below the given, in the ratio of `size`."""
    scale = max(width / size[0], height / size[1], 1.0)
    return max(width, round(size[0] * scale)), max(height, round(size[1] * scale))


def _place(start: int, length: int, wanted: int, document: int) -> int:
    """Where a side of `wanted` pixels begins: around start..start + length, inside the document
    when it fits, else with the document in its middle."""
    if wanted >= document:
        return -((wanted - document) // 2)
    centered = start + length // 2 - wanted // 2
    return min(max(centered, 0), document - wanted)
