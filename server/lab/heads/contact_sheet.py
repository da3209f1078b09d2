# SPDX-License-Identifier: Apache-2.0
"""A contact sheet of heads.

python -m server.lab.heads.contact_sheet FILE.png [--first SEED] [--count N] [--size PIXELS]
                                                  [--styles | --turns | --truth]

--styles draws every head in each style, --turns moves one thing at a time, --truth shows landmarks and parts.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from server.lab.heads.fields import BY_NAME
from server.lab.heads.head import Head
from server.lab.heads.render import draw, portrait
from server.lab.heads.sample import sample_head
from server.lab.scenes.contact_sheet import page
from server.lab.scenes.scene import STYLES

MOVES = ("yaw", "pitch", "tilt", "mouth_open", "smile", "left_eye", "hair_length", "curl", "bun")
STEPS = 6
PART_COLORS = np.array(((226, 226, 222), (96, 150, 200), (244, 190, 160), (110, 70, 60)), np.uint8)
GAP = 6


def turn_sheet(head: Head, size: int) -> Image.Image:
    """One row for each of MOVES, from the least to the most."""
    drawn: list[NDArray[np.uint8]] = []
    for name in MOVES:
        field = BY_NAME[name]
        values = (field.low + (field.high - field.low) * i / (STEPS - 1) for i in range(STEPS))
        drawn += [draw(head.with_(**{name: value}), size) for value in values]
    return page(drawn, STEPS, GAP)


def truth_sheet(heads: list[Head], size: int) -> Image.Image:
    """Pictures above, below them their parts with landmarks: dark where they are seen, light where they are not."""
    pictures: list[NDArray[np.uint8]] = []
    known: list[NDArray[np.uint8]] = []
    for head in heads:
        drawn = portrait(head, size)
        image = Image.fromarray(PART_COLORS[drawn.part])
        pen = ImageDraw.Draw(image)
        for name, (x, y) in drawn.landmarks.items():
            r, ink = size / 100, (20, 20, 60) if name in drawn.seen else (255, 255, 255)
            pen.ellipse((x - r, y - r, x + r, y + r), fill=ink)
        pictures.append(drawn.rgb)
        known.append(np.asarray(image))
    return page([*pictures, *known], len(heads), GAP)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--size", type=int, default=256)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--styles", action="store_true", help="every head in all styles")
    kind.add_argument("--turns", action="store_true", help="the first head, one thing moved a row")
    kind.add_argument("--truth", action="store_true", help="parts and landmarks")
    wanted = parser.parse_args()
    heads = [sample_head(wanted.first + i) for i in range(wanted.count)]
    if wanted.turns:
        sheet = turn_sheet(heads[0], wanted.size)
    elif wanted.truth:
        sheet = truth_sheet(heads, wanted.size)
    elif wanted.styles:
        styled = [head.drawn_as(style) for head in heads for style in STYLES]
        sheet = page([draw(head, wanted.size) for head in styled], len(STYLES), GAP)
    else:
        sheet = page([draw(head, wanted.size) for head in heads], 6, GAP)
    sheet.save(wanted.file, optimize=True)


if __name__ == "__main__":
    main()
