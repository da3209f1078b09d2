# SPDX-License-Identifier: Apache-2.0
"""Which tensors a generator has: names and shapes from its configuration, and the configuration from them. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from server.engine.gan.config import GeneratorConfig

Shapes = Mapping[str, tuple[int, ...]]
KERNEL = 3


def shapes_of(config: GeneratorConfig) -> dict[str, tuple[int, ...]]:
    """Every tensor's name and shape, as `stylegan2.Generator` has them."""
    shapes: dict[str, tuple[int, ...]] = {"mapping.w_avg": (config.w_dim,)}
    for i in range(config.mapping_layers):
        shapes |= _dense(f"mapping.fc{i}", config.w_dim if i else config.z_dim, config.w_dim)
    for block, width in enumerate(config.channels):
        side = config.resolution(block)
        name = f"synthesis.b{side}"
        if block == 0:
            shapes[f"{name}.const"] = (width, side, side)
        else:
            shapes |= _conv(f"{name}.conv0", config, config.channels[block - 1], width, side)
        shapes |= _conv(f"{name}.conv1", config, width, width, side)
        shapes |= _dense(f"{name}.torgb.affine", config.w_dim, width)
        shapes[f"{name}.torgb.weight"] = (config.image_channels, width, 1, 1)
        shapes[f"{name}.torgb.bias"] = (config.image_channels,)
    return shapes


def _dense(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _conv(
    name: str, config: GeneratorConfig, inputs: int, outputs: int, side: int
) -> dict[str, tuple[int, ...]]:
    return _dense(f"{name}.affine", config.w_dim, inputs) | {
        f"{name}.weight": (outputs, inputs, KERNEL, KERNEL),
        f"{name}.bias": (outputs,),
        f"{name}.noise_strength": (),
        f"{name}.noise_const": (side, side),
    }


def config_of(shapes: Shapes, *, clamp: float | None, lr_multiplier: float) -> GeneratorConfig:
    """The configuration that tensors of these shapes belong to. Raises ValueError when there is none."""
    sides = sorted(
        int(found[1])
        for name in shapes
        if (found := re.fullmatch(r"synthesis\.b(\d{1,5})\.conv1\.weight", name))
    )
    layers = [name for name in shapes if re.fullmatch(r"mapping\.fc\d{1,3}\.weight", name)]
    if not sides or sides != [4 << k for k in range(len(sides))] or not layers:
        raise ValueError("it has not the blocks of a StyleGAN2 generator")
    first, average = shapes["mapping.fc0.weight"], shapes["mapping.w_avg"]
    largest = shapes[f"synthesis.b{sides[-1]}.torgb.weight"]
    if len(first) != 2 or len(average) != 1 or len(largest) != 4:
        raise ValueError("its tensors have not the shapes of a StyleGAN2 generator")
    config = GeneratorConfig(
        z_dim=first[1],
        w_dim=average[0],
        mapping_layers=len(layers),
        channels=tuple(shapes[f"synthesis.b{side}.conv1.weight"][0] for side in sides),
        image_channels=largest[0],
        clamp=clamp,
        lr_multiplier=lr_multiplier,
    )
    compare(shapes, config)
    return config


def compare(shapes: Shapes, config: GeneratorConfig) -> None:
    """Raises ValueError naming the first tensor that is missing, unknown or of another shape."""
    wanted = shapes_of(config)
    for name, shape in wanted.items():
        if name not in shapes:
            raise ValueError(f"the tensor {name} is missing")
        if tuple(shapes[name]) != shape:
            raise ValueError(f"the tensor {name} is {_by(shapes[name])}, not {_by(shape)}")
    unknown = sorted(set(shapes) - set(wanted))
    if unknown:
        raise ValueError(f"the tensor {unknown[0]} belongs to no StyleGAN2 generator")


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"
