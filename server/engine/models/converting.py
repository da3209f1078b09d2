# SPDX-License-Identifier: Apache-2.0
"""An artist's checkpoint becomes a model: converted by a confined process, checked here, put into the models folder.

This process never opens the checkpoint but to add up its bytes (SHA-256).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from server.engine.api import EngineError
from server.engine.models.checksums import file_sum
from server.engine.models.generator_files import WEIGHTS, inspect_generator, write_config
from server.engine.models.safetensors_header import refused

CHECKPOINTS = (".pkl", ".pickle", ".pt", ".pth", ".ckpt")
PASSED_ON = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
UNSTATED = (
    "Not stated in the file: ask who made it. NVIDIA's own networks are for non-commercial use."
)
TIMEOUT_S = 1800.0


def convert_checkpoint(
    checkpoint: Path, folder: Path, *, name: str = "", license_note: str = ""
) -> Path:
    """Converts a StyleGAN2 checkpoint into ``folder``/``name`` and returns that place.

    Raises EngineError (model.missing, model.refused, model.exists) with a sentence, and OSError.
    """
    if not checkpoint.is_file():
        raise EngineError("model.missing", f"There is no file {checkpoint}.")
    if checkpoint.suffix.lower() not in CHECKPOINTS:
        raise refused(checkpoint, f"only {', '.join(CHECKPOINTS)} files can be converted.")
    called = name or re.sub(r"[^A-Za-z0-9_.+-]+", "-", checkpoint.stem).strip("-.") or "stylegan2"
    if not re.fullmatch(r"[A-Za-z0-9_+][A-Za-z0-9_.+-]{0,79}", called):
        raise EngineError(
            "model.refused", "A model's name is made of letters, digits, and _ . + - between them."
        )
    place = folder / called
    if place.exists():
        raise EngineError(
            "model.exists", f"There is a model “{called}” already; choose another --name."
        )
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".convert-", dir=folder))
    try:
        about = _confined(checkpoint.resolve(), draft)
        source = {
            "file": checkpoint.name,
            "sha256": file_sum(checkpoint),
            "layout": about["layout"],
            "license": license_note or UNSTATED,
        }
        write_config(draft, about["generator"], source=source)
        inspect_generator(draft)
        draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return place


def _confined(checkpoint: Path, draft: Path) -> dict[str, Any]:
    """Runs `server.engine.gan.conversion.convert` and returns what it says. Raises EngineError."""
    command = [sys.executable, "-P", "-m", "server.engine.gan.conversion.convert"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [*command, str(checkpoint), str(draft / WEIGHTS)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env={key: os.environ[key] for key in PASSED_ON if key in os.environ},
        )
    except subprocess.TimeoutExpired:
        raise refused(checkpoint, "reading it takes longer than it should.") from None
    try:
        said: Any = json.loads(done.stdout)
    except ValueError:
        raise refused(checkpoint, _why(done.returncode, done.stderr)) from None
    if not isinstance(said, dict) or not {"layout", "generator"} <= set(said):
        why = said.get("refused") if isinstance(said, dict) else None
        raise refused(
            checkpoint, f"{why or 'the converter gave no answer'}. Nothing in it was run."
        )
    return said


def _why(code: int, errors: bytes) -> str:
    """A sentence for a process that ended without an answer."""
    last = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
    return f"the process that reads it ended (exit code {code}: {last[0][:200]})."
