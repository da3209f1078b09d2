# SPDX-License-Identifier: Apache-2.0
"""Finds the generator in a checkpoint and gives its tensors our names: NVIDIA's layout, and rosinality's.

In rosinality's layout a convolution's weights are used divided by sqrt(inputs x 9); ours are used as they are,
so they are divided here. Modulation and mapping weights are used alike in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from server.engine.gan.config import TAPS
from server.engine.gan.conversion.opcodes import Refused
from server.engine.gan.conversion.stored import StoredTensor, Thing

Arrays = dict[str, NDArray[np.float32]]
LOW_PASS = np.outer(TAPS, TAPS).astype(np.float32) / sum(TAPS) ** 2
"""The low-pass filter in both directions; its sum is 1, as checkpoints store it."""
MODULES_MAX, DEPTH_MAX = 5000, 24


@dataclass(frozen=True, kw_only=True)
class Found:
    """A generator's tensors under our names, and what their shapes do not say."""

    layout: str
    tensors: Arrays
    clamp: float | None
    lr_multiplier: float


def find_generator(value: Any) -> Found:
    """The generator in what a checkpoint holds; its moving average if there is one. Raises Refused."""
    if isinstance(value, dict):
        for name in ("G_ema", "g_ema", "G", "g", "generator", "state_dict"):
            if name in value:
                inner = value[name]
                return find_generator(inner) if name != "g_ema" else _of_state(inner, value)
        return _of_state(value, value)
    if isinstance(value, Thing):
        return _of_thing(value)
    raise Refused("it holds no generator")


def _of_state(state: Any, whole: Mapping[str, Any]) -> Found:
    """A plain table of tensors."""
    if isinstance(state, Thing):
        return _of_thing(state)
    if not isinstance(state, dict):
        raise Refused("it holds no generator")
    tensors = {
        name: value
        for name, value in state.items()
        if isinstance(name, str) and isinstance(value, StoredTensor)
    }
    if "synthesis.b4.const" in tensors:
        return _nvidia({n: t.array() for n, t in tensors.items()}, {})
    if "input.input" in tensors:
        return _rosinality(tensors, whole.get("latent_avg"))
    raise Refused("it holds no StyleGAN2 generator")


def _of_thing(thing: Thing) -> Found:
    tensors: Arrays = {}
    numbers: dict[str, Any] = {}
    for count, (prefix, module) in enumerate(_modules(thing)):
        if count > MODULES_MAX:
            raise Refused("it holds too many modules")
        for table in ("_parameters", "_buffers"):
            for name, value in _table(module, table).items():
                if isinstance(value, StoredTensor):
                    tensors[f"{prefix}{name}"] = value.array()
        for name in ("conv_clamp", "bias_gain", "activation"):
            if isinstance(module.state.get(name), int | float | str):
                numbers[f"{prefix}{name}"] = module.state[name]
    return _nvidia(tensors, numbers)


def _modules(thing: Thing, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Thing]]:
    """A module and all inside it, with the beginnings of their tensors' names."""
    if depth > DEPTH_MAX:
        raise Refused("its modules are nested too deeply")
    yield prefix, thing
    for name, inner in _table(thing, "_modules").items():
        if isinstance(inner, Thing):
            yield from _modules(inner, f"{prefix}{name}.", depth + 1)


def _table(module: Thing, name: str) -> dict[str, Any]:
    table = module.state.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
        raise Refused("it holds a network without a state")
    return table


def _nvidia(tensors: Arrays, numbers: Mapping[str, Any]) -> Found:
    """NVIDIA's names are ours, but for the filter and for generators without noise."""
    _refuse_relatives(tensors)
    kept: Arrays = {}
    for name, value in tensors.items():
        if not name.endswith("resample_filter"):
            kept[name] = value
        elif value.shape != LOW_PASS.shape or float(np.abs(value - LOW_PASS).max()) > 1e-4:
            raise Refused("it uses another low-pass filter than 1 3 3 1")
    for name in [n for n in kept if n.endswith(("conv0.weight", "conv1.weight"))]:
        layer, side = name.removesuffix("weight"), int(name.split(".")[1][1:])
        kept.setdefault(f"{layer}noise_const", np.zeros((side, side), np.float32))
        kept.setdefault(f"{layer}noise_strength", np.zeros((), np.float32))
    if numbers.get("mapping.fc0.activation", "lrelu") != "lrelu":
        raise Refused("its mapping uses another activation than StyleGAN2's")
    clamp = numbers.get("synthesis.b4.conv1.conv_clamp") if numbers else 256.0
    multiplier = numbers.get("mapping.fc0.bias_gain", 0.01)
    return Found(layout="nvidia", tensors=kept, clamp=clamp, lr_multiplier=float(multiplier))


def _refuse_relatives(tensors: Arrays) -> None:
    """Raises Refused for networks of the same family that this generator is not."""
    if "mapping.embed.weight" in tensors:
        raise Refused("it needs a class for every picture; only networks without classes are known")
    if any(re.match(r"synthesis\.(L\d+_|input\.)", name) for name in tensors):
        raise Refused("it is a StyleGAN3 network; only StyleGAN2 is known")
    if any(re.fullmatch(r"synthesis\.b\d+\.skip\.weight", name) for name in tensors):
        raise Refused("it has the residual architecture; only the one with image skips is known")


def _rosinality(stored: Mapping[str, StoredTensor], average: Any) -> Found:
    if not isinstance(average, StoredTensor):
        raise Refused("it has no latent_avg, the average that truncation needs")
    arrays = {name: tensor.array() for name, tensor in stored.items()}
    out: Arrays = {"mapping.w_avg": average.array().reshape(-1)}
    layers = sorted(
        {int(n.split(".")[1]) for n in arrays if re.fullmatch(r"style\.\d+\.weight", n)}
    )
    for i, layer in enumerate(layers):
        for part in ("weight", "bias"):
            out[f"mapping.fc{i}.{part}"] = _take(arrays, f"style.{layer}.{part}")
    out["synthesis.b4.const"] = _take(arrays, "input.input")[0]
    convs = 1 + max((int(n.split(".")[1]) for n in arrays if n.startswith("convs.")), default=-1)
    _rosinality_conv(arrays, out, "conv1", "synthesis.b4.conv1", 4, 0)
    _rosinality_rgb(arrays, out, "to_rgb1", "synthesis.b4.torgb")
    for k in range(convs):
        side = 8 << k // 2
        name = f"synthesis.b{side}.conv{k % 2}"
        _rosinality_conv(arrays, out, f"convs.{k}", name, side, k + 1)
    for k in range(convs // 2):
        _rosinality_rgb(arrays, out, f"to_rgbs.{k}", f"synthesis.b{8 << k}.torgb")
    return Found(layout="rosinality", tensors=out, clamp=None, lr_multiplier=0.01)


def _rosinality_conv(
    arrays: Arrays, out: Arrays, theirs: str, ours: str, side: int, noise: int
) -> None:
    weight = _take(arrays, f"{theirs}.conv.weight")
    if weight.ndim != 5:
        raise Refused(
            f"the tensor {theirs}.conv.weight has not the shape of a modulated convolution"
        )
    out[f"{ours}.weight"] = weight[0] / np.float32(np.sqrt(weight[0, 0].size))
    out[f"{ours}.bias"] = _take(arrays, f"{theirs}.activate.bias").reshape(-1)
    out[f"{ours}.noise_strength"] = _take(arrays, f"{theirs}.noise.weight").reshape(())
    stored = arrays.get(f"noises.noise_{noise}")  # older files draw it anew for every picture
    if stored is None:
        stored = default_rng(noise).standard_normal((side, side), dtype=np.float32)
    out[f"{ours}.noise_const"] = stored.reshape(side, side)
    _rosinality_affine(arrays, out, f"{theirs}.conv", ours)


def _rosinality_rgb(arrays: Arrays, out: Arrays, theirs: str, ours: str) -> None:
    out[f"{ours}.weight"] = _take(arrays, f"{theirs}.conv.weight")[0]
    out[f"{ours}.bias"] = _take(arrays, f"{theirs}.bias").reshape(-1)
    _rosinality_affine(arrays, out, f"{theirs}.conv", ours)


def _rosinality_affine(arrays: Arrays, out: Arrays, theirs: str, ours: str) -> None:
    for part in ("weight", "bias"):
        out[f"{ours}.affine.{part}"] = _take(arrays, f"{theirs}.modulation.{part}")


def _take(arrays: Arrays, name: str) -> NDArray[np.float32]:
    if name not in arrays:
        raise Refused(f"the tensor {name} is missing")
    return arrays[name]
