# SPDX-License-Identifier: Apache-2.0
"""The colors of the world: sRGB values in 0 … 1, chosen by hand so that every combination is harmonious."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from server.lab.scenes.scene import Sky

Floats = NDArray[np.floating]
"""Pixels or rows while they are drawn; float32 throughout."""
Color = Floats
"""One color as float32 (3, 1, 1), ready to broadcast over planar pixels."""


def color(red: float, green: float, blue: float) -> Color:
    return np.array((red, green, blue), np.float32).reshape(3, 1, 1)


def mix(first: Color, second: Color, amount: float) -> Color:
    """first at amount 0, second at amount 1."""
    return first + (second - first) * np.float32(amount)


WHITE = color(0.98, 0.97, 0.94)
CREAM = color(0.97, 0.92, 0.80)
WOOD = color(0.45, 0.29, 0.20)
SHADE = color(0.10, 0.12, 0.28)

PAINT: dict[str, Color] = {
    "red": color(0.86, 0.25, 0.22),
    "yellow": color(0.97, 0.77, 0.24),
    "blue": color(0.20, 0.45, 0.80),
    "green": color(0.24, 0.60, 0.38),
    "brown": color(0.52, 0.33, 0.22),
    "white": WHITE,
}

ROCK: dict[str, Color] = {
    "blue": color(0.38, 0.52, 0.72),
    "gray": color(0.50, 0.53, 0.58),
    "purple": color(0.52, 0.43, 0.68),
    "brown": color(0.62, 0.47, 0.38),
}

LAND: dict[str, tuple[Color, Color]] = {
    "grass": (color(0.58, 0.76, 0.42), color(0.36, 0.62, 0.34)),
    "sand": (color(0.95, 0.83, 0.58), color(0.87, 0.68, 0.42)),
    "snow": (color(0.95, 0.97, 0.99), color(0.80, 0.88, 0.95)),
}
"""Upper and lower color of a band of ground by daylight."""

SAND_BY_NIGHT = (color(0.50, 0.44, 0.56), color(0.36, 0.33, 0.49))
"""Sand in blue light alone would turn a dead gray."""

PATHS: dict[str, tuple[Color, Color]] = {
    "grass": (color(0.90, 0.82, 0.62), color(0.80, 0.66, 0.45)),
    "sand": (color(0.74, 0.60, 0.46), color(0.60, 0.45, 0.33)),
    "snow": (color(0.74, 0.68, 0.62), color(0.60, 0.52, 0.46)),
}
"""Upper and lower color of a path over each kind of land, by daylight."""

SKIES: dict[str, tuple[tuple[Color, Color, Color], tuple[Color, Color, Color]]] = {
    "day": (
        (color(0.33, 0.62, 0.90), color(0.58, 0.80, 0.95), color(0.92, 0.95, 0.90)),
        (color(0.30, 0.70, 0.86), color(0.58, 0.86, 0.92), color(0.97, 0.95, 0.84)),
    ),
    "sunset": (
        (color(0.40, 0.36, 0.62), color(0.94, 0.56, 0.48), color(1.00, 0.84, 0.54)),
        (color(0.62, 0.42, 0.60), color(0.98, 0.62, 0.40), color(1.00, 0.88, 0.58)),
    ),
    "dusk": (
        (color(0.19, 0.19, 0.44), color(0.48, 0.37, 0.64), color(0.95, 0.64, 0.64)),
        (color(0.22, 0.27, 0.50), color(0.55, 0.46, 0.68), color(0.97, 0.73, 0.62)),
    ),
    "night": (
        (color(0.05, 0.08, 0.22), color(0.11, 0.19, 0.40), color(0.29, 0.42, 0.60)),
        (color(0.08, 0.08, 0.24), color(0.18, 0.18, 0.42), color(0.38, 0.38, 0.62)),
    ),
    "overcast": (
        (color(0.55, 0.60, 0.66), color(0.70, 0.74, 0.78), color(0.85, 0.87, 0.87)),
        (color(0.59, 0.61, 0.64), color(0.73, 0.74, 0.76), color(0.88, 0.87, 0.85)),
    ),
}
"""For each kind of sky two gradients: top, middle, horizon."""

LIGHT: dict[str, tuple[Color, Color, float]] = {
    "day": (color(1.00, 1.00, 1.00), color(1.0, 1.0, 0.95), 0.0),
    "sunset": (color(1.02, 0.88, 0.80), color(0.98, 0.55, 0.36), 0.10),
    "dusk": (color(0.80, 0.74, 0.86), color(0.38, 0.28, 0.52), 0.16),
    "night": (color(0.54, 0.60, 0.86), color(0.10, 0.16, 0.38), 0.16),
    "overcast": (color(0.88, 0.90, 0.92), color(0.66, 0.70, 0.74), 0.14),
}
"""For each kind of sky: what its light multiplies, the color of its air, how much of the air lies on things."""

AIR: dict[str, Color] = {
    "day": color(0.90, 0.94, 0.95),
    "sunset": color(0.96, 0.70, 0.60),
    "dusk": color(0.70, 0.55, 0.72),
    "night": color(0.27, 0.39, 0.60),
    "overcast": color(0.78, 0.81, 0.83),
}
"""What far land fades into."""

WATER: dict[str, tuple[Color, Color]] = {
    "day": (color(0.62, 0.85, 0.93), color(0.20, 0.55, 0.76)),
    "sunset": (color(0.98, 0.74, 0.56), color(0.48, 0.40, 0.62)),
    "dusk": (color(0.80, 0.58, 0.68), color(0.25, 0.25, 0.50)),
    "night": (color(0.30, 0.44, 0.66), color(0.09, 0.17, 0.38)),
    "overcast": (color(0.72, 0.78, 0.80), color(0.38, 0.49, 0.56)),
}
"""Color of a lake at its far and its near shore."""

CLOUDS: dict[str, tuple[Color, Color]] = {
    "day": (color(1.00, 1.00, 1.00), color(0.84, 0.91, 0.97)),
    "sunset": (color(1.00, 0.86, 0.76), color(0.93, 0.62, 0.58)),
    "dusk": (color(0.78, 0.66, 0.80), color(0.52, 0.43, 0.66)),
    "night": (color(0.42, 0.50, 0.70), color(0.25, 0.33, 0.54)),
    "overcast": (color(0.95, 0.96, 0.97), color(0.76, 0.79, 0.83)),
}
"""Color of a cloud at its top and its base."""


def sky_stops(sky: Sky) -> tuple[Color, Color, Color]:
    """The three stops of a sky, from the top of the picture to the horizon."""
    first, second = SKIES[sky.kind]
    top, middle, low = (mix(a, b, sky.blend) for a, b in zip(first, second, strict=True))
    return top, middle, low


def lit(paint: Color, sky: Sky, *, own_light: float = 0.0) -> Color:
    """A paint in the light of a sky; own_light 1 keeps the paint as it is by day."""
    multiply, air, amount = LIGHT[sky.kind]
    there = mix(np.minimum(paint * multiply, np.float32(1.0)), air, amount)
    return mix(there, paint, own_light)


def land_stops(kind: str, sky: Sky) -> tuple[Color, Color]:
    """Upper and lower color of the land in the light of a sky."""
    if kind == "sand" and sky.kind == "night":
        return SAND_BY_NIGHT
    upper, lower = LAND[kind]
    return lit(upper, sky), lit(lower, sky)


def gradient(stops: Sequence[Color], places: Sequence[float], at: Floats) -> Floats:
    """The color at each of n places, (3, n, 1): straight lines between stops, ends held."""
    planes = [np.interp(at, places, [float(stop[c, 0, 0]) for stop in stops]) for c in range(3)]
    return np.stack(planes).astype(np.float32)[:, :, None]
