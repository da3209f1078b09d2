# SPDX-License-Identifier: Apache-2.0
"""`pullbrush models convert`: an artist's own StyleGAN2 checkpoint becomes a model. Nothing in it is run."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from server.engine.api import EngineError
from server.engine.models.converting import convert_checkpoint
from server.engine.models.generator_files import inspect_generator
from server.engine.models.layout import models_folder

from .problem import FAILED, Problem


def convert(checkpoint: Path, name: str, license_note: str) -> None:
    """Convert, and say what came of it. Raises Problem with a sentence."""
    try:
        place = convert_checkpoint(
            checkpoint, models_folder(), name=name, license_note=license_note
        )
        files = inspect_generator(place)
    except EngineError as problem:
        raise Problem(problem.message, code=FAILED) from None
    except OSError as problem:
        raise Problem(
            f"{checkpoint} cannot be converted: {problem.strerror}.", code=FAILED
        ) from None
    size = files.config.size
    mebibytes = files.weights.stat().st_size / 2**20
    Console().print(
        f"{place.name}: a StyleGAN2 network for pictures of {size} x {size} pixels, "
        f"{mebibytes:.0f} MiB, in {place}.\nLicense: {files.about['source']['license']}",
        highlight=False,
        soft_wrap=True,
    )
