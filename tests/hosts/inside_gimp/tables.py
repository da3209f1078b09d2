# SPDX-License-Identifier: Apache-2.0
"""The same picture in every way GIMP keeps pixels: the same drag must give the same colors, and change nothing else."""

import time

import bench
import quickly
from gi.repository import Gimp

SIZE = (96, 64)
PRECISIONS = (
    *("u8-non-linear", "u8-linear", "u8-perceptual", "u16-non-linear", "u16-linear"),
    *("u32-linear", "half-linear", "half-non-linear", "float-linear", "float-non-linear"),
    *("double-linear", "double-non-linear"),
)
SCREEN = "R'G'B'A u8"


def picture():
    """A disk on a slope, as 8-bit sRGB; opaque, but for a corner that is half transparent."""
    data = bytearray()
    for y in range(SIZE[1]):
        for x in range(SIZE[0]):
            inside = (x - 40) ** 2 + (y - 32) ** 2 < 120
            color = (200, 80 + x, 60) if inside else (60 + x, 100 + y, 150)
            data += bytes((*color, 128 if x > 80 and y > 50 else 255))
    return bytes(data)


def rows():
    """(gray, precision, alpha, profile) of every case."""
    for gray in (False, True):
        for precision in PRECISIONS:
            yield gray, precision, True, ""
        for precision in ("u8-non-linear", "u16-linear", "float-linear"):
            yield gray, precision, False, ""
    for precision in PRECISIONS:
        yield False, precision, True, "adobe"
    yield False, "u16-non-linear", False, "adobe"
    yield True, "u16-non-linear", True, "gray-linear"


def profile_of(name):
    """A profile other than sRGB."""
    makers = {
        "adobe": Gimp.ColorProfile.new_rgb_adobe,
        "gray-linear": Gimp.ColorProfile.new_d65_gray_linear,
    }
    return makers[name]() if name else None


def run(facts, args):
    facts["rows"] = []
    with quickly.worker() as worker:
        for case in rows():
            facts["rows"].append(one(worker, *case))
    facts["steady"] = steady()


def steady():
    """Whether a derived profile is the same a second later: what is read again is compared with what was read."""
    from pullbrush.formats import LIGHT, SRGB
    from pullbrush.host import Image

    image = Image(bench.new_image(*SIZE, profile=profile_of("adobe")))
    before = [image.icc(curve) for curve in (LIGHT, SRGB)]
    time.sleep(1.1)
    return before == [image.icc(curve) for curve in (LIGHT, SRGB)]


def one(worker, gray, precision, alpha, profile):
    """What became of one case."""
    image = bench.new_image(*SIZE, gray=gray, precision=precision, profile=profile_of(profile))
    base = bench.add_layer(image, "Paper", SIZE, alpha=alpha)
    bench.fill(base, picture(), SCREEN)
    found = {"gray": gray, "precision": precision, "alpha": alpha, "profile": profile}
    found["kept_in"] = [bench.native(base), image.get_precision().value_nick]
    before, seen = bench.digest(base), seen_under_nothing(image)
    layer = quickly.drag(worker, image, base)
    after = visible(image)
    found["source_same"] = bench.digest(base) == before
    found["result_in"] = [bench.native(layer), image.get_precision().value_nick]
    found["icc_same"] = same_profile(image, profile)
    found["outside"], found["outside_same"] = outside(image, layer, seen, after)
    found["inside_other"] = seen[0] != after[0]
    found["rect"] = [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
    found["screen"] = list(bench.pixels(layer, None, SCREEN))
    image.delete()
    return found


def seen_under_nothing(image):
    """What is seen; where GIMP's own mixing is not exact, what is seen under an empty layer.

    It mixes in float and in color: a second layer, even an empty one, costs deeper or gray float pixels their last
    bits.
    """
    precision = image.get_precision().value_nick
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    if precision.startswith(("u32", "double", "float") if gray else ("u32", "double")):
        empty = bench.add_layer(image, "Nothing", SIZE)
        if precision.endswith("non-linear"):
            empty.set_blend_space(Gimp.LayerColorSpace.RGB_NON_LINEAR)
            empty.set_composite_space(Gimp.LayerColorSpace.RGB_NON_LINEAR)
        found = visible(image)
        image.remove_layer(empty)
        return found
    return visible(image)


def visible(image):
    """What is seen, as the image keeps pixels: bytes, and bytes of one pixel."""
    layer = Gimp.Layer.new_from_visible(image, image, "seen")
    data = bench.pixels(layer)
    del layer
    return data, len(data) // (SIZE[0] * SIZE[1])


def outside(image, layer, before, after):
    """How many pixels the result's alpha leaves alone, and whether these are the same bit by bit."""
    _, left, top = layer.get_offsets()
    width, height = layer.get_width(), layer.get_height()
    alpha, size = bench.pixels(layer, None, "A float"), before[1]
    count, same = 0, True
    for y in range(SIZE[1]):
        for x in range(SIZE[0]):
            column, row = x - left, y - top
            at = 4 * (row * width + column)
            if 0 <= column < width and 0 <= row < height and any(alpha[at : at + 4]):
                continue
            place = (y * SIZE[0] + x) * size
            count += 1
            same = same and before[0][place : place + size] == after[0][place : place + size]
    return count, same


def same_profile(image, name):
    """Whether the image still has the profile it was given."""
    now, given = image.get_color_profile(), profile_of(name)
    if now is None or given is None:
        return now is None and given is None
    return bytes(now.get_icc_profile()) == bytes(given.get_icc_profile())
