# SPDX-License-Identifier: Apache-2.0
"""The parts of the Krita plug-in that need neither Krita nor Qt."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from fakes.carried import carry

carry()

from pullbrush.covering import Covering  # noqa: E402
from pullbrush.guard import guarded, problems  # noqa: E402
from pullbrush.icc import profile_in_png  # noqa: E402
from pullbrush.reading import in_bites  # noqa: E402


def test_what_a_result_hides_follows_undo_and_redo() -> None:
    covering, there = Covering(), {"source", "result"}
    covering.add("result", "source")
    assert covering.changes(there.__contains__) == []
    there.remove("result")
    assert covering.changes(there.__contains__) == [("source", True)]
    assert covering.changes(there.__contains__) == []
    there.add("result")
    assert covering.changes(there.__contains__) == [("source", False)]


def test_a_source_that_is_gone_is_left_alone() -> None:
    covering = Covering()
    covering.add("result", "source")
    assert covering.changes(lambda key: False) == []


@pytest.mark.parametrize("bite", [1, 40, 41, 100, 1 << 20])
def test_bites_make_the_whole(bite: int) -> None:
    width, height, taken = 10, 7, []

    def take(x: int, y: int, columns: int, rows: int) -> bytes:
        taken.append((x, y, columns, rows))
        return bytes(
            (x + i + 3 * (y + j)) % 251 for j in range(rows) for i in range(columns) for _ in "rgba"
        )

    reading = in_bites(take, (2, 5, width, height), 4, bite)
    breaths = 0
    try:
        while True:
            next(reading)
            breaths += 1
    except StopIteration as done:
        data = bytes(done.value)
    assert data == take(2, 5, width, height)
    assert sum(rows for _, _, _, rows in taken[:-1]) == height
    assert breaths == (0 if bite >= 280 else len(taken) - 1)


def test_a_profile_is_found_in_a_png(tmp_path: Path) -> None:
    profile = b"acsp" * 100

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + b"crc!"

    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13))
    place = tmp_path / "a.png"
    place.write_bytes(png + chunk(b"iCCP", b"name\0\0" + zlib.compress(profile)))
    assert profile_in_png(place) == profile
    place.write_bytes(png + chunk(b"IDAT", b""))
    assert profile_in_png(place) is None
    place.write_bytes(b"no picture")
    assert profile_in_png(place) is None
    assert profile_in_png(tmp_path / "none.png") is None


def test_a_slot_keeps_what_goes_wrong_for_itself() -> None:
    @guarded
    def slot() -> None:
        raise ValueError("told to nobody but the diagnostics")

    problems.clear()
    slot()
    assert "told to nobody" in problems[-1]
