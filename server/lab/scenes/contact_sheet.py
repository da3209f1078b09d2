# SPDX-License-Identifier: Apache-2.0
"""A contact sheet of scenes, or with --truth of one scene, its true edits and what else is known of it.

python -m server.lab.scenes.contact_sheet FILE.png [--first SEED] [--count N] [--size PIXELS] [--truth]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.lab.scenes.render import render
from server.lab.scenes.sample import sample_scene
from server.lab.scenes.scene import Scene

PAPER = 244
"""The gray between the pictures."""


def contact_sheet(seeds: range, *, columns: int = 6, size: int = 256, gap: int = 6) -> Image.Image:
    """The scenes of some seeds in rows, on a light page."""
    return page([render(sample_scene(seed), size).rgb for seed in seeds], columns, gap)


def truth_sheet(scene: Scene, *, size: int = 256, gap: int = 6) -> Image.Image:
    """The scene and its true edits above; its things in gray levels, its edges and its depth below."""
    drawn = render(scene, size)
    movable = [t.name for t in scene.things if t.kind in ("sun", "moon", "balloon", "boat")]
    edits = [scene.moved(movable[-1], -42, 14), scene.without(movable[0])]
    if "mountain1" in scene.names:
        edits.append(scene.with_peak("mountain1", 34, -18))
    things = np.zeros((size, size), np.float32)
    for i, mask in enumerate(drawn.masks.values()):
        things += mask * np.float32(0.3 + 0.7 * (i + 1) / len(drawn.masks))
    grays = [things.clip(0, 255), drawn.edges, 255 * (1 - drawn.depth)]
    rows = [drawn.rgb, *(render(edit, size).rgb for edit in edits)]
    rows += [np.repeat(gray.astype(np.uint8)[..., None], 3, 2) for gray in grays]
    return page(rows, 1 + len(edits), gap)


def page(pictures: Sequence[NDArray[np.uint8]], columns: int, gap: int) -> Image.Image:
    """Square pictures of one size side by side."""
    size = pictures[0].shape[0]
    lines = -(-len(pictures) // columns)
    shape = (lines * (size + gap) + gap, columns * (size + gap) + gap, 3)
    sheet = np.full(shape, PAPER, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = gap + (i // columns) * (size + gap), gap + (i % columns) * (size + gap)
        sheet[y : y + size, x : x + size] = picture
    return Image.fromarray(sheet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--truth", action="store_true", help="one scene: edits, masks, depth")
    wanted = parser.parse_args()
    if wanted.truth:
        sheet = truth_sheet(sample_scene(wanted.first), size=wanted.size)
    else:
        seeds = range(wanted.first, wanted.first + wanted.count)
        sheet = contact_sheet(seeds, size=wanted.size)
    sheet.save(wanted.file, optimize=True)


if __name__ == "__main__":
    main()
