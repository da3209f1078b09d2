# SPDX-License-Identifier: Apache-2.0
"""`pullbrush models convert`: an artist's own StyleGAN2 checkpoint becomes a model. Nothing in it is run."""

from __future__ import annotations

from pathlib import Path

from protocol.plugin.saying import size as amount
from server.engine.api import EngineError
from server.engine.models.converting import convert_checkpoint
from server.engine.models.generator_files import inspect_generator
from server.engine.models.layout import models_folder

from .problem import FAILED, USAGE, Problem
from .streams import print_json, say
from .words import of_os_error

NOT_BEGUN = ("model.missing", "model.exists")
"""What is wrong with the command, not with the checkpoint."""


def convert(checkpoint: Path, name: str, license_note: str, *, as_json: bool) -> None:
    """Convert, and say what came of it. Raises Problem with a sentence."""
    try:
        place = convert_checkpoint(
            checkpoint, models_folder(), name=name, license_note=license_note
        )
        files = inspect_generator(place)
    except EngineError as problem:
        begun = problem.code not in NOT_BEGUN
        code = FAILED if begun else USAGE
        raise Problem(problem.message, code=code, name=problem.code) from None
    except OSError as problem:
        why = of_os_error(problem, str(checkpoint))
        raise Problem(f"{checkpoint} cannot be converted: {why}", code=FAILED) from None
    size = files.config.size
    weighs = files.weights.stat().st_size
    if as_json:
        print_json(
            {
                "ok": True,
                "command": "models convert",
                "model": place.name,
                "folder": place,
                "size": size,
                "bytes": weighs,
                "license": files.about["source"]["license"],
            }
        )
        return
    say(
        f"{place.name}: a StyleGAN2 network for pictures of {size} x {size} pixels, "
        f"{amount(weighs)}, in {place}.\nLicense: {files.about['source']['license']}"
    )
