# SPDX-License-Identifier: Apache-2.0
"""Shards of encoded scenes: files that appear whole, one after the other, so that a run can begin on the first.

run/latents/256x192/train-0002000.safetensors holds scenes 2000 … of pictures 256 wide and 192 high.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from server.lab.scenes import HELD_OUT

Split = Literal["train", "held"]
Facts = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Latents:
    """z float16 (n, 4, h, w), token ids int16 (n, captions, positions), classes uint8 (n, h, w) of n scenes."""

    z: NDArray[np.float16]
    ids: NDArray[np.int16]
    seg: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        sizes = {len(self.z), len(self.ids), len(self.z if self.seg is None else self.seg)}
        if len(sizes) > 1 or not len(self.z):
            raise ValueError(
                f"{len(self.z)} latents, {len(self.ids)} sets of captions and "
                f"{'no' if self.seg is None else len(self.seg)} class maps do not belong together"
            )

    def __len__(self) -> int:
        return len(self.z)


def folder_of(run: Path, width: int, height: int) -> Path:
    """Where the shards of pictures of one size lie."""
    return run / "latents" / f"{width}x{height}"


def split_of(first: int, count: int) -> Split:
    """Which split some seeds belong to; ValueError when they lie on both sides of the held-out border."""
    if first < HELD_OUT < first + count:
        raise ValueError(
            f"seeds {first} … {first + count - 1} mix training and held-out scenes ({HELD_OUT})"
        )
    return "train" if first < HELD_OUT else "held"


def shard_path(run: Path, *, width: int, height: int, first: int) -> Path:
    """The file of the shard that begins with a seed."""
    return folder_of(run, width, height) / f"{split_of(first, 1)}-{first:07d}.safetensors"


def write_shard(path: Path, data: Latents, facts: Facts) -> None:
    """Write under a temporary name, then rename: a listed shard is whole."""
    if data.seg is None:
        raise ValueError("a shard needs class maps")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    arrays = {"z": data.z, "ids": data.ids, "seg": data.seg}
    plain = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
    save_file(plain, partial, metadata=facts)  # it writes memory as it lies, strides or not
    partial.replace(path)


def facts_of(path: Path) -> Facts:
    """What a shard says of itself: first, count, width, height, and hashes of encoder and words."""
    with safe_open(path, "np") as file:
        return dict(file.metadata())


def open_shards(
    run: Path, width: int, height: int, *, split: Split = "train", most: int | None = None
) -> Latents:
    """All shards of one size that are there now, joined in the order of their seeds, at most `most` scenes.

    Raises FileNotFoundError when there is none yet, ValueError when they come from different encoders or words.
    """
    folder = folder_of(run, width, height)
    paths = sorted(folder.glob(f"{split}-*.safetensors"))
    if not paths:
        raise FileNotFoundError(
            f"no {split} latents in {folder}; make them with "
            f"python -m server.lab.training.latents --run {run} --width {width} --height {height}"
        )
    made = {tuple(facts_of(path)[key] for key in ("encoder", "words")) for path in paths}
    if len(made) > 1:
        raise ValueError(
            f"shards in {folder} come from {len(made)} different encoders or vocabularies; "
            "delete the older ones"
        )
    return _joined(paths, most)


def _joined(paths: list[Path], most: int | None) -> Latents:
    parts: list[tuple[NDArray[Any], ...]] = []
    for path in paths:
        with safe_open(path, "np") as file:
            parts.append(tuple(file.get_tensor(key) for key in ("z", "ids", "seg")))
    z, ids, seg = (np.concatenate(found)[:most] for found in zip(*parts, strict=True))
    return Latents(z=z, ids=ids, seg=seg)
