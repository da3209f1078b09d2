# SPDX-License-Identifier: Apache-2.0
"""Sun, moon, clouds and hot-air balloons."""

import numpy as np

from server.lab.scenes.palette import (
    CLOUDS,
    CREAM,
    PAINT,
    SHADE,
    WOOD,
    Color,
    Floats,
    color,
    lit,
    mix,
)
from server.lab.scenes.scene import Sky
from server.lab.scenes.shapes import Cover, Facing, Patch, block, circle, convex, round_facing
from server.lab.scenes.things import Balloon, Cloud, Moon, Sun

SUN_YELLOW = color(1.00, 0.92, 0.50)
SUN_ORANGE = color(1.00, 0.64, 0.30)
MOON = color(0.97, 0.96, 0.86)
MOON_SPOT = color(0.84, 0.84, 0.80)
MOON_SPOTS = ((-0.17, -0.12, 0.12), (0.16, 0.06, 0.15), (-0.08, 0.23, 0.09))
"""Place and radius of the moon's spots, in diameters."""
GORE = (0.24, 0.68)
"""Where the stripes of a balloon end, as parts of its half width."""


def sun_color(sun: Sun) -> Color:
    return mix(SUN_YELLOW, SUN_ORANGE, sun.orange)


def draw_sun(sun: Sun, sky: Sky, size: int) -> Patch:
    patch = Patch(sun.box, size)
    ball = round_facing(patch, sun.x, sun.y, sun.size / 2)
    disc = patch.cover(circle(patch, sun.x, sun.y, sun.size / 2))
    patch.paint(disc, sun_color(sun), facing=ball)
    return patch


def draw_moon(moon: Moon, sky: Sky, size: int) -> Patch:
    patch = Patch(moon.box, size)
    ball = round_facing(patch, moon.x, moon.y, moon.size / 2)
    disc = patch.cover(circle(patch, moon.x, moon.y, moon.size / 2))
    patch.paint(disc, MOON, facing=ball)
    for across, down, radius in MOON_SPOTS:
        x, y = moon.x + across * moon.size, moon.y + down * moon.size
        spot = patch.cover(circle(patch, x, y, radius * moon.size))
        patch.tint(spot, MOON_SPOT, seen=False)
    return patch


def draw_glow(light: Sun | Moon, sky: Sky, size: int) -> tuple[Patch, Cover, Color]:
    """The bounded glow round a sun or moon: (1 − (r/R)²)² over the sky, zero from R on."""
    reach = light.GLOW * light.size
    patch = Patch((light.x - reach, light.y - reach, light.x + reach, light.y + reach), size)
    dx, dy = (
        (patch.x - np.float32(light.x)) / np.float32(reach),
        (patch.y - np.float32(light.y)) / np.float32(reach),
    )
    fall = np.clip(np.float32(1) - (dx * dx + dy * dy), np.float32(0), np.float32(1))
    if isinstance(light, Sun):
        return (
            patch,
            fall * fall * np.float32(0.75),
            mix(sun_color(light), PAINT["white"], 0.75 - 0.6 * light.orange),
        )
    return patch, fall * fall * np.float32(0.35), MOON


def draw_cloud(cloud: Cloud, sky: Sky, size: int) -> Patch:
    patch = Patch(cloud.box, size)
    w = cloud.size
    lift = cloud.LIFT * w
    along = np.abs(patch.x - np.float32(cloud.x)) - np.float32(0.44 * w)
    up = patch.y - np.float32(cloud.y - lift)
    along = np.clip(along, 0, None)
    body = np.sqrt(along * along + up * up) - np.float32(lift)
    lobes = [
        circle(patch, cloud.x + place * w, cloud.y - lift, radius * w)
        for place, radius in cloud.lobes
    ]
    flat = np.maximum(np.minimum.reduce(lobes), patch.y - np.float32(cloud.y))
    shape = np.minimum(body, flat)
    top, base = CLOUDS[sky.kind]
    down = np.clip((patch.y - np.float32(cloud.y - 0.30 * w)) / np.float32(0.30 * w), 0, 1)[None]
    patch.paint(patch.cover(shape), (top + (base - top) * down).astype(np.float32))
    return patch


def draw_balloon(balloon: Balloon, sky: Sky, size: int) -> Patch:
    patch = Patch(balloon.box, size)
    s, x, y = balloon.size, balloon.x, balloon.y
    neck, skirt = y + 0.66 * s, 0.11 * s
    basket = (x - 0.10 * s, y + 0.82 * s, x + 0.10 * s, y + 1.01 * s)
    for side in (-1.0, 1.0):
        rope = (
            (x + side * 0.07 * s, neck),
            (x + side * 0.11 * s, neck),
            (x + side * 0.10 * s, basket[1] + 1),
            (x + side * 0.06 * s, basket[1] + 1),
        )
        patch.paint(patch.cover(convex(patch, rope)), lit(WOOD, sky), stroked=False)
    patch.paint(patch.cover(block(patch, *basket)), lit(WOOD, sky))
    tangent, drop = 0.462 * s, 0.19 * s
    taper = convex(
        patch,
        ((x - tangent, y + drop), (x + tangent, y + drop), (x + skirt, neck), (x - skirt, neck)),
    )
    envelope = patch.cover(np.minimum(circle(patch, x, y, s / 2), taper))
    main = lit(PAINT[balloon.color], sky, own_light=0.65)
    half = _half_width(patch, balloon)
    patch.paint(envelope, main, facing=_bulge(patch, balloon, half))
    _stripes(patch, balloon, envelope, main, sky, half)
    return patch


def _half_width(patch: Patch, balloon: Balloon) -> Floats:
    """Half the width of the envelope at each row, in world pixels."""
    s = np.float32(balloon.size)
    down = (patch.y - np.float32(balloon.y)) / s
    inside = np.sqrt(np.clip(np.float32(0.25) - down * down, 0, None))
    taper = np.float32(0.462) - (down - np.float32(0.19)) * np.float32(
        (0.462 - 0.11) / (0.66 - 0.19)
    )
    return np.where(down < np.float32(0.19), inside, np.maximum(taper, np.float32(0.11))) * s


def _bulge(patch: Patch, balloon: Balloon, half: Floats) -> Facing:
    """Normals of the envelope: a ball above, below it a cone round the same axis."""
    rise = np.clip((np.float32(balloon.y) - patch.y) * np.float32(2 / balloon.size), -0.6, 1)
    turn = np.clip((patch.x - np.float32(balloon.x)) / np.maximum(half, np.float32(1)), -1, 1)
    level = np.sqrt(1 - rise * rise)
    x, z = turn * level, np.sqrt(1 - turn * turn) * level
    return np.stack([x, np.broadcast_to(rise, x.shape), z]).astype(np.float32)


def _stripes(
    patch: Patch, balloon: Balloon, envelope: Cover, main: Color, sky: Sky, half: Floats
) -> None:
    """Gores that follow the width of the envelope, then a lit left and a shaded right side."""
    across = patch.x - np.float32(balloon.x)
    light = (
        mix(lit(CREAM, sky, own_light=0.55), main, 0.62)
        if balloon.plain
        else lit(CREAM, sky, own_light=0.55)
    )
    middle = patch.cover(np.abs(across) - np.float32(GORE[0]) * half)
    outer = patch.cover(np.float32(GORE[1]) * half - np.abs(across))
    for gore in (middle, outer):
        patch.tint(gore * envelope, light)
    turn = np.clip(across / np.maximum(half, np.float32(1)), -1, 1)
    shade = np.clip(turn + np.float32(0.2), 0, None) * np.float32(0.24)
    patch.tint(shade * envelope, SHADE, seen=False)
