# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of a run: weights, averages and optimizers' moments as safetensors, the rest as JSON; no pickle."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

MOMENTS = ("exp_avg", "exp_avg_sq", "step", "momentum")
Optimizers = torch.optim.Optimizer | tuple[torch.optim.Optimizer, ...]


def save(
    path: Path,
    *,
    modules: dict[str, nn.Module],
    optimizer: Optimizers,
    facts: dict[str, Any],
) -> None:
    """Write everything a bit-exact resume needs, under a temporary name first, then in one rename."""
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        tensors |= {f"{name}/{key}": value for key, value in module.state_dict().items()}
    for index, (owner, parameter) in enumerate(_owned(optimizer)):
        state = owner.state.get(parameter, {})
        tensors |= {f"optimizer/{index}/{key}": state[key] for key in MOMENTS if key in state}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    kept = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    save_file(kept, partial, metadata={"facts": json.dumps(facts)})
    partial.replace(path)


def load(path: Path, *, modules: dict[str, nn.Module], optimizer: Optimizers) -> dict[str, Any]:
    """Put a checkpoint back into modules and optimizer and return the facts saved with it.

    Where a weight has more rows now, because the vocabulary grew, the new ones keep what they began with; so does a
    module that joined later and of which the file has nothing.
    """
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["facts"])
        names = list(file.keys())
        for name, module in modules.items():
            start = f"{name}/"
            fresh = module.state_dict()
            kept = [key[len(start) :] for key in names if key.startswith(start)]
            if not kept:
                continue
            module.load_state_dict(
                {key: _grown(file.get_tensor(start + key), fresh.get(key)) for key in kept}
            )
        found = set(names)
        for index, (owner, parameter) in enumerate(_owned(optimizer)):
            state = {
                key: _like(file.get_tensor(f"optimizer/{index}/{key}"), parameter, key)
                for key in MOMENTS
                if f"optimizer/{index}/{key}" in found
            }
            if state:
                owner.state[parameter] = state
    return facts


def part(path: Path, name: str) -> dict[str, Tensor]:
    """The state of one module of a checkpoint."""
    start = f"{name}/"
    with safe_open(path, "pt") as file:
        names = [key for key in file.keys() if key.startswith(start)]  # noqa: SIM118 - no mapping
        return {key[len(start) :]: file.get_tensor(key) for key in names}


def _owned(
    optimizers: Optimizers,
) -> list[tuple[torch.optim.Optimizer, nn.Parameter]]:
    """Every parameter with its optimizer, in an order that only depends on how these were made."""
    every = optimizers if isinstance(optimizers, tuple) else (optimizers,)
    return [(one, p) for one in every for group in one.param_groups for p in group["params"]]


def _like(value: Tensor, parameter: nn.Parameter, key: str) -> Tensor:
    """A moment in its parameter's memory layout and place: a foreach step is exact only if these agree."""
    return value if key == "step" else _grown(value, torch.zeros_like(parameter))


def _grown(value: Tensor, fresh: Tensor | None) -> Tensor:
    """The saved value, or `fresh` with the saved rows in it; other shapes are left for PyTorch to refuse."""
    if (
        fresh is None
        or not fresh.ndim
        or value.shape[1:] != fresh.shape[1:]
        or len(value) > len(fresh)
    ):
        return value
    grown = fresh.clone()
    grown[: len(value)] = value
    return grown
