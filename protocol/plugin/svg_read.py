# SPDX-License-Identifier: Apache-2.0
"""Drags read from a vector layer: every open path is a way from its first point to its last, every dot a pin.

Reads what paint programs write (SVG 1.1: groups, transforms, paths, circles), whatever else there is is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from ..edits import Point
from ..edits.paths import MOST_POINTS, REACH
from .svg_path import path_points

Matrix = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f of SVG: x' = a x + c y + e, y' = b x + d y + f."""

STILL: Matrix = (1, 0, 0, 1, 0, 0)
ID = "pullbrush-"
SVG_MAX = 4 << 20
TOLERANCE = 1.5
"""A way-point that lies closer than this to the straight way, in pixels, is left out."""
LOOKED_AT = 400
"""Of longer lines, so many points are looked at."""
UNSEEN = ("defs", "marker", "clipPath", "mask", "pattern", "symbol")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CALL = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One shape: its points in document pixels, and the number its drag had if it was ours."""

    points: tuple[Point, ...]
    number: int | None = None


def read_svg(svg: str, width: int, height: int) -> list[Drawn]:
    """Return the drags and pins of a drawing that spans a document of this size in pixels.

    Raises ValueError for what is no SVG.
    """
    if len(svg) > SVG_MAX:
        raise ValueError(f"the drawing has {len(svg)} characters; {SVG_MAX} are read")
    reader = _Reader(width, height)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse_entities
    try:
        parser.Parse(svg.encode(), True)
    except expat.ExpatError as problem:
        raise ValueError(f"this is no drawing: {problem}") from None
    return reader.found


class _Reader:
    """Walks through the elements; `matrices` are those of the groups around the present one."""

    def __init__(self, width: int, height: int) -> None:
        self.found: list[Drawn] = []
        self._size = (width, height)
        self._matrices: list[Matrix] = [STILL]
        self._unseen = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(":", 1)[-1]
        own = matrix_of(attributes.get("transform", ""))
        if tag == "svg" and len(self._matrices) == 1:
            own = self._to_pixels(attributes)
        self._matrices.append(times(self._matrices[-1], own))
        self._unseen += tag in UNSEEN
        shape = _SHAPES.get(tag)
        if shape is not None and not self._unseen:
            self._add(shape(attributes), attributes)

    def end(self, name: str) -> None:
        self._matrices.pop()
        self._unseen -= name.rsplit(":", 1)[-1] in UNSEEN

    def _add(self, points: list[Point], attributes: Mapping[str, str]) -> None:
        placed = [_applied(self._matrices[-1], point) for point in points]
        inside = all(abs(v) <= REACH for point in placed for v in point)  # also refuses NaN
        if placed and inside:
            number = attributes.get("id", "").removeprefix(ID)
            known = int(number) if number.isdecimal() and len(number) < 7 else None
            self.found.append(Drawn(points=tuple(thinned(placed)), number=known))

    def _to_pixels(self, attributes: Mapping[str, str]) -> Matrix:
        box = [float(word) for word in re.findall(_NUMBER, attributes.get("viewBox", ""))]
        if len(box) != 4 or box[2] <= 0 or box[3] <= 0:
            return STILL
        sx, sy = self._size[0] / box[2], self._size[1] / box[3]
        return (sx, 0, 0, sy, -box[0] * sx, -box[1] * sy)


def matrix_of(text: str) -> Matrix:
    """Read a `transform`; what is none of SVG's functions counts for nothing."""
    matrix = STILL
    for name, inside in _CALL.findall(text):
        values = [float(word) for word in re.findall(_NUMBER, inside)]
        one = _call(name, values)
        matrix = times(matrix, one) if one is not None else matrix
    return matrix


def times(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix that does `inner` first, then `outer`."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (
        a * g + c * h,
        b * g + d * h,
        a * i + c * j,
        b * i + d * j,
        a * k + c * m + e,
        b * k + d * m + f,
    )


def thinned(points: list[Point], tolerance: float = TOLERANCE) -> list[Point]:
    """Leave out what lies on the way anyway (Ramer 1972, Douglas and Peucker 1973), at most MOST_POINTS stay."""
    step = max(1, -(-len(points) // LOOKED_AT))  # a scribble must not hold the program up
    points = [*points[:-1:step], points[-1]]
    while len(kept := _thinned(points, tolerance)) > MOST_POINTS:
        tolerance *= 2
    return kept


def _thinned(points: list[Point], tolerance: float) -> list[Point]:
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        far, at = 0.0, 0
        for i in range(first + 1, last):
            distance = _apart(points[i], points[first], points[last])
            if distance > far:
                far, at = distance, i
        if far > tolerance:
            keep.add(at)
            spans += [(first, at), (at, last)]
    return [points[i] for i in sorted(keep)]


def _apart(point: Point, a: Point, b: Point) -> float:
    length = math.dist(a, b) ** 2
    t = 0.0
    if length > 0:
        t = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length
    t = min(1.0, max(0.0, t))
    return math.dist(point, (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))


def _applied(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    x, y = point
    return (a * x + c * y + e, b * x + d * y + f)


def _call(name: str, values: list[float]) -> Matrix | None:
    if name == "matrix" and len(values) == 6:
        a, b, c, d, e, f = values
        return (a, b, c, d, e, f)
    if name == "translate" and values:
        return (1, 0, 0, 1, values[0], values[1] if len(values) > 1 else 0)
    if name == "scale" and values:
        return (values[0], 0, 0, values[1] if len(values) > 1 else values[0], 0, 0)
    if name == "rotate" and values:
        turn = math.radians(values[0])
        turned: Matrix = (
            math.cos(turn),
            math.sin(turn),
            -math.sin(turn),
            math.cos(turn),
            0,
            0,
        )
        if len(values) == 3:
            x, y = values[1:]
            return times(times((1, 0, 0, 1, x, y), turned), (1, 0, 0, 1, -x, -y))
        return turned
    if name in ("skewX", "skewY") and values:
        skew = math.tan(math.radians(values[0]))
        return (1, 0, skew, 1, 0, 0) if name == "skewX" else (1, skew, 0, 1, 0, 0)
    return None


def _middle(attributes: Mapping[str, str]) -> list[Point]:
    return [(_value(attributes, "cx"), _value(attributes, "cy"))]


def _middle_of_rect(attributes: Mapping[str, str]) -> list[Point]:
    x, y = _value(attributes, "x"), _value(attributes, "y")
    return [(x + _value(attributes, "width") / 2, y + _value(attributes, "height") / 2)]


def _ends(attributes: Mapping[str, str]) -> list[Point]:
    return [
        (_value(attributes, "x1"), _value(attributes, "y1")),
        (_value(attributes, "x2"), _value(attributes, "y2")),
    ]


def _corners(attributes: Mapping[str, str]) -> list[Point]:
    values = [float(word) for word in re.findall(_NUMBER, attributes.get("points", ""))]
    return list(zip(values[::2], values[1::2], strict=False))


def _value(attributes: Mapping[str, str], name: str) -> float:
    found = re.match(_NUMBER, attributes.get(name, "").strip())
    return float(found.group()) if found else 0.0


def _refuse_entities(_name: str, _system: str | None, _public: str | None, inside: int) -> None:
    """A document type is usual, but what is declared inside it can blow up to any size."""
    if inside:
        raise ValueError("a drawing with declarations of its own is not read")


_SHAPES: dict[str, Callable[[Mapping[str, str]], list[Point]]] = {
    "path": lambda attributes: path_points(attributes.get("d", "")),
    "line": _ends,
    "polyline": _corners,
    "circle": _middle,
    "ellipse": _middle,
    "rect": _middle_of_rect,
}
