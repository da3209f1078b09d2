# SPDX-License-Identifier: Apache-2.0
"""One head: all that is needed to draw it, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import cast

from server.lab.heads.fields import BY_NAME, FIELDS
from server.lab.scenes.scene import STYLES, Style

HELD_OUT = 1_000_000
"""Heads from this seed on are never trained on."""
POSE = ("yaw", "pitch", "tilt", "x", "y", "size")
EXPRESSION = (
    *("mouth_open", "smile", "mouth_width", "left_eye", "right_eye"),
    *("gaze_x", "gaze_y", "brow_raise", "brow_slant"),
)

COLORS = ("skin", "hair", "eyes", "shirt", "background", "blush", "freckles")


@dataclass(frozen=True, kw_only=True)
class Head:
    """Left and right are those of the picture. Ranges: fields.FIELDS.

    yaw turns to the right, pitch looks up, tilt leans the top to the right, all in degrees; x (right) and y (down) in
    pixels of a 256 × 256 picture. Eyes: 0 closed … 1 wide open. Colors are places 0 … 1 on the palette's ramps.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    tilt: float = 0.0
    x: float = 0.0
    y: float = 0.0
    size: float = 1.0
    mouth_open: float = 0.0
    smile: float = 0.6
    mouth_width: float = 1.0
    left_eye: float = 0.9
    right_eye: float = 0.9
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    brow_raise: float = 0.0
    brow_slant: float = 0.0
    face_width: float = 0.97
    jaw_width: float = 0.95
    chin: float = 0.0
    eye_size: float = 1.0
    eye_gap: float = 1.0
    nose_size: float = 1.0
    ear_size: float = 1.0
    hair_length: float = 0.4
    hair_volume: float = 0.5
    fringe: float = 0.4
    parting: float = 0.3
    curl: float = 0.0
    bun: float = 0.0
    skin: float = 0.2
    hair: float = 0.25
    eyes: float = 0.7
    shirt: float = 0.1
    background: float = 0.6
    blush: float = 0.5
    freckles: float = 0.0
    style: Style = "flat"

    def __post_init__(self) -> None:
        for name, field in BY_NAME.items():
            value = getattr(self, name)
            if not field.low <= value <= field.high:
                raise ValueError(f"{name} lies in {field.low:g} … {field.high:g}, got {value:g}")
        if self.style not in STYLES:
            raise ValueError(f"a style is one of {', '.join(STYLES)}, got {self.style!r}")

    def with_(self, **changes: float) -> "Head":
        """The head with some numbers changed, each brought into its range."""
        unknown = changes.keys() - BY_NAME.keys()
        if unknown:
            raise ValueError(f"a head has no {', '.join(sorted(unknown))}")
        kept = {
            name: min(max(value, BY_NAME[name].low), BY_NAME[name].high)
            for name, value in changes.items()
        }
        return cast(Head, replace(self, **kept))  # pyright: ignore[reportArgumentType]

    def drawn_as(self, style: Style) -> "Head":
        """The same head drawn in another style."""
        return replace(self, style=style)

    def places(self) -> tuple[float, ...]:
        """The u in 0 … 1 of every field, in the order of FIELDS."""
        return tuple(field.place(getattr(self, field.name)) for field in FIELDS)


def head_at(places: Sequence[float]) -> Head:
    """The head whose fields lie at these u in 0 … 1, in the order of FIELDS: the inverse of `Head.places`."""
    if len(places) != len(FIELDS):
        raise ValueError(f"a head has {len(FIELDS)} places, got {len(places)}")
    values = {field.name: field.value(u) for field, u in zip(FIELDS, places, strict=True)}
    return Head(**values)  # pyright: ignore[reportArgumentType]


assert {field.name for field in fields(Head)} == {*BY_NAME, "style"}
