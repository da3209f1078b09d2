# SPDX-License-Identifier: Apache-2.0
"""How faithful an autoencoder is on held-out scenes: python -m server.lab.training.fidelity --vae runs/scenes/vae.

PSNR of all pictures, of each style, near edges and on each kind of thing; seconds to encode and decode one picture;
and a sheet of details at twice their size, to be looked at.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from server.engine.models.autoencoder import PatchAutoencoder
from server.lab.scenes import HELD_OUT, STYLES, Render, Scene, render
from server.lab.scenes.things import Box
from server.lab.training.autoencoder import reconstruct
from server.lab.training.layout import channels_last
from server.lab.training.pictures import Pictures, as_tensor, psnr
from server.lab.training.worlds import WORLDS, World

REACH = 2
"""Pixels on each side of an edge that count as near it."""
DETAIL = 80
DETAILS = 6
"""Details of each style on the sheet."""
SMALL = ("house", "tree", "person", "car", "boat", "balloon")


@dataclass(frozen=True, kw_only=True)
class Fidelity:
    """PSNR in dB: over all pictures, by style, near edges, by kind of thing; seconds for one 256² picture."""

    pictures: int
    psnr: float
    styles: dict[str, float]
    edges: float
    kinds: dict[str, float]
    encode_seconds: float
    decode_seconds: float


def measured(model: PatchAutoencoder, world: World, count: int) -> tuple[Fidelity, Pictures]:
    """The figures and a sheet of `count` held-out scenes."""
    scenes = [world.scene(HELD_OUT + i) for i in range(count)]
    drawn = [render(scene) for scene in scenes]
    pixels = np.stack([one.rgb for one in drawn])
    again = reconstruct(model, pixels)
    error = np.square(pixels.astype(np.float32) - again).mean(-1)
    encode_seconds, decode_seconds = seconds(model, pixels[:1])
    result = Fidelity(
        pictures=count,
        psnr=psnr(pixels, again),
        styles={
            style: psnr(pixels[chosen], again[chosen])
            for style in STYLES
            if (chosen := [i for i, scene in enumerate(scenes) if scene.style == style])
        },
        edges=_decibels(error[np.stack([widened(one.edges > 0, REACH) for one in drawn])]),
        kinds=by_kind(scenes, drawn, error),
        encode_seconds=encode_seconds,
        decode_seconds=decode_seconds,
    )
    return result, sheet(scenes, pixels, again)


def by_kind(
    scenes: list[Scene], drawn: list[Render], error: NDArray[np.float32]
) -> dict[str, float]:
    """PSNR over the pixels in and next to all things of a kind, for each kind there is."""
    found: dict[str, list[NDArray[np.float32]]] = {}
    for scene, one, wrong in zip(scenes, drawn, error, strict=True):
        for thing in scene.things:
            mask = widened(one.masks[thing.name] > 127, REACH)
            found.setdefault(thing.kind, []).append(wrong[mask])
    return {kind: _decibels(np.concatenate(parts)) for kind, parts in sorted(found.items())}


def widened(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """The mask and everything up to `reach` pixels from it, in a square neighborhood."""
    padded = np.pad(mask, reach)
    wide = np.zeros(mask.shape, bool)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            wide |= padded[dy : dy + mask.shape[0], dx : dx + mask.shape[1]]
    return wide


@torch.no_grad()
def seconds(model: PatchAutoencoder, pixels: Pictures, repeats: int = 5) -> tuple[float, float]:
    """Shortest time to encode and to decode these pictures, with the threads that torch has."""
    x = as_tensor(pixels)
    z = model.encode(x)
    spent: list[tuple[float, float]] = []
    for _ in range(repeats):
        start = time.perf_counter()
        model.encode(x)
        middle = time.perf_counter()
        model.decode(z)
        spent.append((middle - start, time.perf_counter() - middle))
    return min(encode for encode, _ in spent), min(decode for _, decode in spent)


def sheet(scenes: list[Scene], pixels: Pictures, again: Pictures) -> Pictures:
    """For each style a row of details and below it the same after the autoencoder, at twice their size."""
    rows: list[Pictures] = []
    for style in STYLES:
        found = [
            (i, thing.box)
            for i, scene in enumerate(scenes)
            if scene.style == style
            for thing in scene.things
            if thing.kind in SMALL
        ]
        chosen = found[:: max(1, len(found) // DETAILS)][:DETAILS]
        for source in (pixels, again):
            rows.append(_row(source[i][detail(box)] for i, box in chosen))
    rows = [np.pad(row, ((0, 0), (0, DETAILS * DETAIL - row.shape[1]), (0, 0))) for row in rows]
    whole = Image.fromarray(np.concatenate(rows))
    return np.asarray(whole.resize((2 * whole.width, 2 * whole.height), Image.Resampling.NEAREST))


def detail(box: Box) -> tuple[slice, slice]:
    """Rows and columns of a square around the middle of a box, inside a picture of 256."""
    corners = [(low + high) / 2 - DETAIL / 2 for low, high in ((box[1], box[3]), (box[0], box[2]))]
    top, left = (round(min(max(0.0, corner), 256.0 - DETAIL)) for corner in corners)
    return slice(top, top + DETAIL), slice(left, left + DETAIL)


def _row(parts: Iterable[Pictures]) -> Pictures:
    return np.concatenate([np.zeros((DETAIL, 0, 3), np.uint8), *parts], axis=1)


def _decibels(squares: NDArray[np.float32]) -> float:
    return float(10 * np.log10(255.0**2 / max(float(squares.mean()), 1e-4)))


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--vae", type=Path, default=Path("runs/scenes/vae"))
    read.add_argument("--world", choices=sorted(WORLDS), default="rich")
    read.add_argument("--pictures", type=int, default=128)
    read.add_argument("--threads", type=int, default=2)
    read.add_argument("--sheet", type=Path, help="where to write the details")
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    model = channels_last(PatchAutoencoder.from_pretrained(args.vae))
    result, details = measured(model, WORLDS[args.world], args.pictures)
    Image.fromarray(details).save(args.sheet or args.vae.parent / "details.png")
    sys.stdout.write(json.dumps(asdict(result), indent=2) + "\n")


if __name__ == "__main__":
    main()
