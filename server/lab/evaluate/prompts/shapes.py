# SPDX-License-Identifier: Apache-2.0
"""Pictures of other shapes than the model's own: do they hold together, and do they still obey?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from server.lab.evaluate.judge.judge import Judge
from server.lab.evaluate.prompts.held_out import FIRST, Prompt, Share, keep
from server.lab.evaluate.prompts.paint import OnPictures, Way, paint_all
from server.lab.scenes.describe import describe
from server.lab.scenes.sample_rich import sample_rich
from server.lab.scenes.things import SIDE
from server.lab.training.frames import Frame, framed
from server.lab.training.pictures import Pictures

SHAPES = (
    Frame(width=320, height=192),
    Frame(width=192, height=320),
    Frame(width=384, height=256),
)
CELLS = 16
"""Sides that the evaluator reads are multiples of this."""


@dataclass(frozen=True, kw_only=True)
class ShapeReport:
    """One shape: claims that true renders keep and claims that the model's pictures keep."""

    frame: Frame
    true: dict[str, Share]
    made: dict[str, Share]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        pairs = {"true": self.true, "made": self.made}
        parts = {
            name: {sort: round(share.part, 4) for sort, share in shares.items()}
            for name, shares in pairs.items()
        }
        return {"width": self.frame.width, "height": self.frame.height, **parts}


def bench_shape(
    folder: Path,
    frame: Frame,
    way: Way,
    judge: Judge,
    *,
    count: int,
    processes: int = 1,
    on_pictures: OnPictures = lambda _done, _pictures: None,
) -> tuple[ShapeReport, Pictures]:
    """`count` held-out prompts painted in one shape, and the pictures."""
    asked, true = shaped_prompts(frame, count)
    texts = [prompt.text for prompt in asked]
    made, _ = paint_all(
        folder, texts, way, frame=frame, processes=processes, on_pictures=on_pictures
    )
    report = ShapeReport(
        frame=frame,
        true=keep(asked, judge.facts(at_world_size(true))),
        made=keep(asked, judge.facts(at_world_size(made))),
    )
    return report, made


def shaped_prompts(frame: Frame, count: int) -> tuple[list[Prompt], Pictures]:
    """Prompts about held-out scenes that fit into a frame, and their renders uint8 (n, h, w, 3)."""
    asked: list[Prompt] = []
    drawn: list[Pictures] = []
    for seed in range(FIRST, FIRST + count):
        view = framed(sample_rich, seed, frame)
        said = describe(view.scene, seed, sides=False)
        asked.append(Prompt(text=said.text, claims=said.claims, scene=view.scene))
        drawn.append(view.rgb)
    return asked, np.stack(drawn)


def at_world_size(pictures: Pictures) -> Pictures:
    """Pictures whose longer side is the world's, since the evaluator knows things at their usual size only."""
    height, width = pictures.shape[1:3]
    factor = SIDE / max(height, width) / CELLS
    size = round(width * factor) * CELLS, round(height * factor) * CELLS
    smaller = [Image.fromarray(p).resize(size, Image.Resampling.LANCZOS) for p in pictures]
    return np.stack([np.asarray(one) for one in smaller])
