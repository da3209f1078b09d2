# SPDX-License-Identifier: Apache-2.0
"""Scenes encoded beforehand: latents, caption tokens and class maps, in shards that a training run reads.

python -m server.lab.training.latents --width 128 --height 128 --count 24000
python -m server.lab.training.latents --width 256 --height 256 --first 1000000 --count 512      # held out
"""

import argparse
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import CLIPTokenizer

from server.engine.models.autoencoder import PATCH, PatchAutoencoder
from server.lab.scenes import CLASSES
from server.lab.training.frames import Frame, framed
from server.lab.training.layout import channels_last
from server.lab.training.pictures import as_tensor
from server.lab.training.precision import mixed
from server.lab.training.shards import (
    Facts,
    Latents,
    facts_of,
    open_shards,
    shard_path,
    split_of,
    write_shard,
)
from server.lab.training.tokenizer import write_tokenizer
from server.lab.training.worlds import FIRST, WORLDS, World

__all__ = ["CAPTIONS", "Encoding", "Latents", "encode", "encoded", "open_shards"]

CAPTIONS = 4
"""Captions per scene, each said another way."""
SHARD = 2000
BATCH = 16


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """All that latents depend on besides their seeds; `shard` scenes make one file."""

    world: World
    model: PatchAutoencoder
    tokenizer: CLIPTokenizer
    frame: Frame
    shard: int = SHARD

    def facts(self, first: int, count: int) -> Facts:
        """What the shard of these seeds says of itself."""
        return {
            "first": str(first),
            "count": str(count),
            "width": str(self.frame.width),
            "height": str(self.frame.height),
            "world": self.world.name,
            "encoder": encoder_hash(self.model),
            "words": words_hash(self.tokenizer),
        }


def encoder_hash(model: PatchAutoencoder) -> str:
    """Twelve hex digits that differ when the encoder does; the decoder takes no part."""
    digest = hashlib.sha256()
    for name, value in sorted(model.encoder.state_dict().items()):
        digest.update(name.encode() + value.float().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def words_hash(tokenizer: CLIPTokenizer) -> str:
    """Twelve hex digits that differ when a token's id does."""
    pairs = sorted(tokenizer.get_vocab().items())
    return hashlib.sha256(repr(pairs).encode()).hexdigest()[:12]


def encode(run: Path, how: Encoding, *, first: int, count: int) -> int:
    """Write the shards of scenes first … first + count - 1 that are not there yet; returns how many were written.

    Raises ValueError when the seeds mix splits, or when a shard is there that other weights or words made.
    """
    split_of(first, count)
    written = 0
    for low in range(first, first + count, how.shard):
        many = min(how.shard, first + count - low)
        path = shard_path(run, width=how.frame.width, height=how.frame.height, first=low)
        facts = how.facts(low, many)
        if path.exists():
            _refuse_other(path, facts)
            continue
        write_shard(path, _shard(how, range(low, low + many)), facts)
        written += 1
    return written


def encoded(
    run: Path,
    model: PatchAutoencoder,
    tokenizer: CLIPTokenizer,
    *,
    first: int,
    count: int,
    size: int,
    world: World = FIRST,
) -> Latents:
    """Square scenes first … first + count - 1, encoded now or read back, and whatever else of their split is there."""
    frame = Frame(width=size, height=size)
    how = Encoding(world=world, model=model, tokenizer=tokenizer, frame=frame)
    encode(run, how, first=first, count=count)
    return open_shards(run, size, size, split=split_of(first, count))


def _refuse_other(path: Path, facts: Facts) -> None:
    found = facts_of(path)
    if wrong := [key for key, value in facts.items() if found.get(key) != value]:
        said = ", ".join(f"{key} {found.get(key)} instead of {facts[key]}" for key in wrong)
        raise ValueError(f"{path} was made with {said}; delete it to make it anew")


def _shard(how: Encoding, seeds: range) -> Latents:
    parts = [_encoded_batch(how, seeds[i : i + BATCH]) for i in range(0, len(seeds), BATCH)]
    return Latents(
        z=np.concatenate([z for z, _, _ in parts]),
        ids=np.concatenate([ids for _, ids, _ in parts]),
        seg=np.concatenate([seg for _, _, seg in parts]),
    )


@torch.no_grad()
def _encoded_batch(
    how: Encoding, seeds: range
) -> tuple[NDArray[np.float16], NDArray[np.int16], NDArray[np.uint8]]:
    views = [framed(how.world.scene, seed, how.frame) for seed in seeds]
    with mixed("cpu"):
        z = how.model.encode(as_tensor(np.stack([view.rgb for view in views])))
    seg = np.stack([majority(view.segmentation) for view in views])
    texts = [
        how.world.caption(view.scene, seed * CAPTIONS + k)
        for view, seed in zip(views, seeds, strict=True)
        for k in range(CAPTIONS)
    ]
    length = how.tokenizer.model_max_length
    tokens = how.tokenizer(texts, padding="max_length", max_length=length, truncation=True)
    ids = np.array(tokens.input_ids, np.int16).reshape(len(seeds), CAPTIONS, length)
    return z.float().numpy().astype(np.float16), ids, seg


def majority(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The most frequent class of each 8×8 cell of (h, w), the lower index of equals; (h/8, w/8)."""
    height, width = classes.shape[0] // PATCH, classes.shape[1] // PATCH
    cells = np.arange(height * width).reshape(height, 1, width, 1)
    split = classes.reshape(height, PATCH, width, PATCH)
    known = len(CLASSES)
    counts = np.bincount((cells * known + split).ravel(), minlength=height * width * known)
    return counts.reshape(height, width, known).argmax(-1).astype(np.uint8)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--world", choices=sorted(WORLDS), default="rich")
    read.add_argument("--first", type=int, default=0)
    read.add_argument("--count", type=int, default=24_000)
    read.add_argument("--width", type=int, default=256)
    read.add_argument("--height", type=int, default=256)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    world = WORLDS[args.world]
    how = Encoding(
        world=world,
        model=channels_last(PatchAutoencoder.from_pretrained(args.run / "vae")),
        tokenizer=write_tokenizer(args.run / "tokenizer", world.words(), old=world.old_words()),
        frame=Frame(width=args.width, height=args.height),
    )
    for low in range(args.first, args.first + args.count, SHARD):
        many = min(SHARD, args.first + args.count - low)
        encode(args.run, how, first=low, count=many)
        sys.stdout.write(f"{args.width}x{args.height}: scenes up to {low + many}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
