# SPDX-License-Identifier: Apache-2.0
"""Measure the evaluator on held-out renders: python -m server.lab.evaluate.judge.report.

The second table is for renders harmed as `augment` does it, which is nearer to what models make.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from server.lab.evaluate.judge.augment import spoil
from server.lab.evaluate.judge.data import Album, drawn
from server.lab.evaluate.judge.judge import WEIGHTS, Judge
from server.lab.evaluate.judge.score import score
from server.lab.scenes import HELD_OUT
from server.lab.training.pictures import Pictures, as_pixels, as_tensor


def harmed(album: Album, seed: int = 0) -> Album:
    """The same scenes, each picture harmed in its own way."""
    generator = torch.Generator().manual_seed(seed)
    parts: list[Pictures] = []
    for start in range(0, len(album.pictures), 8):
        parts.append(as_pixels(spoil(as_tensor(album.pictures[start : start + 8]), generator)))
    return replace(album, pictures=np.concatenate(parts))


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--weights", type=Path, default=WEIGHTS)
    read.add_argument("--first", type=int, default=HELD_OUT)
    read.add_argument("--pictures", type=int, default=1000)
    read.add_argument("--json", type=Path)
    args = read.parse_args()
    torch.set_num_threads(1)
    judge, album = Judge.load(args.weights), drawn(args.first, args.pictures)
    clean, rough = score(judge, album), score(judge, harmed(album))
    sys.stdout.write(f"{clean.text()}\n\nharmed:\n{rough.text()}\n")
    if args.json is not None:
        figures = {"clean": clean.as_dict(), "harmed": rough.as_dict()}
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
