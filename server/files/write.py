# SPDX-License-Identifier: Apache-2.0
"""Writing one flattened picture as PNG or TIFF, in its own depth and profile."""

from __future__ import annotations

from pathlib import Path

from server.engine.api import Picture
from server.files.atomic import write_atomically
from server.files.errors import FileError
from server.files.png import encode_png
from server.files.tiff import encode_tiff


def write_flat(path: Path, picture: Picture) -> None:
    """Write by suffix: .png, .tif or .tiff. Nothing is written when anything fails.

    Raises FileError: another suffix, or float pixels as PNG.
    """
    suffix = path.suffix.lower()
    if suffix == ".png":
        data = encode_png(picture)
    elif suffix in (".tif", ".tiff"):
        data = encode_tiff(picture)
    else:
        raise FileError(f"“{path.name}”: one picture is written as .png or .tif; choose a name")
    with write_atomically(path) as stream:
        stream.write(data)
