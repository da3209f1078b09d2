# SPDX-License-Identifier: Apache-2.0
"""Between raw bytes with a description (the wire) and pictures (the engine).

The engine always sees straight alpha, RGB order and native numbers, whatever the host keeps its pixels in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from protocol.images import Depth, Image, Order
from server.engine.api import Picture, Pixels, Rect, Size

_DTYPES = {"u1": "<u1", "u2": "<u2", "f2": "<f2", "f4": "<f4"}
_NAMES: dict[str, Depth] = {"uint8": "u1", "uint16": "u2", "float16": "f2", "float32": "f4"}
_ORDERS: dict[int, Order] = {1: "gray", 2: "gray", 3: "rgb", 4: "rgba"}


def read(image: Image, data: memoryview, document: Size, icc: bytes | None) -> Picture:
    """One picture from its bytes. Raises ValueError when their number does not fit the description."""
    if len(data) != image.nbytes:
        raise ValueError(f"{image.name}: {len(data)} bytes for a picture of {image.nbytes}")
    pixels: Pixels = np.frombuffer(data, dtype=_DTYPES[image.dtype]).reshape(image.shape)
    if image.order == "bgra":
        pixels = pixels[:, :, [2, 1, 0, 3]]
    if pixels.shape[2] in (2, 4) and image.alpha == "none":
        pixels = pixels[:, :, :-1]
    elif image.alpha == "premul":
        pixels = straight(pixels)
    return Picture(
        pixels=np.ascontiguousarray(pixels),
        rect=image.rect,
        document=document,
        icc=icc,
        linear=image.space == "linear-srgb",
    )


def read_all(header: Mapping[str, Any], frames: Sequence[memoryview]) -> dict[str, Picture]:
    """All pictures of a task by role. Entries name the frames of their pixels and profile (-1: none)."""
    document = (int(header["document"][0]), int(header["document"][1]))
    pictures: dict[str, Picture] = {}
    for entry in _entries(header):
        image = Image.from_plain(entry["image"])
        icc = bytes(frames[int(entry["icc"])]) if entry["icc"] >= 0 else None
        pictures[image.name] = read(image, frames[int(entry["pixels"])], document, icc)
    return pictures


def _entries(header: Mapping[str, Any]) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", header["images"])


def profiles(header: Mapping[str, Any], frames: Sequence[memoryview]) -> dict[bytes, str]:
    """Profiles that came with a task, each with the space a description names it by."""
    return {
        bytes(frames[int(entry["icc"])]): str(entry["image"]["space"])
        for entry in _entries(header)
        if entry["icc"] >= 0
    }


def describe(
    picture: Picture, name: str, spaces: Mapping[bytes, str] | None = None
) -> dict[str, object]:
    """The description of a picture that goes to a client, as plain values.

    Raises ValueError for a profile that did not come with the task: a client could not resolve it.
    """
    space = "linear-srgb" if picture.linear else "srgb"
    if picture.icc is not None:
        if spaces is None or picture.icc not in spaces:
            raise ValueError(f"{name}: a result must keep a profile that was sent along")
        space = spaces[picture.icc]
    return describe_pixels(picture.pixels, picture.rect, name, space)


def describe_pixels(pixels: Pixels, rect: Rect, name: str, space: str) -> dict[str, object]:
    """The description of an array (h, w, 1..4) that shows a rectangle of the document, at any scale."""
    height, width, channels = pixels.shape
    image = Image(
        name=name,
        shape=(height, width, channels),
        dtype=_NAMES[pixels.dtype.name],
        order=_ORDERS[channels],
        rect=rect,
        alpha="straight" if channels in (2, 4) else "none",
        space=space,
    )
    return image.to_plain()


def raw(pixels: Pixels) -> memoryview:
    """Pixels as little-endian bytes in one piece."""
    little = np.ascontiguousarray(pixels, dtype=_DTYPES[_NAMES[pixels.dtype.name]])
    return memoryview(little.reshape(-1).view(np.uint8).data)


def straight(pixels: Pixels) -> Pixels:
    """Divide premultiplied colors by their alpha (last channel); fully transparent ones stay as they are."""
    top = full(pixels)
    values = pixels.astype(np.float64)
    alpha = values[:, :, -1:]
    seen = alpha > 0
    values[:, :, :-1] = np.where(
        seen, values[:, :, :-1] * top / np.where(seen, alpha, 1), values[:, :, :-1]
    )
    if pixels.dtype.kind != "f":
        values = np.clip(np.rint(values), 0, top)
    return values.astype(pixels.dtype)


def full(pixels: Pixels) -> float:
    """The number that means full."""
    return float({"u1": 255, "u2": 65535}.get(_NAMES[pixels.dtype.name], 1))
