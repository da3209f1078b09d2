# SPDX-License-Identifier: Apache-2.0
"""Write a trained generator of heads as a model folder: python -m server.lab.training.gan.export --to FOLDER.

Takes the refined generator where there is one, else the fitted one; half precision; with a card that says which, whose
tables server.lab.evaluate.gan.card fills.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from server.engine.gan.encoder import Encoder, EncoderConfig
from server.engine.gan.stylegan2 import Generator
from server.engine.models.generator_files import ENCODER, WEIGHTS, write_config
from server.lab.training import checkpoint
from server.lab.training.bundle import CARD, write_hashes
from server.lab.training.gan.card_text import HOW_FITTED, HOW_REFINED, TITLE, card
from server.lab.training.gan.encoder import NAME as ENCODED
from server.lab.training.gan.fit import NAME as FITTED
from server.lab.training.gan.recipe import BUNDLED, PULLED
from server.lab.training.gan.refine import NAME as REFINED
from server.lab.training.gan.trained import report

LARGEST = 10_000_000
HOW = {FITTED: HOW_FITTED, REFINED: HOW_REFINED}


def newest(run: Path) -> Path:
    """The checkpoint to take. Raises ValueError when there is none."""
    for name in (REFINED, FITTED):
        if (run / name).exists():
            return run / name
    raise ValueError(f"there is no trained generator in {run}: run gan.fit first")


def averaged(path: Path) -> Generator:
    """The running average in a checkpoint."""
    generator = Generator(BUNDLED)
    generator.load_state_dict(checkpoint.part(path, "average"))
    return generator.eval().requires_grad_(False)


def trained_encoder(path: Path) -> Encoder | None:
    """The running average of an encoder's checkpoint, where there is one."""
    if not path.exists():
        return None
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["facts"])["config"]
    encoder = Encoder(EncoderConfig.from_dict(config))
    encoder.load_state_dict(checkpoint.part(path, "average"))
    return encoder.eval().requires_grad_(False)


def write_model(
    folder: Path, generator: Generator, *, how: str, found: float, encoder: Encoder | None = None
) -> int:
    """Weights in half precision, configuration, sums and card; returns the bytes of all but the card.

    Raises ValueError when that is too much to be bundled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_half(generator, folder / WEIGHTS)
    about: dict[str, Any] = {"title": TITLE, "drag": dict(PULLED)}
    if encoder is not None:
        _write_half(encoder, folder / ENCODER)
        about["encoder"] = encoder.config.as_dict()
    write_config(folder, generator.config.as_dict(), **about)
    text = card(generator, how=how, found=found, encoder=encoder)
    (folder / CARD).write_text(text, encoding="utf-8")
    return write_hashes(folder, LARGEST)


def _write_half(module: nn.Module, path: Path) -> None:
    tensors = {name: value.half().contiguous() for name, value in module.state_dict().items()}
    save_file(tensors, path)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/heads"))
    read.add_argument("--to", type=Path, required=True)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    path = newest(args.run)
    generator = averaged(path)
    found = report(generator.half().float(), args.run / "heads-gan.png", words="in half precision,")
    encoder = trained_encoder(args.run / ENCODED)
    size = write_model(args.to, generator, how=HOW[path.name], found=found, encoder=encoder)
    sys.stdout.write(f"{args.to}: {size / 1e6:.1f} MB, {found:.2f} dB on 64 held-out heads\n")


if __name__ == "__main__":
    main()
