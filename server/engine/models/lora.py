# SPDX-License-Identifier: Apache-2.0
"""Low-rank additions to a network: W + (alpha / rank) up down (Hu et al. 2021, arXiv 2106.09685).

Three spellings are read: diffusers' and peft's (`unet.….lora_A.weight`), diffusers' older one (`….lora.down.weight`,
`….processor.to_q_lora.down.weight`), and kohya's (`lora_unet_…_to_q.lora_down.weight` with `.alpha`), in which most
LoRA files of Stable Diffusion are shared. Added into the weights while in use, so that evaluations cost nothing more;
afterwards the very tensors that were there are there again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open
from torch import Tensor, nn

from server.engine.api import Check, proceed
from server.engine.models.checksums import file_sum
from server.engine.models.safetensors_header import read_header, refuse_unsafe, refused

_DOWN_UP = re.compile(r"^(.+?)\.(lora_A|lora_B|lora_down|lora_up|lora\.down|lora\.up)\.weight$")
_PROCESSOR = re.compile(r"^(.+)\.processor\.(to_q|to_k|to_v|to_out)_lora\.(down|up)\.weight$")
_KOHYA, _DIFFUSERS = "lora_unet_", "unet."
_TEXT = ("lora_te", "text_encoder")


@dataclass(frozen=True, kw_only=True)
class LowRank:
    """One layer's addition: down (r, in, …), up (out, r, …), and what their product is multiplied by."""

    down: Tensor
    up: Tensor
    scale: float

    def delta(self, shape: torch.Size) -> Tensor:
        """The addition in the weight's own shape, float32."""
        product = self.up.float().flatten(1) @ self.down.float().flatten(1)
        return (self.scale * product).view(shape)


@dataclass(frozen=True, kw_only=True)
class Lora:
    """A LoRA of an image network: additions by the name of the module, and the file's sum."""

    parts: Mapping[str, LowRank]
    sha256: str


def load_lora(file: Path, unet: nn.Module, check: Check = proceed) -> Lora:
    """Reads a LoRA for this network. Raises EngineError for what does not fit it, or whatever `check` raises."""
    refuse_unsafe(file)
    names = list(read_header(file))
    if any(name.startswith(_TEXT) for name in names):
        raise refused(file, "file.lora_text")
    tensors: dict[str, dict[str, Tensor]] = {}
    with safe_open(file, framework="pt") as stored:
        scale_of_all = _scale_in(cast("Mapping[str, str] | None", stored.metadata()))
        for name in names:
            module, part = _place(file, name)
            check()
            tensors.setdefault(module, {})[part] = stored.get_tensor(name)
    modules = _modules(unet)
    parts = {
        known: _low_rank(file, known, modules[known], found, scale_of_all)
        for module, found in tensors.items()
        for known in [_known(file, module, modules)]
    }
    return Lora(parts=parts, sha256=file_sum(file, check))


@contextmanager
def with_lora(unet: nn.Module, lora: Lora | None, strength: float = 1.0) -> Iterator[None]:
    """Holds the additions while the body runs; the original tensors come back, also when the body raises."""
    originals: list[tuple[Tensor, Tensor]] = []
    modules = _modules(unet)
    try:
        for name, part in (lora.parts if lora is not None else {}).items():
            weight = modules[name]
            wide = torch.promote_types(weight.dtype, torch.float32)
            delta = part.delta(weight.shape).to(weight.device, wide)
            originals.append((weight, weight.data))
            weight.data = (weight.data.to(wide) + strength * delta).to(weight.dtype)
        yield
    finally:
        for weight, data in reversed(originals):
            weight.data = data


def _modules(unet: nn.Module) -> dict[str, Tensor]:
    """Module name → weight, of everything a LoRA can be added to."""
    return {
        name: cast("Tensor", module.weight)
        for name, module in unet.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    }


def _place(file: Path, name: str) -> tuple[str, str]:
    """What a tensor belongs to: the module as the file calls it, and "down", "up" or "alpha"."""
    if name.endswith(".alpha"):
        return name.removesuffix(".alpha"), "alpha"
    if found := _PROCESSOR.match(name):
        layer = "to_out.0" if found[2] == "to_out" else found[2]
        return f"{found[1]}.{layer}", found[3]
    if found := _DOWN_UP.match(name):
        return found[1], "down" if found[2] in ("lora_A", "lora_down", "lora.down") else "up"
    raise refused(file, "file.lora_kind", part=name[:80])


def _known(file: Path, module: str, modules: Mapping[str, Tensor]) -> str:
    """The network's own name of a module."""
    if module.startswith(_KOHYA):
        wanted = module.removeprefix(_KOHYA)
        for name in modules:
            if name.replace(".", "_") == wanted:
                return name
    elif (name := module.removeprefix(_DIFFUSERS)) in modules:
        return name
    raise refused(file, "file.lora_network", part=module[:80])


def _low_rank(
    file: Path, name: str, weight: Tensor, found: Mapping[str, Tensor], scale_of_all: float
) -> LowRank:
    if not {"down", "up"} <= set(found):
        raise refused(file, "file.damaged", part=name[:80])
    down, up = found["down"], found["up"]
    rank = down.shape[0]
    fits = min(up.ndim, down.ndim) >= 2 and up.shape[1] == rank > 0 and up.numel() == len(up) * rank
    if (
        not fits
        or up.shape[0] * down[0].numel() != weight.numel()
        or up.shape[0] != weight.shape[0]
    ):
        raise refused(file, "file.lora_network", part=name[:80])
    alpha = found.get("alpha")
    scale = scale_of_all if alpha is None else float(alpha) / rank
    return LowRank(down=down, up=up, scale=scale)


def _scale_in(metadata: Mapping[str, str] | None) -> float:
    """alpha / rank where peft's settings lie in the file; without them alpha is the rank."""
    try:
        settings: Any = json.loads((metadata or {}).get("lora_adapter_metadata", "{}"))
        return float(settings["unet.lora_alpha"]) / float(settings["unet.r"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 1.0
