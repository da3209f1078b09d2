# SPDX-License-Identifier: Apache-2.0
"""Scenes of world 2 with captions below them, to be read critically; with --claims, what each caption claims.

python -m server.lab.scenes.caption_sheet FILE.png [--first SEED] [--count N] [--columns N] [--voice SEED] [--claims]
"""

import argparse
import sys
import textwrap
from pathlib import Path

from PIL import Image, ImageDraw

from server.lab.scenes.describe import Described, describe
from server.lab.scenes.render import render
from server.lab.scenes.sample_rich import sample_rich
from server.lab.scenes.things import SIDE

LETTERS, LINES = 44, 6
"""Letters a line and lines below each picture."""
LINE = 13
GAP = 8


def captioned(seed: int, voice: int) -> Described:
    """The caption that a voice gives the scene of a seed: another choice of words for each scene."""
    return describe(sample_rich(seed), voice + seed)


def caption_sheet(seeds: range, *, columns: int = 4, voice: int = 0) -> Image.Image:
    """The pictures in rows, each above its caption."""
    rows = -(-len(seeds) // columns)
    wide, high = SIDE + GAP, SIDE + LINES * LINE + GAP
    sheet = Image.new("RGB", (columns * wide + GAP, rows * high + GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for i, seed in enumerate(seeds):
        x, y = GAP + i % columns * wide, GAP + i // columns * high
        sheet.paste(Image.fromarray(render(sample_rich(seed)).rgb), (x, y))
        lines = textwrap.wrap(captioned(seed, voice).text, LETTERS)[:LINES]
        pen.multiline_text((x, y + SIDE + 2), "\n".join(lines), fill="black", spacing=2)
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--voice", type=int, default=0)
    parser.add_argument("--claims", action="store_true", help="write captions and claims as text")
    wanted = parser.parse_args()
    seeds = range(wanted.first, wanted.first + wanted.count)
    caption_sheet(seeds, columns=wanted.columns, voice=wanted.voice).save(
        wanted.file, optimize=True
    )
    for seed in seeds if wanted.claims else ():
        described = captioned(seed, wanted.voice)
        sys.stdout.write(f"{seed}: {described.text}\n")
        for claim in described.claims:
            sys.stdout.write(f"    {claim.kind}: {claim}\n")


if __name__ == "__main__":
    main()
