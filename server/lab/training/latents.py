# SPDX-License-Identifier: Apache-2.0
"""Scenes encoded beforehand: latents and caption tokens, as .npy files that a training run maps into memory.

python -m server.lab.training.latents --count 24000 --size 256
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import CLIPTokenizer

from server.engine.models.autoencoder import PatchAutoencoder
from server.lab.scenes import caption, render, sample_scene, vocabulary
from server.lab.training.layout import channels_last
from server.lab.training.pictures import as_tensor
from server.lab.training.tokenizer import write_tokenizer

CAPTIONS = 4
"""Captions per scene: the canonical one and three variations."""
CHUNK = 16


@dataclass(frozen=True, kw_only=True)
class Latents:
    """z float16 (n, 4, h, w) and token ids int16 (n, CAPTIONS, positions) of n scenes."""

    z: NDArray[np.float16]
    ids: NDArray[np.int16]

    def __post_init__(self) -> None:
        if not len(self.z) == len(self.ids) > 0:
            raise ValueError(
                f"{len(self.z)} latents and {len(self.ids)} captions do not belong together"
            )

    def __len__(self) -> int:
        return len(self.z)


def encoded(
    folder: Path,
    model: PatchAutoencoder,
    tokenizer: CLIPTokenizer,
    *,
    first: int,
    count: int,
    size: int,
) -> Latents:
    """Scenes first … first + count - 1 rendered at `size`, encoded and captioned; read back when already there.

    An interrupted run goes on at the chunk where it stopped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{first}-{count}-{size}"
    paths = folder / f"latents-{stem}.npy", folder / f"tokens-{stem}.npy"
    if not all(path.exists() for path in paths):
        partial = tuple(path.with_suffix(".part.npy") for path in paths)
        _encode_all(partial, model, tokenizer, first=first, count=count, size=size)
        for part, path in zip(partial, paths, strict=True):
            part.replace(path)
    return Latents(
        z=np.lib.format.open_memmap(paths[0], "r"), ids=np.lib.format.open_memmap(paths[1], "r")
    )


def _encode_all(
    paths: tuple[Path, ...],
    model: PatchAutoencoder,
    tokenizer: CLIPTokenizer,
    *,
    first: int,
    count: int,
    size: int,
) -> None:
    side, channels = size // 8, model.config.latent_channels
    positions = tokenizer.model_max_length
    shapes = (count, channels, side, side), (count, CAPTIONS, positions)
    kinds = np.float16, np.int16
    z, ids = (
        np.lib.format.open_memmap(path, "r+")
        if path.exists()
        else np.lib.format.open_memmap(path, "w+", kind, shape)
        for path, kind, shape in zip(paths, kinds, shapes, strict=True)
    )
    done = int(
        np.count_nonzero(ids[:, 0, 0])
    )  # every caption begins with the start token, which is not 0
    for low in range(done - done % CHUNK, count, CHUNK):
        seeds = range(first + low, first + min(low + CHUNK, count))
        z[low : low + CHUNK] = _latents_of(model, seeds, size)
        ids[low : low + CHUNK] = [_tokens_of(tokenizer, seed) for seed in seeds]
    z.flush()
    ids.flush()


@torch.no_grad()
def _latents_of(model: PatchAutoencoder, seeds: range, size: int) -> NDArray[np.float16]:
    pixels = np.stack([render(sample_scene(seed), size).rgb for seed in seeds])
    with torch.autocast("cpu", torch.bfloat16):
        z = model.encode(as_tensor(pixels))
    return z.float().numpy().astype(np.float16)


def _tokens_of(tokenizer: CLIPTokenizer, seed: int) -> list[list[int]]:
    scene = sample_scene(seed)
    texts = [caption(scene), *(caption(scene, seed * CAPTIONS + k) for k in range(1, CAPTIONS))]
    return tokenizer(
        texts, padding="max_length", max_length=tokenizer.model_max_length, truncation=True
    ).input_ids


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--first", type=int, default=0)
    read.add_argument("--count", type=int, default=24_000)
    read.add_argument("--size", type=int, default=256)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    model = channels_last(PatchAutoencoder.from_pretrained(args.run / "vae"))
    tokenizer = write_tokenizer(args.run / "tokenizer", vocabulary())
    found = encoded(args.run, model, tokenizer, first=args.first, count=args.count, size=args.size)
    few = np.asarray(found.z[:512], np.float32)
    sys.stdout.write(
        f"{len(found)} latents, mean {few.mean((0, 2, 3))}, std {few.std((0, 2, 3))}\n"
    )


if __name__ == "__main__":
    main()
