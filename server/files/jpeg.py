# SPDX-License-Identifier: Apache-2.0
"""JPEG, read only: gray or RGB, turned upright by its EXIF orientation, profile kept."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from server.engine.api import Picture
from server.files.errors import FileError, check_size, not_an_image
from server.files.picture import oriented, whole_picture

ORIENTATION = 0x0112


def read_jpeg(path: Path) -> Picture:
    """The picture of a JPEG file. EXIF and XMP other than orientation and profile are dropped."""
    try:
        # Opened as what it is: Image.open would try every format Pillow knows.
        image = JpegImageFile(io.BytesIO(path.read_bytes()))
        check_size(path.name, image.size)
        image.load()
    except (OSError, SyntaxError, UnidentifiedImageError, ValueError) as error:
        raise not_an_image(path.name, f"its JPEG data is damaged ({error})") from None
    if image.mode not in ("L", "RGB"):
        raise FileError(f"{path.name} is a {image.mode} JPEG; convert it to RGB first")
    icc = image.info.get("icc_profile")
    pixels = oriented(np.asarray(image), _orientation(image))
    return whole_picture(pixels, icc=icc if isinstance(icc, bytes) and icc else None)


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except (SyntaxError, ValueError, OSError):
        return 1
    return value if isinstance(value, int) else 1
