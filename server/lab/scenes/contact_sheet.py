# SPDX-License-Identifier: Apache-2.0
"""A contact sheet of scenes: `python -m server.lab.scenes.contact_sheet FILE.png [--first N] [--count N]`."""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from server.lab.scenes.render import render
from server.lab.scenes.sample import sample_scene


def contact_sheet(seeds: range, *, columns: int = 6, size: int = 256, gap: int = 6) -> Image.Image:
    """The scenes of some seeds in rows, on a light page."""
    rows = -(-len(seeds) // columns)
    page = np.full((rows * (size + gap) + gap, columns * (size + gap) + gap, 3), 244, np.uint8)
    for i, seed in enumerate(seeds):
        y, x = gap + (i // columns) * (size + gap), gap + (i % columns) * (size + gap)
        page[y : y + size, x : x + size] = render(sample_scene(seed), size).rgb
    return Image.fromarray(page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--size", type=int, default=256)
    wanted = parser.parse_args()
    seeds = range(wanted.first, wanted.first + wanted.count)
    contact_sheet(seeds, size=wanted.size).save(wanted.file, optimize=True)


if __name__ == "__main__":
    main()
