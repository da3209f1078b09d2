# SPDX-License-Identifier: Apache-2.0
"""Photoshop documents by their merged picture, which Pillow decodes; what it leaves out is here.

Adobe Photoshop File Formats Specification, “Image Resources” and “Layer and Mask Information”.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.files import exif
from server.files.errors import FileError, damaged
from server.files.metadata import Metadata
from server.files.raw_profile import IPTC_RESOURCE, VERSION_RESOURCE, resources_of

RESOLUTION_RESOURCE, EXIF_RESOURCE, XMP_RESOURCE = 0x03ED, 0x0422, 0x0424


def check_psd(data: bytes, name: str) -> None:
    """Raise FileError for documents of which no merged picture can be read."""
    if len(data) < 30:
        raise damaged(name)
    version, bits = struct.unpack_from(">H", data, 4)[0], struct.unpack_from(">H", data, 22)[0]
    if version != 1 or bits not in (1, 8):
        what = "a large document (PSB)" if version == 2 else f"a PSD of {bits} bits"
        raise FileError(f"{name} is {what}; save it as TIFF, which is read in full depth")
    info = _resources(data).get(VERSION_RESOURCE, b"")
    if len(info) > 4 and not info[4]:
        raise FileError(
            f"{name} holds layers but no merged picture; save it with “Maximize compatibility”, "
            "or as TIFF or PNG"
        )


def psd_pixels(data: bytes, pixels: NDArray[Any]) -> NDArray[Any]:
    """Straight alpha: Photoshop mixes the merged picture with white; a channel that is no
    transparency but a kept selection is dropped."""
    if pixels.ndim != 3 or pixels.shape[2] != 4:
        return pixels
    if not _is_transparent(data):
        return pixels[..., :3]
    alpha = pixels[..., 3:].astype(np.float32) / 255
    white = 255 * (1 - alpha)
    color = np.divide(
        pixels[..., :3] - white,
        alpha,
        out=np.zeros(pixels[..., :3].shape, np.float32),
        where=alpha > 0,
    )
    straight = np.rint(np.clip(color, 0, 255)).astype(np.uint8)
    return np.concatenate((straight, pixels[..., 3:]), axis=-1)


def psd_metadata(data: bytes, found: Metadata) -> Metadata:
    """Resolution, EXIF, XMP and IPTC among a document's resources."""
    resources = _resources(data)
    size = resources.get(RESOLUTION_RESOURCE, b"")
    dpi = found.dpi
    if len(size) >= 16:
        x, y = (
            struct.unpack_from(">I", size, 0)[0] / 65536,
            struct.unpack_from(">I", size, 8)[0] / 65536,
        )
        dpi = (x, y) if x > 0 and y > 0 else dpi
    block = resources.get(EXIF_RESOURCE)
    return replace(
        found,
        dpi=dpi,
        exif=exif.cleaned(exif.with_orientation_1(block))
        if block and exif.is_exif(block)
        else None,
        xmp=resources.get(XMP_RESOURCE) or found.xmp,
        iptc=resources.get(IPTC_RESOURCE) or found.iptc,
    )


def _sections(data: bytes) -> tuple[int, int]:
    """Where the image resources and the layer information begin (at their lengths)."""
    resources = 30 + struct.unpack_from(">I", data, 26)[0]
    if resources + 4 > len(data):
        return resources, len(data)
    return resources, resources + 4 + struct.unpack_from(">I", data, resources)[0]


def _resources(data: bytes) -> dict[int, bytes]:
    start, end = _sections(data)
    return dict(resources_of(data[start + 4 : end]))


def layers_in(data: bytes) -> int:
    """How many layers it has beside the merged picture."""
    return abs(_layers(data))


def _is_transparent(data: bytes) -> bool:
    """Whether the fourth channel is the transparency: the number of layers is negative then."""
    return _layers(data) < 0


def _layers(data: bytes) -> int:
    _, start = _sections(data)
    if start + 10 > len(data) or not struct.unpack_from(">I", data, start)[0]:
        return 0
    return struct.unpack_from(">h", data, start + 8)[0]
