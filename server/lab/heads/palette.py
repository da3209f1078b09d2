# SPDX-License-Identifier: Apache-2.0
"""The colors of heads: ramps of hand-picked sRGB stops, so that every place between two of them is a color too."""

import numpy as np

from server.lab.scenes.palette import Color, color, mix

Ramp = tuple[Color, ...]

SKIN: Ramp = (
    *(color(1.00, 0.88, 0.79), color(0.99, 0.81, 0.67), color(0.92, 0.69, 0.52)),
    *(color(0.77, 0.53, 0.38), color(0.59, 0.39, 0.28), color(0.43, 0.28, 0.21)),
)
HAIR: Ramp = (
    *(color(0.15, 0.13, 0.19), color(0.33, 0.21, 0.16), color(0.58, 0.28, 0.16)),
    *(color(0.89, 0.46, 0.19), color(0.97, 0.79, 0.42), color(0.88, 0.87, 0.88)),
    *(color(0.95, 0.60, 0.70), color(0.52, 0.44, 0.79), color(0.27, 0.50, 0.72)),
)
EYES: Ramp = (
    *(color(0.36, 0.22, 0.14), color(0.58, 0.40, 0.16), color(0.30, 0.55, 0.28)),
    *(color(0.16, 0.56, 0.56), color(0.22, 0.47, 0.80), color(0.47, 0.36, 0.72)),
)
SHIRT: Ramp = (
    *(color(0.86, 0.27, 0.27), color(0.96, 0.58, 0.24), color(0.97, 0.80, 0.33)),
    *(color(0.40, 0.67, 0.38), color(0.20, 0.60, 0.62), color(0.25, 0.42, 0.74)),
    color(0.50, 0.34, 0.62),
)
BACKGROUND: Ramp = (
    *(color(0.98, 0.91, 0.78), color(0.99, 0.82, 0.72), color(0.96, 0.78, 0.83)),
    *(color(0.82, 0.79, 0.93), color(0.72, 0.85, 0.96), color(0.72, 0.91, 0.85)),
    color(0.87, 0.92, 0.74),
)

WHITE = color(0.99, 0.985, 0.97)
INK = color(0.17, 0.12, 0.17)
BLUSH = color(0.97, 0.44, 0.42)
SHADOW = color(0.44, 0.20, 0.26)
MOUTH = color(0.45, 0.11, 0.16)
TONGUE = color(0.92, 0.45, 0.46)
LIP = color(0.82, 0.32, 0.34)


def on(ramp: Ramp, place: float) -> Color:
    """The color at a place 0 … 1 of a ramp."""
    at = place * (len(ramp) - 1)
    step = min(int(at), len(ramp) - 2)
    return mix(ramp[step], ramp[step + 1], at - step)


def lightness(paint: Color) -> float:
    """About how light a color is, 0 … 1."""
    red, green, blue = (float(v) for v in np.ravel(paint))
    return (red + 2 * green + blue) / 4
