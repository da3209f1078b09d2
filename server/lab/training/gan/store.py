# SPDX-License-Identifier: Apache-2.0
"""Heads drawn once, for training: python -m server.lab.training.gan.store --run runs/heads --count 24000.

Drawing a head costs an eighth of what training on it does at full size, and a quarter at a quarter of it; a store is
drawn whenever the machine has nothing better to do, can be stopped and gone on with, and is used as far as it is.
Every head has the shape that one latent means and the colors that another one means (head_of_two).
"""

import argparse
import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from server.lab.heads import Head, draw, head_of_two, landmarks
from server.lab.scenes.things import SIDE
from server.lab.speak import say
from server.lab.training.gan.recipe import BUNDLED
from server.lab.training.pictures import Pictures, as_tensor
from server.lab.training.together import Together

Boxes = NDArray[np.float32]
EYE = ("eye outer", "eye inner", "lid upper", "lid lower")
MOUTH = ("mouth left", "mouth right", "lip upper", "lip lower")
ROOM = 0.03
"""How far a box reaches beyond its landmarks, in parts of the picture's side."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """z (b, 2, z_dim): shape and colors; pictures (b, 3, r, r) in -1 … 1; focus (b, 1, r, r): 1 on eyes and mouth."""

    z: Tensor
    pictures: Tensor
    focus: Tensor

    def to(self, device: str) -> "Batch":
        return Batch(
            z=self.z.to(device), pictures=self.pictures.to(device), focus=self.focus.to(device)
        )


def latents(seed: int, index: int, z_dim: int) -> NDArray[np.float32]:
    """The two latents of a head of a store, (2, z_dim)."""
    return np.random.default_rng((seed, index)).standard_normal((2, z_dim), np.float32)


def head_of(two: NDArray[np.float32]) -> Head:
    """The head that two latents mean: the shape of the first, the colors of the second."""
    shape, colors = ([float(v) for v in row] for row in two)
    return head_of_two(shape, colors)


def boxes_of(head: Head) -> Boxes:
    """Where eyes and mouth are: (3, 4), left, top, right and bottom in parts of the side."""
    spots = {one.name: one.spot for one in landmarks(head)}
    groups = [[spots[f"{side} {part}"] for part in EYE] for side in ("left", "right")]
    groups.append([spots[part] for part in MOUTH])
    corners = [(*np.min(group, 0), *np.max(group, 0)) for group in groups]
    room = np.array((-ROOM, -ROOM, ROOM, ROOM))
    return (np.array(corners) / SIDE + room).astype(np.float32)


def focus_of(boxes: Boxes, size: int) -> Tensor:
    """(b, 3, 4) boxes to (b, 1, size, size): 1 within one of them, else 0."""
    at = (torch.arange(size) + 0.5) / size
    left, top, right, bottom = torch.from_numpy(boxes)[..., None, None].unbind(2)
    across = (at >= left) & (at <= right)
    down = (at[:, None] >= top) & (at[:, None] <= bottom)
    return (across & down).any(1, keepdim=True).float()


class Store:
    """A store as far as it is drawn."""

    def __init__(self, folder: Path, *, seed: int, z_dim: int) -> None:
        if not (folder / "store.json").exists():
            raise ValueError(f"there are no heads in {folder}: run gan.store first")
        self.folder, self.seed, self.z_dim = folder, seed, z_dim
        known = self.look_again()
        if (known["seed"], known["z_dim"]) != (seed, z_dim):
            raise ValueError(
                f"the store in {folder} is of seed {known['seed']} and z of {known['z_dim']} numbers, "
                f"not of {seed} and {z_dim}"
            )
        self._pictures: Pictures = open_memmap(folder / "pictures.npy", "r")
        self._boxes: Boxes = open_memmap(folder / "boxes.npy", "r")

    def look_again(self) -> dict[str, int]:
        """Take what was drawn since; returns what is known of the store."""
        known = json.loads((self.folder / "store.json").read_text(encoding="utf-8"))
        self.count = int(known["drawn"])
        return known

    @property
    def size(self) -> int:
        return self._pictures.shape[1]

    def batch(self, step: int, *, count: int, size: int, together: Together | None = None) -> Batch:
        """This process's part of `count` heads: random ones, always the same for a step unless the store grows."""
        chosen = np.random.default_rng((self.seed, step)).integers(self.count, size=count)
        own = together or Together()
        return self.chosen([int(i) for i in chosen[own.rank :: own.many]], size)

    def chosen(self, indices: list[int], size: int) -> Batch:
        """These heads, their pictures averaged down to `size`."""
        pictures = as_tensor(np.stack([self._pictures[i] for i in indices]))
        if size != self.size:
            pictures = F.avg_pool2d(pictures, self.size // size)
        return Batch(
            z=torch.from_numpy(np.stack([latents(self.seed, i, self.z_dim) for i in indices])),
            pictures=pictures,
            focus=focus_of(np.stack([self._boxes[i] for i in indices]), size),
        )


def fill(
    folder: Path, *, seed: int, count: int, size: int, z_dim: int, every: int = 100
) -> Generator[int, None, None]:
    """Draws what is missing of a store; yields how many there are after `every` more, when they may be used."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = folder / "store.json"
    known = {"seed": seed, "count": count, "size": size, "z_dim": z_dim}
    done = 0
    if facts.exists():
        before = json.loads(facts.read_text(encoding="utf-8"))
        done = before.pop("drawn")
        if before != known:
            raise ValueError(f"the store in {folder} is {before}, not {known}")
    mode = "r+" if done else "w+"
    pictures = open_memmap(folder / "pictures.npy", mode, np.uint8, (count, size, size, 3))
    boxes = open_memmap(folder / "boxes.npy", mode, np.float32, (count, 3, 4))
    for index in range(done, count):
        head = head_of(latents(seed, index, z_dim))
        pictures[index], boxes[index] = draw(head, size), boxes_of(head)
        if (index + 1) % every == 0 or index + 1 == count:
            pictures.flush()
            boxes.flush()
            partial = facts.with_suffix(".part")
            partial.write_text(json.dumps({**known, "drawn": index + 1}), encoding="utf-8")
            partial.replace(facts)
            yield index + 1


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/heads"))
    read.add_argument("--count", type=int, default=24000)
    read.add_argument("--seed", type=int, default=0)
    args = read.parse_args()
    config = BUNDLED
    for done in fill(
        args.run / "store", seed=args.seed, count=args.count, size=config.size, z_dim=config.z_dim
    ):
        if done % 1000 == 0:
            say(f"{done} of {args.count} heads are drawn")


if __name__ == "__main__":
    main()
