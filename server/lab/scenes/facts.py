# SPDX-License-Identifier: Apache-2.0
"""Facts: what can be seen in a scene, as plain values that a judge of pictures can predict and claims refer to."""

from dataclasses import dataclass
from typing import get_args

from server.lab.scenes.scene import GroundKind, Scene, SkyKind, Style
from server.lab.scenes.sight import in_sight
from server.lab.scenes.things import (
    BalloonColor,
    Mountain,
    RoofColor,
    SailColor,
    Thing,
    Tint,
    Tree,
)
from server.lab.scenes.things_road import CarColor, CoatColor, FenceColor

Light = str
LIGHTS = ("none", "sun", "moon")

KINDS: dict[str, tuple[str, ...]] = {
    "sun": (),
    "moon": (),
    "cloud": (),
    "mountain": (),
    "house": get_args(RoofColor),
    "pine tree": (),
    "round tree": (),
    "boat": get_args(SailColor),
    "balloon": get_args(BalloonColor),
    "car": get_args(CarColor),
    "person": get_args(CoatColor),
    "fence": get_args(FenceColor),
}
"""Every kind of thing and the colors it comes in; () where color tells nothing apart (mountains: `Facts.tint`)."""

HIGH = 90.0
"""From this rise of the highest peak above the horizon on, in world pixels, mountains are high."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One thing that is seen. (x, y) is its anchor in world pixels, for a mountain its peak."""

    kind: str
    x: float
    y: float
    color: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of thing; there are {', '.join(KINDS)}")
        if self.color not in (KINDS[self.kind] or ("",)):
            colors = ", ".join(KINDS[self.kind]) or "no color"
            raise ValueError(f"a {self.kind} has {colors}, got {self.color!r}")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a picture of the world shows.

    `tint`, `snow` and `high` are those of the highest mountain, None where there is none; `high` means a rise of at
    least HIGH. `things` are all that is seen, from back to front, clouds and mountains included.
    """

    style: Style
    sky: SkyKind
    light: Light
    clouds: int
    mountains: int
    tint: Tint | None
    snow: bool | None
    high: bool | None
    ground: GroundKind
    lake: bool
    reflection: bool
    path: bool
    fence: bool
    things: tuple[Seen, ...] = ()

    def __post_init__(self) -> None:
        if self.light not in LIGHTS:
            raise ValueError(f"the light is one of {', '.join(LIGHTS)}, got {self.light!r}")
        if min(self.clouds, self.mountains) < 0:
            raise ValueError(f"{self.clouds} clouds and {self.mountains} mountains cannot be")

    def of(self, kind: str, color: str = "") -> tuple[Seen, ...]:
        """The things of a kind, of one color where it is named; "tree" stands for both kinds of trees."""
        return tuple(
            seen
            for seen in self.things
            if (seen.kind == kind or (kind == "tree" and seen.kind.endswith(" tree")))
            and color in ("", seen.color)
        )

    def count(self, kind: str, color: str = "") -> int:
        """How many; clouds and mountains by their own fields, all others by `things`."""
        if kind == "cloud":
            return self.clouds
        if kind == "mountain":
            return self.mountains
        if kind in ("sun", "moon"):
            return int(self.light == kind)
        return len(self.of(kind, color))


def facts(scene: Scene) -> Facts:
    """What the scene shows: things that are out of the picture or mostly covered are not counted."""
    shown = in_sight(scene)
    seen = tuple(_seen(thing) for thing in shown)
    lights = [thing.kind for thing in shown if thing.kind in ("sun", "moon")]
    mountains = [thing for thing in shown if isinstance(thing, Mountain)]
    first = min(mountains, key=lambda mountain: mountain.peak_y, default=None)
    ground = scene.ground
    return Facts(
        style=scene.style,
        sky=scene.sky.kind,
        light=lights[-1] if lights else "none",
        clouds=sum(thing.kind == "cloud" for thing in seen),
        mountains=len(mountains),
        tint=first.tint if first else None,
        snow=first.snow >= 0.05 if first else None,
        high=ground.horizon - first.peak_y >= HIGH if first else None,
        ground=ground.kind,
        lake=ground.lake,
        reflection=ground.reflection,
        path=ground.path is not None,
        fence=any(thing.kind == "fence" for thing in seen),
        things=seen,
    )


def kind_of(thing: Thing) -> str:
    """The kind of a thing as facts tell it: the two shapes of trees are two kinds."""
    return f"{thing.shape} tree" if isinstance(thing, Tree) else thing.kind


def _seen(thing: Thing) -> Seen:
    kind = kind_of(thing)
    color = thing.colors[0] if KINDS[kind] else ""
    if isinstance(thing, Mountain):
        return Seen(kind=kind, x=thing.peak_x, y=thing.peak_y)
    return Seen(kind=kind, x=thing.x, y=thing.y, color=color)
