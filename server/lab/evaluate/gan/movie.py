# SPDX-License-Identifier: Apache-2.0
"""The docs' moving picture: python -m server.lab.evaluate.gan.movie --to FILE.webp.

A drawn head is pulled by `drag-gan` as a paint program has it done: the drawing is inverted, its landmarks are pulled
to where they are when the head looks elsewhere, and the targets are moved on while it runs. Handles are red where they
are, targets blue. Every frame is a preview of the edit, none is made up.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import dist
from pathlib import Path
from typing import Literal

import torch
from PIL import Image, ImageDraw

from protocol.edits import DragGan, DragPath, Edit
from protocol.edits.drag_gan import BUNDLED_GENERATOR
from server.engine.api import Picture, Step
from server.engine.canvas import flatten
from server.engine.engine import Engine
from server.lab.heads import HELD_OUT, Head, draw, landmarks, sample_head
from server.lab.scenes.scene import STYLES, Style
from server.lab.scenes.things import SIDE

SHOWN = 384
"""Pixels of the drawing, and of the moving picture's side."""
REST = 8
"""Frames that an act's first and last picture stay."""
NEAR = 2.5
"""Pixels from all targets at which an act is over."""
LARGEST = 1_500_000
HANDLE, TARGET, RIM = (226, 48, 48), (40, 96, 220), (255, 255, 255)
PULLED = ("nose tip", "left eye outer", "right eye outer", "chin")

Spot = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Story:
    """A head, and how it is to look in one act after the other; the landmarks by which it is pulled there."""

    start: Head
    acts: tuple[Head, ...]
    pulled: tuple[str, ...] = PULLED

    def spots(self, head: Head) -> list[Spot]:
        """(x, y) of the pulled landmarks in a picture of SHOWN pixels."""
        found = {mark.name: mark.spot for mark in landmarks(head)}
        return [tuple(v * SHOWN / SIDE for v in found[name]) for name in self.pulled]  # pyright: ignore[reportReturnType] - pairs

    def drags(self, act: int) -> tuple[DragPath, ...]:
        """From where they are in the drawing to where an act wants them."""
        pairs = zip(self.spots(self.start), self.spots(self.acts[act]), strict=True)
        return tuple(DragPath(points=pair) for pair in pairs)


def story(seed: int, style: Style = "flat") -> Story:
    """A head that looks to the left turns to the right, then up, then leans."""
    start = sample_head(seed).with_(yaw=-18, pitch=0, tilt=0, x=0, y=0).drawn_as(style)
    right = start.with_(yaw=18)
    up = start.with_(yaw=4, pitch=12)
    return Story(start=start, acts=(right, up, start.with_(yaw=-14, tilt=9)))


@dataclass(kw_only=True)
class Camera:
    """An `on_step` that takes every frame, and moves the targets on when an act is over."""

    story: Story
    edit: DragGan
    under: Picture
    steps: int
    frames: list[Image.Image] = field(default_factory=list)
    act: int = 0
    begun: int = 0

    def __call__(self, step: Step) -> Edit | None:
        if step.phase != "edit" or step.preview is None:
            return None
        seen = Image.fromarray(flatten(self.under, [step.preview()]).pixels[..., :3])
        targets = self.story.spots(self.story.acts[self.act])
        shown = marked(seen, step.handles, targets)
        far = max(dist(*pair) for pair in zip(step.handles, targets, strict=True))
        over = step.step - self.begun >= self.steps or far <= NEAR
        rests = REST if over or not self.frames else 1
        self.frames += [shown] * rests
        if not over:
            return None
        if self.act + 1 == len(self.story.acts):
            return replace(self.edit, drags=self.story.drags(self.act), frame=step.step)
        self.act, self.begun = self.act + 1, step.step
        return replace(self.edit, drags=self.story.drags(self.act))


def frames(
    engine: Engine,
    told: Story,
    steps: int,
    *,
    model: str = BUNDLED_GENERATOR,
    preset: Literal["quick", "balanced", "faithful"] = "faithful",
) -> list[Image.Image]:
    """The pictures of all acts, `steps` iterations each; an act goes on from where the one before has ended."""
    pixels = draw(told.start, SHOWN)
    size = (SHOWN, SHOWN)
    under = Picture(pixels=pixels, rect=(0, 0, *size), document=size)
    iterations = (steps + 1) * len(told.acts)
    edit = DragGan(drags=told.drags(0), model=model, iterations=iterations, preset=preset)
    camera = Camera(story=told, edit=edit, under=under, steps=steps)
    engine.run(edit, {"source": under}, camera)
    return camera.frames


def marked(picture: Image.Image, handles: Sequence[Spot], targets: Sequence[Spot]) -> Image.Image:
    """With its handles, targets, and lines between them; (x, y) in pixels."""
    page = picture.copy()
    pen = ImageDraw.Draw(page)
    for pair in zip(handles, targets, strict=True):
        pen.line(pair, fill=RIM, width=3)
        for (x, y), color in zip(reversed(pair), (TARGET, HANDLE), strict=True):
            pen.ellipse((x - 6, y - 6, x + 6, y + 6), fill=RIM)
            pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill=color)
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
    read.add_argument("--to", type=Path, required=True)
    read.add_argument("--model", default=BUNDLED_GENERATOR, help="a StyleGAN2 of the heads world")
    read.add_argument("--seed", type=int, default=HELD_OUT + 7)
    read.add_argument("--style", choices=STYLES, default="flat", help="of the drawing")
    read.add_argument("--steps", type=int, default=40, help="of an act")
    read.add_argument("--every", type=int, default=1, help="show one step of so many")
    read.add_argument("--quality", type=int, default=75)
    read.add_argument("--milliseconds", type=int, default=60)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    style: Style = args.style
    shown = frames(Engine(device="cpu"), story(args.seed, style), args.steps, model=args.model)
    shown = shown[:: args.every]
    size = write(args.to, shown, quality=args.quality, milliseconds=args.milliseconds)
    sys.stdout.write(f"{args.to}: {len(shown)} frames, {size / 1e6:.2f} MB\n")
    if size > LARGEST:
        raise SystemExit(f"that is more than {LARGEST} bytes: show fewer steps or a lower quality")


if __name__ == "__main__":
    main()
