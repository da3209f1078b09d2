# SPDX-License-Identifier: Apache-2.0
"""Drags drawn as arrows for a vector layer, one shape each, whose id is the drag's number."""

from __future__ import annotations

from .drags import DragList, Stroke
from .marks import HANDLE, PIN, TARGET
from .svg_read import ID

LINE, DOT = 3, 6
"""Width of an arrow and radius of a pin, in document pixels of a picture of 1000 pixels."""
_HEAD = (
    '<marker id="pullbrush-head" orient="auto" overflow="visible" markerUnits="strokeWidth">'
    '<path d="M -3 -2 L 1 0 L -3 2 Z" fill="{color}"/></marker>'
)


def write_svg(drags: DragList, width: int, height: int) -> str:
    """Return a drawing that spans a document of this size in pixels; unfinished drags are left out."""
    size = max(1.0, max(width, height) / 1000)
    shapes = "".join(_shape(stroke, size) for stroke in drags.strokes if stroke.is_finished)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}px" height="{height}px" '
        f'viewBox="0 0 {width} {height}"><defs>{_HEAD.format(color=TARGET)}</defs>{shapes}</svg>'
    )


def _shape(stroke: Stroke, size: float) -> str:
    name = f'id="{ID}{stroke.number}"'
    if stroke.is_pin:
        x, y = stroke.points[0]
        return f'<circle {name} cx="{x:g}" cy="{y:g}" r="{DOT * size:g}" fill="{PIN}"/>'
    way = " L ".join(f"{x:.2f} {y:.2f}" for x, y in stroke.points)
    return (
        f'<path {name} d="M {way}" fill="none" stroke="{HANDLE}" stroke-width="{LINE * size:g}" '
        'stroke-linecap="round" marker-end="url(#pullbrush-head)"/>'
    )
