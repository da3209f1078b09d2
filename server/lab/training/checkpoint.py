# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of a run: weights, averages and AdamW's moments as safetensors, the rest as JSON; no pickle."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

MOMENTS = ("exp_avg", "exp_avg_sq", "step")


def save(
    path: Path,
    *,
    modules: dict[str, nn.Module],
    optimizer: torch.optim.Optimizer,
    facts: dict[str, Any],
) -> None:
    """Write everything a bit-exact resume needs, under a temporary name first, then in one rename."""
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        tensors |= {f"{name}/{key}": value for key, value in module.state_dict().items()}
    for index, parameter in enumerate(_parameters(optimizer)):
        state = optimizer.state.get(parameter, {})
        tensors |= {f"optimizer/{index}/{key}": state[key] for key in MOMENTS if key in state}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    kept = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    save_file(kept, partial, metadata={"facts": json.dumps(facts)})
    partial.replace(path)


def load(
    path: Path, *, modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer
) -> dict[str, Any]:
    """Put a checkpoint back into modules and optimizer and return the facts saved with it."""
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["facts"])
        names = list(file.keys())
        for name, module in modules.items():
            start = f"{name}/"
            module.load_state_dict(
                {key[len(start) :]: file.get_tensor(key) for key in names if key.startswith(start)}
            )
        found = set(names)
        for index, parameter in enumerate(_parameters(optimizer)):
            state = {
                key: _like(file.get_tensor(f"optimizer/{index}/{key}"), parameter, key)
                for key in MOMENTS
                if f"optimizer/{index}/{key}" in found
            }
            if state:
                optimizer.state[parameter] = state
    return facts


def _parameters(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _like(value: Tensor, parameter: nn.Parameter, key: str) -> Tensor:
    """A moment in its parameter's memory layout and place: a foreach step is exact only if these agree."""
    return value if key == "step" else torch.empty_like(parameter).copy_(value)
