# SPDX-License-Identifier: Apache-2.0
"""What a model path is: a diffusers folder or a single file in the original layout. Without torch.

Looks only at names and headers. Raises EngineError with a sentence for what this version cannot use.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from protocol.sentences import say
from server.engine.api import EngineError
from server.engine.models.registry import registry_path
from server.engine.models.safetensors_header import Stored, read_header, refuse_unsafe, refused
from server.engine.models.shards import places_of, weights_of

ORIGINAL_UNET = "model.diffusion_model."
ORIGINAL_VAE = "first_stage_model."
ORIGINAL_TEXT = "cond_stage_model.transformer.text_model."
PARTS = ("unet", "vae", "text_encoder")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A usable model: its kind, the weight files of each part ("all" for a single file), its tokenizer's folder."""

    kind: Literal["diffusers", "original"]
    path: Path
    files: Mapping[str, tuple[Path, ...]]
    tokenizer: Path

    @property
    def weights(self) -> tuple[Path, ...]:
        """All weight files."""
        return tuple(file for files in self.files.values() for file in files)

    @property
    def weight_bytes(self) -> int:
        return sum(file.stat().st_size for file in self.weights)


def models_folder() -> Path:
    """Where artists put models; ``PULLBRUSH_MODELS`` overrides where it lies."""
    chosen = os.environ.get("PULLBRUSH_MODELS")
    return Path(chosen) if chosen else registry_path().parent / "models"


def inspect(path: Path) -> Layout:
    """Recognizes the model at ``path``. Raises EngineError (model.missing, model.refused) with a sentence."""
    if path.is_dir():
        return _folder(path)
    refuse_unsafe(path)
    if not path.exists():
        raise EngineError("model.missing", say("model.gone", file=path.name))
    if path.suffix != ".safetensors":
        raise refused(path, "file.kind")
    header = read_header(path)
    check_original(path, header)
    words = header[f"{ORIGINAL_TEXT}embeddings.token_embedding.weight"].shape[0]
    return Layout(
        kind="original", path=path, files={"all": (path,)}, tokenizer=_find_tokenizer(path, words)
    )


def _folder(path: Path) -> Layout:
    if not (path / "model_index.json").is_file() and not (path / "unet").is_dir():
        raise refused(path, "file.folder", part="model_index.json")
    files = {part: weights_of(path / part) for part in PARTS}
    for part in PARTS:
        if not (path / part / "config.json").is_file():
            raise refused(path, "file.folder", part=f"{part}/config.json")
        places_of(files[part])
    if not has_tokenizer(path / "tokenizer"):
        raise refused(path, "file.folder", part="tokenizer/vocab.json")
    unet = {name: place.stored for name, place in places_of(files["unet"]).items()}
    _sd15_shaped(path, unet, "conv_in.weight", "")
    return Layout(kind="diffusers", path=path, files=files, tokenizer=path / "tokenizer")


def has_tokenizer(folder: Path) -> bool:
    """Whether a folder holds a CLIP vocabulary."""
    return all((folder / name).is_file() for name in ("vocab.json", "merges.txt"))


def check_original(path: Path, header: Mapping[str, Stored]) -> None:
    """Raises EngineError unless the header is that of an SD1.x checkpoint in the original layout."""
    if any(
        name.startswith(("conditioner.", "model.diffusion_model.label_emb.")) for name in header
    ):
        raise refused(path, "file.sdxl")
    if any(name.startswith("cond_stage_model.model.") for name in header):
        raise refused(path, "file.sd2")
    prefixes = {"image": ORIGINAL_UNET, "autoencoder": ORIGINAL_VAE, "text": ORIGINAL_TEXT}
    for part, prefix in prefixes.items():
        if not any(name.startswith(prefix) for name in header):
            raise refused(path, "file.incomplete", part=part)
    _sd15_shaped(path, header, "input_blocks.0.0.weight", ORIGINAL_UNET)


def _sd15_shaped(path: Path, header: Mapping[str, Stored], first: str, prefix: str) -> None:
    """Raises EngineError when the network's first layer does not take a plain 4-channel latent."""
    conv_in = header.get(prefix + first)
    if conv_in is None or len(conv_in.shape) != 4:
        raise refused(path, "file.shape", part="unet")
    if conv_in.shape[1] == 9:
        raise refused(path, "file.inpainting")
    if conv_in.shape[1] != 4:
        raise refused(path, "file.shape", part=f"{conv_in.shape[1]} channels")


def _find_tokenizer(path: Path, words: int) -> Path:
    """Beside the file, in a tokenizer/ folder beside it, in any model folder beside it, or in the models folder.

    Only a word list of as many ``words`` as the text encoder knows will do.
    """
    beside = path.parent
    candidates = [
        beside / path.stem,
        beside / path.stem / "tokenizer",
        beside,
        beside / "tokenizer",
    ]
    for place in (beside, models_folder()):
        if place.is_dir():
            candidates += [place / "tokenizer"]
            candidates += sorted(
                folder / "tokenizer" for folder in place.iterdir() if folder.is_dir()
            )
    for folder in candidates:
        if _word_count(folder) == words:
            return folder
    raise EngineError("model.missing", say("model.words", file=path.name))


def _word_count(folder: Path) -> int:
    """Entries of a CLIP vocabulary in ``folder``; 0 where there is none."""
    if not has_tokenizer(folder):
        return 0
    try:
        return len(json.loads((folder / "vocab.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return 0
