# SPDX-License-Identifier: Apache-2.0
"""A scene: sky, ground and things from back to front, and the edits whose true answer is another scene."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from server.lab.scenes.things import SIDE, Mountain, Thing, refuse_outside

SkyKind = Literal["day", "sunset", "dusk", "night", "overcast"]
GroundKind = Literal["grass", "sand", "snow"]
Style = Literal["flat", "outlined", "watercolor", "pencil"]
STYLES: tuple[Style, ...] = get_args(Style)

BEHIND_THE_GROUND = frozenset({"sun", "moon", "cloud", "mountain"})
"""Kinds drawn before the ground; all other kinds are drawn after it."""


@dataclass(frozen=True, kw_only=True)
class Sky:
    """A smooth vertical gradient; `blend` in 0 … 1 mixes the two palettes of its kind."""

    kind: SkyKind
    blend: float = 0.5

    def __post_init__(self) -> None:
        refuse_outside("sky blend", self.blend, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Hill:
    """The upper edge of a band of ground: y = top + sag · ((x − crest) / 128)²."""

    top: float
    crest: float
    sag: float

    def __post_init__(self) -> None:
        refuse_outside("hill top", self.top, 0.0, 2.0 * SIDE)
        refuse_outside("hill sag", self.sag, -64.0, 64.0)

    def height_at(self, x: float) -> float:
        """The y of the edge at column x."""
        return self.top + self.sag * ((x - self.crest) / 128.0) ** 2


@dataclass(frozen=True, kw_only=True)
class Path:
    """A path over the near land, from x = head where the land begins to x = foot at the bottom of the picture.

    `width` is its width at the bottom, `bend` how far it swings to one side and back on its way.
    """

    head: float
    foot: float
    width: float = 44.0
    bend: float = 0.0

    def __post_init__(self) -> None:
        refuse_outside("path width", self.width, 12.0, 96.0)
        refuse_outside("path bend", self.bend, -96.0, 96.0)
        refuse_outside("path head", self.head, -64.0, 320.0)
        refuse_outside("path foot", self.foot, -64.0, 320.0)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A far and a near band of land and, with `lake`, level water from `horizon` down between them.

    With `reflection` the lake is a mirror of what stands behind it and floats above it; `path` crosses the near land.
    """

    kind: GroundKind
    horizon: float
    far: Hill
    near: Hill
    lake: bool = False
    reflection: bool = False
    path: Path | None = None

    def __post_init__(self) -> None:
        refuse_outside("horizon", self.horizon, 64.0, 240.0)
        if self.reflection and not self.lake:
            raise ValueError("only a lake reflects: reflection needs lake=True")
        if self.path is not None and self.near.height_at(self.path.head) > SIDE - 12.0:
            top = self.near.height_at(self.path.head)
            raise ValueError(
                f"a path needs 12 rows of near land, which begins at {top:g} of {SIDE}"
            )


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One picture of the world; `things` are ordered from back to front, `style` says how they are drawn."""

    sky: Sky
    ground: Ground
    things: tuple[Thing, ...] = ()
    style: Style = "flat"

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise ValueError(f"a style is one of {', '.join(STYLES)}, got {self.style!r}")
        names = [thing.name for thing in self.things]
        if len(set(names)) != len(names):
            raise ValueError(f"every thing needs its own name, got {', '.join(names)}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(thing.name for thing in self.things)

    def thing(self, name: str) -> Thing:
        """The thing of that name; KeyError with the names there are."""
        for thing in self.things:
            if thing.name == name:
                return thing
        raise KeyError(
            f"no {name!r} in this scene; there are {', '.join(self.names) or 'no things'}"
        )

    def moved(self, name: str, dx: float, dy: float) -> "Scene":
        """This scene with one thing moved by (dx, dy) world pixels; the order from back to front stays."""
        return self._with(self.thing(name).moved(dx, dy))

    def scaled(self, name: str, factor: float) -> "Scene":
        """This scene with one thing scaled about the center of its box."""
        return self._with(self.thing(name).scaled(factor))

    def with_peak(self, name: str, dx: float, dy: float) -> "Scene":
        """This scene with a mountain's top moved by (dx, dy); the mountain's base stays."""
        mountain = self.thing(name)
        if not isinstance(mountain, Mountain):
            raise TypeError(f"{name!r} is a {mountain.kind}; only a mountain has a peak")
        return self._with(mountain.with_peak(dx, dy))

    def without(self, name: str) -> "Scene":
        """This scene as it looks behind one thing."""
        gone = self.thing(name)
        return replace(self, things=tuple(thing for thing in self.things if thing is not gone))

    def drawn_as(self, style: Style) -> "Scene":
        """The same scene in another style: what is where stays, to the pixel."""
        return replace(self, style=style)

    def _with(self, changed: Thing) -> "Scene":
        things = tuple(changed if thing.name == changed.name else thing for thing in self.things)
        return replace(self, things=things)
