# SPDX-License-Identifier: Apache-2.0
"""Write a run as a model folder in diffusers' layout: python -m server.lab.training.export --to FOLDER.

Reads the running averages of the newest checkpoint, so it may run while training goes on.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import diffusers
import torch
from safetensors import safe_open
from transformers import CLIPTokenizer

from server.engine.models.autoencoder import PatchAutoencoder
from server.engine.models.few_step_profile import FOLDER as FAST
from server.engine.models.prompt_vocabulary import write_words
from server.lab.training.bundle import files_of, write_hashes
from server.lab.training.networks import Sizes, make_scheduler
from server.lab.training.run import Denoiser
from server.lab.training.tokenizer import write_tokenizer
from server.lab.training.worlds import WORLDS

LARGEST_MODEL = 33_000_000
"""With its few-step LoRA."""
SHARD = "14MB"
"""Larger weights are written in several files."""


def averaged(checkpoint: Path, sizes: Sizes, tokenizer: CLIPTokenizer) -> tuple[Denoiser, int]:
    """UNet and text encoder with the running averages of a checkpoint, and its step."""
    model = Denoiser(sizes, tokenizer)
    start = "average/"
    with safe_open(checkpoint, "pt") as file:
        names = [key for key in file.keys() if key.startswith(start)]  # noqa: SIM118 - no mapping
        model.load_state_dict({key[len(start) :]: file.get_tensor(key) for key in names})
        step = int(json.loads(file.metadata()["facts"])["step"])
    return model.eval(), step


def write_model(
    folder: Path,
    model: Denoiser,
    vae: PatchAutoencoder,
    words: tuple[str, ...],
    *,
    old: tuple[str, ...] = (),
) -> None:
    """All parts in half precision, then the sums of every file; `old` words as when the tokenizer was made.

    A few-step LoRA that lies there belongs to the weights before these and is taken away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (folder / "unet").glob("*.safetensors*"):
        stale.unlink()
    shutil.rmtree(folder / FAST, ignore_errors=True)
    model.unet.half().save_pretrained(folder / "unet", max_shard_size=SHARD)
    model.text_encoder.half().save_pretrained(folder / "text_encoder")
    vae.save_pretrained(folder / "vae", torch.float16)
    write_tokenizer(folder / "tokenizer", words, old=old)
    write_words(folder, words)
    make_scheduler().save_pretrained(folder / "scheduler")
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": diffusers.__version__,
        "feature_extractor": [None, None],
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["server.engine.models.autoencoder", "PatchAutoencoder"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    write_hashes(folder, LARGEST_MODEL)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--to", type=Path, default=Path("server/engine/models/bundled/scenes"))
    read.add_argument("--world", choices=sorted(WORLDS), default="rich")
    args = read.parse_args()
    world = WORLDS[args.world]
    tokenizer = CLIPTokenizer.from_pretrained(args.run / "tokenizer")
    model, step = averaged(args.run / "denoiser.safetensors", Sizes(), tokenizer)
    polished = args.run / "vae-polished"
    vae = PatchAutoencoder.from_pretrained(polished if polished.exists() else args.run / "vae")
    write_model(args.to, model, vae, world.words(), old=world.old_words())
    total = sum(path.stat().st_size for path in files_of(args.to).values())
    sys.stdout.write(f"step {step} written to {args.to}, {total / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
