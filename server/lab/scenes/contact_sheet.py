# SPDX-License-Identifier: Apache-2.0
"""A contact sheet of scenes, or with --truth of one scene, its true edits and what else is known of it.

python -m server.lab.scenes.contact_sheet FILE.png [--world 1|2] [--first SEED] [--count N] [--size PIXELS]
                                                   [--styles | --truth]
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.lab.scenes.render import render
from server.lab.scenes.sample import sample_scene
from server.lab.scenes.sample_rich import sample_rich
from server.lab.scenes.scene import STYLES, Scene

PAPER = 244
"""The gray between the pictures."""

CLASS_COLORS = np.array(
    (
        *((176, 214, 240), (255, 209, 64), (240, 236, 200), (255, 255, 255), (140, 132, 170)),
        *((150, 200, 110), (60, 120, 200), (214, 184, 130), (230, 110, 90), (40, 120, 70)),
        *((150, 60, 160), (240, 60, 140), (40, 60, 90), (250, 140, 30), (120, 80, 50)),
    ),
    np.uint8,
)
"""How the segmentation map is shown: one color for each of CLASSES."""
MOVABLE = ("sun", "moon", "balloon", "boat", "car", "person")
"""What a truth sheet takes away or moves: the first and the last of these."""


def contact_sheet(
    seeds: range,
    *,
    columns: int = 6,
    size: int = 256,
    gap: int = 6,
    sample: Callable[[int], Scene] = sample_scene,
) -> Image.Image:
    """The scenes of some seeds in rows, on a light page."""
    return page([render(sample(seed), size).rgb for seed in seeds], columns, gap)


def style_sheet(scenes: Sequence[Scene], *, size: int = 256, gap: int = 6) -> Image.Image:
    """Each scene in a row of its own, once in every style."""
    drawn = [render(scene.drawn_as(style), size).rgb for scene in scenes for style in STYLES]
    return page(drawn, len(STYLES), gap)


def truth_sheet(scene: Scene, *, size: int = 256, gap: int = 6) -> Image.Image:
    """The scene and its true edits above; its segmentation map, edges, depth and normals below."""
    drawn = render(scene, size)
    movable = [t.name for t in scene.things if t.kind in MOVABLE]
    edits = [scene.moved(movable[-1], -42, 14), scene.without(movable[0])]
    if "mountain1" in scene.names:
        edits.append(scene.with_peak("mountain1", 34, -18))
    rows = [drawn.rgb, *(render(edit, size).rgb for edit in edits)]
    rows.append(CLASS_COLORS[drawn.segmentation])
    rows += [_gray(drawn.edges), _gray(255 * (1 - drawn.depth))]
    rows.append(((drawn.normals + 1) * 127.5).astype(np.uint8))
    return page(rows, 1 + len(edits), gap)


def _gray(plane: NDArray[np.generic]) -> NDArray[np.uint8]:
    return np.repeat(plane.astype(np.uint8)[..., None], 3, 2)


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
    parser.add_argument("--world", type=int, choices=(1, 2), default=2, help="whose seeds")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--styles", action="store_true", help="every scene in all styles")
    kind.add_argument("--truth", action="store_true", help="one scene: edits, classes, normals")
    wanted = parser.parse_args()
    sample = sample_scene if wanted.world == 1 else sample_rich
    seeds = range(wanted.first, wanted.first + wanted.count)
    if wanted.truth:
        sheet = truth_sheet(sample(wanted.first), size=wanted.size)
    elif wanted.styles:
        sheet = style_sheet([sample(seed) for seed in seeds], size=wanted.size)
    else:
        sheet = contact_sheet(seeds, size=wanted.size, sample=sample)
    sheet.save(wanted.file, optimize=True)


if __name__ == "__main__":
    main()
