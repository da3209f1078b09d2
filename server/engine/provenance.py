# SPDX-License-Identifier: Apache-2.0
"""What a recipe remembers of how a result was made: by which engine and model, from which picture."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from server.engine.api import Picture
from server.engine.canvas import source_hash


def provenance(source: Picture, model: str, crop: Iterable[int], **more: str) -> dict[str, str]:
    """Facts as text; `crop` is the rectangle of the document that was looked at (x, y, width, height)."""
    try:
        engine = version("pullbrush")
    except PackageNotFoundError:
        engine = "uninstalled"
    return {
        "engine": engine,
        "model": model,
        "source_sha256": source_hash(source),
        "crop": ",".join(str(n) for n in crop),
        **more,
    }
