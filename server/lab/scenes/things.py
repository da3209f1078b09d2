# SPDX-License-Identifier: Apache-2.0
"""The things that live in the world: frozen parameters, in pixels of a 256 × 256 picture.

Every thing has an anchor (x, y), a size and a box that follows from them by pure arithmetic, so that a moved or
scaled thing can be drawn again exactly: that is what makes the true answer of an edit known.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

SIDE = 256
"""The side of the world in its own pixels."""

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in world pixels; not clipped to the picture."""

BalloonColor = Literal["red", "yellow", "blue", "green"]
RoofColor = Literal["red", "brown", "blue"]
SailColor = Literal["white", "red", "yellow"]
Tint = Literal["blue", "gray", "purple", "brown"]
TreeShape = Literal["pine", "round"]


def refuse_outside(what: str, value: float, low: float, high: float) -> None:
    """Raise ValueError, with the numbers, when low <= value <= high does not hold."""
    if not low <= value <= high:
        raise ValueError(f"{what} is {value:g}, it must lie in {low:g} … {high:g}")


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something with a name, an anchor (x, y) and a size, all in world pixels."""

    kind: ClassVar[str] = "thing"
    extent: ClassVar[Box] = (-0.5, -0.5, 0.5, 0.5)
    """The box for anchor (0, 0) and size 1."""

    name: str
    x: float
    y: float
    size: float

    def __post_init__(self) -> None:
        refuse_outside(f"{self.name}: size", self.size, 2.0, 4.0 * SIDE)
        refuse_outside(f"{self.name}: x", self.x, -4.0 * SIDE, 5.0 * SIDE)
        refuse_outside(f"{self.name}: y", self.y, -4.0 * SIDE, 5.0 * SIDE)

    @property
    def colors(self) -> tuple[str, ...]:
        """The color words a caption may use, the main one first."""
        return ()

    @property
    def box(self) -> Box:
        left, top, right, bottom = self.extent
        s = self.size
        return (self.x + left * s, self.y + top * s, self.x + right * s, self.y + bottom * s)

    @property
    def room(self) -> Box:
        """The box kept free of other things when scenes are composed."""
        return self.box

    @property
    def center(self) -> tuple[float, float]:
        x0, y0, x1, y1 = self.box
        return ((x0 + x1) / 2, (y0 + y1) / 2)

    @property
    def reach(self) -> float:
        """How far beyond its box the thing changes pixels (the glow)."""
        return 0.0

    def moved(self, dx: float, dy: float) -> Self:
        return replace(self, x=self.x + dx, y=self.y + dy)

    def scaled(self, factor: float) -> Self:
        """The thing `factor` times as large about the center of its box."""
        refuse_outside(f"{self.name}: scale factor", factor, 0.1, 10.0)
        cx, cy = self.center
        x, y = cx + (self.x - cx) * factor, cy + (self.y - cy) * factor
        return replace(self, x=x, y=y, size=self.size * factor)


@dataclass(frozen=True, kw_only=True)
class Sun(Thing):
    """A round sun; anchor: center, size: diameter; the glow ends at `GLOW` diameters from the center."""

    kind: ClassVar[str] = "sun"
    GLOW: ClassVar[float] = 1.25

    orange: float = 0.0

    @property
    def colors(self) -> tuple[str, ...]:
        return ("orange",) if self.orange > 0.5 else ("yellow",)

    @property
    def reach(self) -> float:
        return (self.GLOW - 0.5) * self.size


@dataclass(frozen=True, kw_only=True)
class Moon(Thing):
    """A full moon with a few soft spots; anchor: center, size: diameter."""

    kind: ClassVar[str] = "moon"
    GLOW: ClassVar[float] = 1.0

    @property
    def colors(self) -> tuple[str, ...]:
        return ("white",)

    @property
    def reach(self) -> float:
        return (self.GLOW - 0.5) * self.size


@dataclass(frozen=True, kw_only=True)
class Cloud(Thing):
    """A cloud with a flat base; anchor: middle of the base, size: width; `lobes` are (place, radius) along it."""

    kind: ClassVar[str] = "cloud"
    ROOM: ClassVar[Box] = (-0.5, -0.4, 0.5, 0.04)
    LIFT: ClassVar[float] = 0.06

    lobes: tuple[tuple[float, float], ...] = ((-0.2, 0.15), (0.04, 0.22), (0.25, 0.13))

    def __post_init__(self) -> None:
        super().__post_init__()
        for place, radius in self.lobes:
            refuse_outside(f"{self.name}: lobe radius", radius, 0.05, 0.22)
            refuse_outside(f"{self.name}: lobe place", abs(place) + radius, 0.0, 0.5)

    @property
    def colors(self) -> tuple[str, ...]:
        return ("white",)

    @property
    def box(self) -> Box:
        top = self.LIFT + max(radius for _, radius in self.lobes)
        return (self.x - self.size / 2, self.y - top * self.size, self.x + self.size / 2, self.y)

    @property
    def room(self) -> Box:
        left, top, right, bottom = self.ROOM
        s = self.size
        return (self.x + left * s, self.y + top * s, self.x + right * s, self.y + bottom * s)


@dataclass(frozen=True, kw_only=True)
class Mountain(Thing):
    """A mountain: base of width `size` centered at (x, y), peak at (peak_x, peak_y); moving the peak shears it."""

    kind: ClassVar[str] = "mountain"

    peak_x: float
    peak_y: float
    tint: Tint = "blue"
    haze: float = 0.3
    snow: float = 0.36
    shoulders: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    ridge: tuple[float, float, float] = (0.1, -0.04, 0.14)
    zigzag: tuple[float, ...] = (0.05, -0.06, 0.04, -0.06, 0.05, -0.05)

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_outside(f"{self.name}: height", self.height, 4.0, 4.0 * SIDE)
        refuse_outside(f"{self.name}: haze", self.haze, 0.0, 1.0)
        refuse_outside(f"{self.name}: snow", self.snow, 0.0, 0.6)

    @property
    def height(self) -> float:
        return self.y - self.peak_y

    @property
    def colors(self) -> tuple[str, ...]:
        return (self.tint,)

    @property
    def box(self) -> Box:
        half = self.size / 2
        return (
            min(self.x - half, self.peak_x),
            self.peak_y,
            max(self.x + half, self.peak_x),
            self.y,
        )

    def moved(self, dx: float, dy: float) -> Self:
        return replace(
            self, x=self.x + dx, y=self.y + dy, peak_x=self.peak_x + dx, peak_y=self.peak_y + dy
        )

    def scaled(self, factor: float) -> Self:
        cx, cy = self.center
        grown = super().scaled(factor)
        peak_x, peak_y = cx + (self.peak_x - cx) * factor, cy + (self.peak_y - cy) * factor
        return replace(grown, peak_x=peak_x, peak_y=peak_y)

    def with_peak(self, dx: float, dy: float) -> Self:
        """The mountain with its top moved by (dx, dy); its base stays."""
        return replace(self, peak_x=self.peak_x + dx, peak_y=self.peak_y + dy)


@dataclass(frozen=True, kw_only=True)
class House(Thing):
    """A small house in three-quarter view; anchor: bottom center, size: width."""

    kind: ClassVar[str] = "house"
    extent: ClassVar[Box] = (-0.53, -0.9, 0.53, 0.0)

    roof: RoofColor = "red"
    flipped: bool = False

    @property
    def colors(self) -> tuple[str, ...]:
        return (self.roof,)


@dataclass(frozen=True, kw_only=True)
class Tree(Thing):
    """A pine or a round tree; anchor: foot of the trunk, size: height."""

    kind: ClassVar[str] = "tree"
    extent: ClassVar[Box] = (-0.34, -1.0, 0.34, 0.0)

    shape: TreeShape = "pine"
    snowy: bool = False

    @property
    def colors(self) -> tuple[str, ...]:
        return ("green",)


@dataclass(frozen=True, kw_only=True)
class Boat(Thing):
    """A sailing boat; anchor: waterline center, size: hull length."""

    kind: ClassVar[str] = "boat"
    extent: ClassVar[Box] = (-0.5, -1.08, 0.5, 0.1)

    sail: SailColor = "white"
    flipped: bool = False

    @property
    def colors(self) -> tuple[str, ...]:
        return (self.sail,)


@dataclass(frozen=True, kw_only=True)
class Balloon(Thing):
    """A hot-air balloon; anchor: center of the envelope, size: its diameter."""

    kind: ClassVar[str] = "balloon"
    extent: ClassVar[Box] = (-0.5, -0.5, 0.5, 1.02)

    color: BalloonColor = "red"
    plain: bool = False

    @property
    def colors(self) -> tuple[str, ...]:
        return (self.color,) if self.plain else (self.color, "white")
