# SPDX-License-Identifier: Apache-2.0
"""The docs' moving picture: python -m server.lab.evaluate.gan_movie --generator FOLDER --to FILE.webp.

A head of the heads world is pulled by its nose until it looks the other way, then by its lower lip until the mouth is
open; the handle is drawn red where it is, the target blue. Every frame is a step of `Drag`, none is made up.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from server.engine.gan.drag import Drag
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.stylegan2 import Generator, to_uint8
from server.engine.models.stylegan2 import load_generator
from server.lab.heads import HELD_OUT, Head, landmarks, sample_head, z_of_head
from server.lab.scenes.things import SIDE

SHOWN = 384
"""Pixels of the moving picture's side."""
REST = 8
"""Frames that an act's first and last picture stay."""
LARGEST = 1_500_000
HANDLE, TARGET, RIM = (226, 48, 48), (40, 96, 220), (255, 255, 255)

Spot = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Act:
    """Some landmarks of one head pulled to where they are on another one; names of landmarks.LANDMARKS."""

    before: Head
    after: Head
    pulled: tuple[str, ...]

    def points(self, size: int) -> tuple[list[Spot], list[Spot]]:
        """Handles and targets, (row, column) in a picture of `size`."""
        one, two = (
            {mark.name: mark.spot for mark in landmarks(head)} for head in (self.before, self.after)
        )
        scale = size / SIDE
        return tuple(
            [(spots[name][1] * scale, spots[name][0] * scale) for name in self.pulled]
            for spots in (one, two)
        )  # pyright: ignore[reportReturnType] - a pair


def story(seed: int) -> tuple[Act, Act]:
    """A head that looks to the left, turned to the right by its nose, and its mouth opened by the lip."""
    start = sample_head(seed).with_(
        yaw=-24, pitch=0, tilt=0, x=0, y=0, mouth_open=0.05, left_eye=0.9, right_eye=0.9
    )
    turned = start.with_(yaw=22)
    return (
        Act(before=start, after=turned, pulled=("nose tip",)),
        Act(before=turned, after=turned.with_(mouth_open=0.9), pulled=("lip lower", "nose tip")),
    )


def frames(
    generator: Generator, acts: Sequence[Act], settings: DragGanSettings, steps: int
) -> Iterator[Image.Image]:
    """The pictures of all acts; an act goes on from where the one before has ended."""
    z = torch.tensor([z_of_head(acts[0].before, generator.config.z_dim)])
    with torch.no_grad():
        ws = generator.mapping.ws(z)
    for act in acts:
        handles, targets = act.points(generator.config.size)
        drag = Drag(generator, ws, handles, targets, settings=settings)
        shown = None
        for index in range(steps):
            step = drag.step()
            shown = _shown(to_uint8(drag.picture(step))[0], step.handles.tolist(), targets)
            yield from [shown] * (1 if index else REST)
            if bool(step.stopped):
                break
        if shown is not None:
            yield from [shown] * REST
        ws = drag.ws.detach()


def _shown(picture: Tensor, handles: Sequence[Spot], targets: Sequence[Spot]) -> Image.Image:
    scale = SHOWN / picture.shape[0]
    page = Image.fromarray(picture.numpy()).resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(page)
    for handle, target in zip(handles, targets, strict=True):
        ends = [((c + 0.5) * scale, (r + 0.5) * scale) for r, c in (handle, target)]
        pen.line(ends, fill=RIM, width=3)
        for (x, y), color in zip(reversed(ends), (TARGET, HANDLE), strict=True):
            pen.ellipse((x - 7, y - 7, x + 7, y + 7), fill=RIM)
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=color)
    return page


def write(path: Path, shown: Sequence[Image.Image], *, quality: int, milliseconds: int) -> int:
    """An endless animation; returns its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = shown
    first.save(
        path,
        save_all=True,
        append_images=others,
        duration=milliseconds,
        loop=0,
        quality=quality,
        method=6,
        minimize_size=True,
    )
    return path.stat().st_size


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--generator", type=Path, required=True)
    read.add_argument("--to", type=Path, required=True)
    read.add_argument("--seed", type=int, default=HELD_OUT + 7)
    read.add_argument("--steps", type=int, default=120, help="of an act at most")
    read.add_argument("--rate", type=float, default=DragGanSettings.learning_rate)
    read.add_argument("--every", type=int, default=1, help="show one step of so many")
    read.add_argument("--quality", type=int, default=75)
    read.add_argument("--milliseconds", type=int, default=60)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    generator = load_generator(args.generator).generator
    settings = DragGanSettings(learning_rate=args.rate)
    shown = list(frames(generator, story(args.seed), settings, args.steps))[:: args.every]
    size = write(args.to, shown, quality=args.quality, milliseconds=args.milliseconds)
    sys.stdout.write(f"{args.to}: {len(shown)} frames, {size / 1e6:.2f} MB\n")
    if size > LARGEST:
        raise SystemExit(f"that is more than {LARGEST} bytes: show fewer steps or a lower quality")


if __name__ == "__main__":
    main()
