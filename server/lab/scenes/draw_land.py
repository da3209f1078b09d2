# SPDX-License-Identifier: Apache-2.0
"""Mountains, houses, trees and boats."""

import numpy as np

from server.lab.scenes.palette import (
    AIR,
    CREAM,
    PAINT,
    ROCK,
    SHADE,
    WHITE,
    WOOD,
    Floats,
    color,
    lit,
    mix,
)
from server.lab.scenes.scene import Sky
from server.lab.scenes.shapes import (
    Facing,
    Patch,
    Point,
    block,
    circle,
    convex,
    facing,
    half_plane,
    round_facing,
)
from server.lab.scenes.things import Boat, House, Mountain, Tree

PINE = color(0.16, 0.44, 0.34)
LEAVES = color(0.36, 0.60, 0.26)
WINDOW = color(0.45, 0.66, 0.80)
LAMP = color(1.00, 0.83, 0.42)

SUNNY_FACE, SHADED_FACE = facing(-0.50, 0.45, 0.74), facing(0.50, 0.45, 0.74)
"""Where the two sides of a mountain's ridge look."""


def draw_mountain(mountain: Mountain, sky: Sky, size: int) -> Patch:
    """A sheared profile: flanks, ridge and snow line live in rows v = 0 (base) … 1 (peak)."""
    patch = Patch(mountain.box, size)
    if patch.empty:
        return patch
    v = (np.float32(mountain.y) - patch.y) / np.float32(mountain.height)
    axis = np.float32(mountain.x) + v * np.float32(mountain.peak_x - mountain.x)
    half, s = np.float32(mountain.size / 2), mountain.shoulders
    left = _profile(v, (0.0, 0.34, 0.70, 1.0), (1.0, 0.64 + s[0], 0.27 + s[1], 0.0)) * half
    right = _profile(v, (0.0, 0.34, 0.70, 1.0), (1.0, 0.64 + s[2], 0.27 + s[3], 0.0)) * half
    across = patch.x - axis
    lean = np.float32(mountain.height / (mountain.height**2 + (mountain.size / 2) ** 2) ** 0.5)
    outline = np.maximum(-across - left, across - right) * lean
    outline = np.maximum(outline, patch.y - np.float32(mountain.y))
    far = AIR[sky.kind]
    rock = mix(lit(ROCK[mountain.tint], sky, own_light=0.3), far, mountain.haze)
    foot = mix(rock, far, 0.40)
    rise = np.clip(v, 0, 1)[None]
    whole = patch.cover(outline)
    r = mountain.ridge
    ridge = _profile(v, (0.0, 0.22, 0.50, 0.76, 1.0), (r[2] * 1.2, r[2], r[1], r[0], 0.0)) * half
    shade = patch.cover((ridge - across) * lean)
    faces = np.where(shade > 0.5, SHADED_FACE, SUNNY_FACE)
    patch.paint(whole, (foot + (rock - foot) * rise).astype(np.float32), facing=faces)
    patch.tint(shade * np.float32(0.34), mix(SHADE, rock, 0.15), seen=False)
    _snow(patch, mountain, sky, v, across, (left, right, shade), whole)
    return patch


def _profile(v: Floats, rows: tuple[float, ...], widths: tuple[float, ...]) -> Floats:
    return np.interp(v[:, 0], rows, widths).astype(np.float32)[:, None]


def _snow(
    patch: Patch,
    mountain: Mountain,
    sky: Sky,
    v: Floats,
    across: Floats,
    profile: tuple[Floats, Floats, Floats],
    whole: Floats,
) -> None:
    """The snow cap: above a zigzag line that follows the flanks; darker on the shaded side."""
    if mountain.snow < 0.05:
        return
    left, right, shade = profile
    rows = int(np.count_nonzero(v[:, 0] > 1.0 - mountain.snow - 0.12))
    top = slice(0, rows)
    width = np.where(across[top] < 0, left[top], right[top])
    turn = np.clip(across[top] / np.maximum(width, np.float32(0.5)), -1, 1)
    zig = mountain.zigzag
    places = np.linspace(-1, 1, len(zig))
    line = (1.0 - mountain.snow) + np.interp(turn.ravel(), places, zig).reshape(turn.shape)
    below = (line.astype(np.float32) - v[top]) * np.float32(mountain.height)
    cap = np.zeros_like(whole)
    cap[top] = patch.cover(below * np.float32(0.75)) * whole[top]
    white = lit(WHITE, sky, own_light=0.4)
    patch.tint(cap, mix(white, lit(ROCK["blue"], sky), mountain.haze * 0.35))
    patch.tint(cap * shade, mix(white, lit(ROCK["blue"], sky), 0.42), seen=False)


def draw_house(house: House, sky: Sky, size: int) -> Patch:
    """A gable with a door, a longer side in shade with a window, and a slanted roof."""
    patch = Patch(house.box, size)
    w, way = house.size, -1.0 if house.flipped else 1.0

    def at(u: float, up: float) -> Point:
        return (house.x + way * u * w, house.y - up * w)

    wall, dark = lit(CREAM, sky), mix(lit(CREAM, sky), lit(SHADE, sky), 0.26)
    roof = lit(PAINT[house.roof], sky, own_light=0.3)
    patch.paint(
        patch.cover(
            convex(patch, (at(0.28, 0.60), at(0.28, 0.86), at(0.38, 0.86), at(0.38, 0.60)))
        ),
        lit(WOOD, sky),
    )
    front, side = facing(-0.5 * way, 0, 0.86), facing(0.4 * way, 0, 0.92)
    patch.paint(
        patch.cover(
            convex(patch, (at(-0.46, 0.0), at(-0.46, 0.44), at(0.46, 0.44), at(0.46, 0.0)))
        ),
        dark,
        facing=side,
    )
    gable = (at(-0.46, 0.0), at(-0.46, 0.42), at(-0.24, 0.74), at(-0.02, 0.42), at(-0.02, 0.0))
    patch.paint(patch.cover(convex(patch, gable)), wall, facing=front)
    slope = (at(-0.26, 0.80), at(0.34, 0.80), at(0.53, 0.38), at(0.02, 0.38))
    tilted = facing(0.3 * way, 0.7, 0.65)
    patch.paint(patch.cover(convex(patch, slope)), roof, facing=tilted)
    eave = (at(-0.26, 0.80), at(-0.21, 0.71), at(-0.47, 0.33), at(-0.53, 0.38))
    eaves = facing(-0.6 * way, 0.6, 0.53)
    patch.paint(patch.cover(convex(patch, eave)), mix(roof, SHADE, 0.22), facing=eaves)
    pane = LAMP if sky.kind in ("dusk", "night") else lit(WINDOW, sky)
    for left, low, right, high in ((0.14, 0.13, 0.34, 0.29),):
        patch.paint(
            patch.cover(
                convex(patch, (at(left, low), at(left, high), at(right, high), at(right, low)))
            ),
            pane,
            facing=side,
        )
    patch.paint(
        patch.cover(
            convex(patch, (at(-0.32, 0.0), at(-0.32, 0.28), at(-0.16, 0.28), at(-0.16, 0.0)))
        ),
        lit(WOOD, sky),
        facing=front,
    )
    return patch


def draw_tree(tree: Tree, sky: Sky, size: int) -> Patch:
    patch = Patch(tree.box, size)
    h, x, y = tree.size, tree.x, tree.y
    patch.paint(
        patch.cover(block(patch, x - 0.05 * h, y - 0.32 * h, x + 0.05 * h, y)), lit(WOOD, sky)
    )
    if tree.shape == "round":
        leaves = lit(LEAVES, sky, own_light=0.25)
        dark = mix(leaves, SHADE, 0.25)
        crown = patch.cover(circle(patch, x, y - 0.66 * h, 0.33 * h))
        patch.paint(crown, dark, facing=round_facing(patch, x, y - 0.66 * h, 0.33 * h))
        sunny = patch.cover(circle(patch, x - 0.07 * h, y - 0.72 * h, 0.29 * h))
        patch.tint(sunny * crown, leaves, seen=False)
        if tree.snowy:
            snow = patch.cover(half_plane(patch, (x - h, y - 0.80 * h), (x + h, y - 0.84 * h)))
            patch.tint((1 - snow) * crown, lit(WHITE, sky))
        return patch
    needles = lit(PINE, sky, own_light=0.3)
    for low, high, half in ((0.16, 0.62, 0.31), (0.38, 0.80, 0.25), (0.60, 1.00, 0.18)):
        tier = convex(
            patch, ((x - half * h, y - low * h), (x, y - high * h), (x + half * h, y - low * h))
        )
        cover = patch.cover(tier)
        patch.paint(cover, needles, facing=_cone(patch, x, y - high * h, half / (high - low)))
        right = patch.cover(np.float32(x) - patch.x)
        patch.tint(cover * right * np.float32(0.3), SHADE, seen=False)
        if tree.snowy:
            tip = patch.cover(patch.y - np.float32(y - (high - 0.40 * (high - low)) * h))
            patch.tint(cover * tip, mix(lit(WHITE, sky), SHADE, 0.05))
    return patch


def _cone(patch: Patch, x: float, top: float, flare: float) -> Facing:
    """Normals of an upright cone whose half width grows by `flare` per pixel below its tip."""
    half = np.maximum((patch.y - np.float32(top)) * np.float32(flare), np.float32(0.5))
    turn = np.clip((patch.x - np.float32(x)) / half, -1, 1)
    level = (1 + flare * flare) ** -0.5
    across, front = turn * np.float32(level), np.sqrt(1 - turn * turn) * np.float32(level)
    return np.stack([across, np.full_like(across, flare * level), front])


def draw_boat(boat: Boat, sky: Sky, size: int) -> Patch:
    """A hull, a mast, a large sail in the boat's color and a small pale one."""
    patch = Patch(boat.box, size)
    w, way = boat.size, -1.0 if boat.flipped else 1.0

    def at(u: float, up: float) -> Point:
        return (boat.x + way * u * w, boat.y - up * w)

    patch.paint(
        patch.cover(
            convex(patch, (at(-0.06, 0.1), at(-0.06, 1.07), at(-0.015, 1.07), at(-0.015, 0.1)))
        ),
        lit(WOOD, sky),
        stroked=False,
    )
    sail = lit(PAINT[boat.sail], sky, own_light=0.5)
    patch.paint(patch.cover(convex(patch, (at(0.01, 1.02), at(0.42, 0.24), at(0.01, 0.24)))), sail)
    jib = (
        mix(sail, lit(SHADE, sky), 0.14)
        if boat.sail == "white"
        else lit(WHITE, sky, own_light=0.45)
    )
    patch.paint(
        patch.cover(convex(patch, (at(-0.08, 0.86), at(-0.08, 0.24), at(-0.36, 0.24)))), jib
    )
    hull = (at(-0.48, 0.17), at(0.49, 0.17), at(0.36, -0.09), at(-0.34, -0.09))
    body = patch.cover(convex(patch, hull))
    patch.paint(body, lit(WOOD, sky))
    rail = patch.cover(patch.y - np.float32(boat.y - 0.09 * w))
    patch.tint(rail * body, lit(CREAM, sky), seen=False)
    return patch
