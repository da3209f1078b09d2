# SPDX-License-Identifier: Apache-2.0
"""A result in its source's place keeps all of the source: every depth, every alpha, any size, one step of undo."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.bytes_of import at_depth, row_of
from fakes.host import FakeHost, Sheet, State
from session_table import DRAG, Table

from protocol.images import Depth
from protocol.plugin.host import NewLayer, Pixels, Rect
from protocol.plugin.session.edit_session import EditSession

READ: Rect = (6, 6, 14, 10)
BEYOND: Rect = (-9, -7, 52, 40)
"""A source that reaches beyond the canvas of 32 × 24 on every side."""
SIDE = 10_000


def source(alpha: str, dtype: Depth) -> Pixels:
    """Many colors; alpha `soft` or `full`."""
    data = bytes(
        (x * 7 + y * 3 + c * 50) % 256 if c < 3 else 255 if alpha == "full" else (x * 5 + y) % 256
        for y in range(BEYOND[3])
        for x in range(BEYOND[2])
        for c in range(4)
    )
    return at_depth(Pixels(rect=BEYOND, data=data), dtype)


@pytest.mark.parametrize("placement", ["over", "instead"])
@pytest.mark.parametrize("alpha", ["soft", "full"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f2", "f4"])
def test_nothing_of_the_source_is_lost(
    tmp_path: Path, placement: str, alpha: str, dtype: Depth
) -> None:
    table = Table(tmp_path)
    before = source(alpha, dtype)
    table.host.paint("paper", before)
    job = table.running()
    table.net.done(job, placement=placement)
    table.session.apply()
    table.tick()
    assert table.session.stage == "applied", table.session.failure
    made = table.host.state.sheets[-1].pixels
    assert table.host.sheet("paper").visible == (placement == "over")
    assert table.host.sheet("paper").pixels == before
    if placement == "over":
        assert made.rect == READ
    else:
        assert (made.rect, made.dtype) == (BEYOND, dtype)
        size = 4 * struct.calcsize({"u1": "B", "u2": "H", "f2": "e", "f4": "f"}[dtype])
        for y in range(BEYOND[1], BEYOND[1] + BEYOND[3]):
            new, old = row_of(made, BEYOND, y), row_of(before, BEYOND, y)
            inside = slice((6 + 9) * size, (6 + 9 + 14) * size)
            if 6 <= y < 16:
                assert new[inside] == bytes(255 - value for value in old[inside])
                new = new[: inside.start] + old[inside] + new[inside.stop :]
            assert new == old
    table.host.undo()
    assert [sheet.visible for sheet in table.host.state.sheets] == [True]


class Large(FakeHost):
    """Notes what it is asked to write instead of filling gigabytes."""

    asked: Sequence[NewLayer] = ()

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        self.asked = layers
        return [""]


def test_a_copy_of_a_large_layer_is_the_hosts_work(tmp_path: Path) -> None:
    """100 megapixels: what is read and given is the edit and the results below it, never the layer."""
    nothing = memoryview(mmap.mmap(-1, SIDE * SIDE * 4))  # pages that nobody touches take no memory
    paper = Sheet(key="paper", name="Paper", pixels=Pixels(rect=(0, 0, SIDE, SIDE), data=nothing))
    soft = Pixels(rect=(4000, 4000, 300, 200), data=bytes((9, 90, 200, 77)) * 60_000)
    older = Sheet(key="older", name="Older", pixels=soft)
    host = Large(SIDE, SIDE, State(sheets=(paper, older), active="older"))
    table = Table(tmp_path)
    session = EditSession(host, table.engine)
    drag: dict[str, Any] = {**DRAG, "drags": [[[4100, 4100], [4150, 4120]]]}
    session.choose("drag", drag, source="older", under=("paper",))
    session.run()
    for _ in range(6):
        session.tick(budget=1.0)
    table.net.done(table.net.last("edit"), placement="instead")
    session.apply()
    for _ in range(6):
        session.tick(budget=5.0)
    (asked,) = host.asked
    assert (asked.copy_of, asked.made_of) == ("paper", ("paper", "older"))
    assert [one.rect for one in asked.patches] == [soft.rect]
    assert asked.pixels.rect == (4096, 4096, 58, 28)
    assert set(asked.hides) == {"paper"}
    assert asked.above == "older"
    assert max(width * height for _, _, width, height in host.reads) == 300 * 200


def test_a_copy_keeps_opacity_and_mode_of_its_layer(tmp_path: Path) -> None:
    table = Table(tmp_path)
    sheets = (replace(table.host.sheet("paper"), opacity=0.5, mode="multiply"),)
    table.host.do("Mode", replace(table.host.state, sheets=sheets))
    table.net.done(table.running(), placement="instead")
    table.session.apply()
    table.tick()
    made = table.host.state.sheets[-1]
    assert (made.opacity, made.mode, made.visible) == (0.5, "multiply", True)
