# SPDX-License-Identifier: Apache-2.0
"""Blend modes and groups of OpenRaster against the picture that the real Krita merges of the same layers."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import krita_rig
import numpy as np
import pytest

from server.engine.api import Picture
from server.files import OraLayer, compose, read_document, write_ora
from server.files.blend_modes import MODES

pytestmark = pytest.mark.host_krita
SIZE = (64, 48)
STEP = 2
"""Levels that eight bits rounded after each layer may be off ours, which are rounded once."""
OF_COLORS = ("hue", "saturation", "color", "luminosity")
"""Krita's integers lose one level more in them."""


@pytest.fixture(scope="module")
def rig(screen: str) -> Iterator[krita_rig.Rig]:
    with krita_rig.rig(screen) as one:
        yield one


def picture(pixels: np.ndarray) -> Picture:
    return Picture(pixels=pixels, rect=(0, 0, *SIZE), document=SIZE)


def ramps() -> tuple[Picture, Picture]:
    """Every color against every other: an opaque picture, and one above with a soft edge and a hole."""
    width, height = SIZE
    y, x = np.mgrid[:height, :width]
    below = np.dstack((x * 4, y * 5, 255 - x * 4, np.full_like(x, 255)))
    above = np.dstack((y * 5, 255 - x * 4, (x * 7 + y * 11) % 256, np.full_like(x, 255)))
    above[:, :16, 3] = np.arange(16) * 16
    above[:8] = 0
    return picture(below.astype(np.uint8)), picture(above.astype(np.uint8))


def in_a_group(path: Path, group: str) -> None:
    """Put the upper layer of a file into a group, with another one over it."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["stack.xml"].decode()
    start, end = text.index("<layer"), text.index("/>") + 2
    layer = text[start:end]
    twin = layer.replace("svg:multiply", "svg:src-over").replace('x="0"', 'x="20"')
    members["stack.xml"] = (text[:start] + group + twin + layer + "</stack>" + text[end:]).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def difference(path: Path) -> float:
    """Levels between what Krita merged and what is computed of the layers that it wrote, as they are seen."""
    document = read_document(path)
    ours = compose(document.nodes, document.size, like=document.layers[-1].load()).pixels
    with zipfile.ZipFile(path) as archive:
        theirs = imagecodecs.png_decode(archive.read("mergedimage.png"))
    one, other = (seen(pixels) for pixels in (ours, theirs))
    if path.stem == "plus":
        # Krita adds colors only, and then lays them over; W3C's operator adds color and alpha:
        # they differ where a soft edge is added beyond white
        _, above = ramps()
        one, other = one[above.pixels[..., 3] == 255], other[above.pixels[..., 3] == 255]
    return float(np.abs(one - other).max())


def seen(pixels: np.ndarray) -> np.ndarray:
    """Colors weighted by their alpha, and the alpha."""
    values = pixels.astype(float)
    if values.shape[2] == 3:
        return np.dstack((values, np.full(values.shape[:2], 255.0)))
    return np.dstack((values[..., :3] * values[..., 3:] / 255, values[..., 3]))


GROUPS = {
    "group-half": '<stack name="g" opacity="0.5" isolation="isolate">',
    "group-isolated": '<stack name="g" isolation="isolate">',
    "group-through": '<stack name="g" isolation="auto">',
    "group-screen": '<stack name="g" isolation="isolate" composite-op="svg:screen">',
}


def test_pictures_are_merged_as_krita_merges_them(rig: krita_rig.Rig, tmp_path: Path) -> None:
    given, exported = tmp_path / "given", tmp_path / "exported"
    given.mkdir(), exported.mkdir()
    below, above = ramps()
    for mode in sorted(MODES):
        layers = [OraLayer(name="a", picture=above, mode=mode), OraLayer(name="b", picture=below)]
        write_ora(given / f"{mode[4:]}.ora", size=SIZE, layers=layers, merged=below)
    for name, group in GROUPS.items():
        layers = [
            OraLayer(name="a", picture=above, mode="svg:multiply"),
            OraLayer(name="b", picture=below),
        ]
        write_ora(given / f"{name}.ora", size=SIZE, layers=layers, merged=below)
        in_a_group(given / f"{name}.ora", group)
    facts = rig.run("blending", timeout=400, folder=str(given), out=str(exported)).check()
    assert len(facts["exported"]) == len(MODES) + len(GROUPS)
    off = {name: difference(exported / f"{name}.ora") for name in facts["exported"]}
    allowed = {name: STEP + (name in OF_COLORS) for name in off}
    assert {name: levels for name, levels in off.items() if levels > allowed[name]} == {}
