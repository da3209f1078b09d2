# SPDX-License-Identifier: Apache-2.0
"""Turns an artist's StyleGAN2 checkpoint into safetensors and a configuration, without running what is in it.

`python -m server.engine.gan.conversion.convert FILE OUT` is the process that does it: it opens both files, gives up the
network, new files, new programs and new modules, reads, writes, and says on its standard output what it found.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from safetensors.numpy import save

from server.engine.gan.conversion.checkpoint import read_checkpoint
from server.engine.gan.conversion.naming import find_generator
from server.engine.gan.conversion.opcodes import Refused
from server.engine.gan.conversion.sandbox import confine
from server.engine.gan.layout import config_of


def convert(file: BinaryIO, size: int) -> tuple[bytes, dict[str, Any]]:
    """A safetensors file's bytes, and {"layout", "generator"} as JSON takes it. Raises Refused with a reason."""
    value = read_checkpoint(file, size)
    try:
        found = find_generator(value)
    except (ValueError, IndexError, KeyError, TypeError):
        raise Refused("its tensors have not the shapes of a StyleGAN2 generator") from None
    for name, tensor in found.tensors.items():
        if not np.isfinite(tensor).all():
            raise Refused(f"the tensor {name} holds numbers that are none")
    shapes = {name: tensor.shape for name, tensor in found.tensors.items()}
    try:
        config = config_of(shapes, clamp=found.clamp, lr_multiplier=found.lr_multiplier)
    except (ValueError, KeyError) as error:
        raise Refused(
            str(error.args[0]) if error.args else "it is no StyleGAN2 generator"
        ) from None
    tensors = {name: np.array(t, order="C") for name, t in found.tensors.items()}
    return save(tensors), {"layout": found.layout, "generator": config.as_dict()}


def answer(source: BinaryIO, size: int, out: BinaryIO) -> dict[str, Any]:
    """What the process says: {"layout", "generator"}, or {"refused": why}."""
    try:
        weights, about = convert(source, size)
        out.write(weights)
        out.flush()
    except Refused as refused:
        return {"refused": str(refused)}
    except (MemoryError, RecursionError):
        return {"refused": "reading it needs more memory than it should"}
    return about


def main() -> None:
    """The confined process."""
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    size = source.stat().st_size
    with source.open("rb") as reading, out.open("wb") as writing:
        confine(size)
        print(json.dumps(answer(reading, size, writing)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
