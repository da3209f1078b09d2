# SPDX-License-Identifier: Apache-2.0
"""Writes checkpoints as other programs do, good and evil ones. Nothing here is ever unpickled."""

from __future__ import annotations

import io
import pickle  # noqa: TID251 - written here to be refused, never read
import sys
from collections import OrderedDict
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from server.engine.gan.stylegan2 import Generator


class Persistent:
    """An object as NVIDIA's persistence writes it: its class's source as text, and its state."""

    def __init__(self, name: str, state: dict[str, Any]) -> None:
        self.name, self.state = name, state

    def __reduce__(self) -> tuple[Any, ...]:
        meta = {
            "type": "class",
            "version": 6,
            "module_src": "import os\nos.system('touch unpickled')\nraise SystemExit('source was run')",
            "class_name": self.name,
            "state": self.state,
        }
        return (_module("torch_utils.persistence")._reconstruct_persistent_obj, (meta,))


def _module(name: str) -> Any:
    """A module of that name whose functions can be named in a pickle."""
    if name not in sys.modules:
        parent, _, last = name.rpartition(".")
        module = ModuleType(name)
        sys.modules[name] = module
        if parent:
            setattr(_module(parent), last, module)
    return sys.modules[name]


def _invent() -> None:
    """The names that NVIDIA's files use."""

    def _reconstruct_persistent_obj(meta: Any) -> Any:
        raise AssertionError("run")

    class EasyDict(dict[str, Any]):
        pass

    names = {"torch_utils.persistence": _reconstruct_persistent_obj, "dnnlib.util": EasyDict}
    for module, thing in names.items():
        thing.__module__, thing.__qualname__ = module, thing.__name__
        setattr(_module(module), thing.__name__, thing)


_invent()


def easy(**values: Any) -> Any:
    """NVIDIA's dictionary."""
    made = _module("dnnlib.util").EasyDict()
    made.update(values)
    return made


def persistent(state: dict[str, Tensor], *, clamp: float | None = 256.0) -> Persistent:
    """A network of these tensors, nested by their names, with the attributes that NVIDIA's modules have."""

    def node(prefix: str) -> Persistent:
        inside = {n[len(prefix) :]: t for n, t in state.items() if n.startswith(prefix)}
        children = dict.fromkeys(n.split(".")[0] for n in inside if "." in n)
        own = {n: t for n, t in inside.items() if "." not in n}
        buffers = {n: t for n, t in own.items() if n in {"w_avg", "noise_const", "resample_filter"}}
        return Persistent(
            "Layer",
            {
                "training": False,
                "_init_kwargs": easy(mapping_kwargs=easy(num_layers=2)),
                "_parameters": OrderedDict(
                    (n, torch.nn.Parameter(t)) for n, t in own.items() if n not in buffers
                ),
                "_buffers": OrderedDict(buffers),
                "_non_persistent_buffers_set": set(),
                "_backward_hooks": OrderedDict(),
                "_modules": OrderedDict((n, node(f"{prefix}{n}.")) for n in children),
                "conv_clamp": clamp,
                "bias_gain": 0.01,
                "weight_gain": np.float64(1.0) / np.sqrt(9),
                "activation": "lrelu",
            },
        )

    return node("")


def nvidia(generator: Generator, *, clamp: float | None = 256.0, **more: Tensor) -> Any:
    """A checkpoint as NVIDIA's training writes it, before it is pickled."""
    filters = torch.outer(*[torch.tensor([1.0, 3, 3, 1]) / 8] * 2)
    state = dict(generator.state_dict()) | more
    state |= {
        n.replace("weight", "resample_filter"): filters
        for n in list(state)
        if n.endswith(("conv0.weight", "conv1.weight"))
    }
    # NVIDIA keeps some kernels with channels last
    name = "synthesis.b8.conv0.weight"
    state[name] = state[name].contiguous(memory_format=torch.channels_last)
    return {
        "G": None,
        "D": None,
        "G_ema": persistent(state, clamp=clamp),
        "training_set_kwargs": easy(class_name="training.dataset", path="ffhq.zip", resolution=32),
        "augment_pipe": None,
    }


def rosinality(generator: Generator, *, noises: bool = True) -> dict[str, Any]:
    """The same generator in rosinality's layout: what `naming` undoes."""
    state = generator.state_dict()
    theirs: dict[str, Tensor] = {"input.input": state["synthesis.b4.const"][None]}
    for i in range(generator.config.mapping_layers):
        for part in ("weight", "bias"):
            theirs[f"style.{i + 1}.{part}"] = state[f"mapping.fc{i}.{part}"]
    convs = [f"b{4 << k}.conv{j}" for k in range(generator.config.blocks) for j in (0, 1)][1:]
    for k, ours in enumerate(convs):
        name = "conv1" if k == 0 else f"convs.{k - 1}"
        weight = state[f"synthesis.{ours}.weight"]
        theirs[f"{name}.conv.weight"] = weight[None] * weight[0].numel() ** 0.5
        theirs[f"{name}.activate.bias"] = state[f"synthesis.{ours}.bias"]
        theirs[f"{name}.noise.weight"] = state[f"synthesis.{ours}.noise_strength"][None]
        if noises:
            theirs[f"noises.noise_{k}"] = state[f"synthesis.{ours}.noise_const"][None, None]
        for part in ("weight", "bias"):
            theirs[f"{name}.conv.modulation.{part}"] = state[f"synthesis.{ours}.affine.{part}"]
    for k in range(generator.config.blocks):
        name, ours = "to_rgb1" if k == 0 else f"to_rgbs.{k - 1}", f"synthesis.b{4 << k}.torgb"
        theirs[f"{name}.conv.weight"] = state[f"{ours}.weight"][None]
        theirs[f"{name}.bias"] = state[f"{ours}.bias"][None, :, None, None]
        for part in ("weight", "bias"):
            theirs[f"{name}.conv.modulation.{part}"] = state[f"{ours}.affine.{part}"]
    return {"g_ema": OrderedDict(theirs), "latent_avg": state["mapping.w_avg"], "args": None}


def pickled(value: Any, protocol: int = 4) -> bytes:
    """A plain pickle, as NVIDIA writes."""
    return pickle.dumps(value, protocol)


def saved(value: Any, *, new: bool = True) -> bytes:
    """As PyTorch's own save writes, the newer zip or the older stream."""
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=new)  # noqa: TID251 - see above
    return file.getvalue()


class Calls:
    """An object whose pickle calls a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._reduced = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._reduced
