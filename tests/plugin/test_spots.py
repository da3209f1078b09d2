# SPDX-License-Identifier: Apache-2.0
"""Marks in a preview, for paint programs whose canvas nothing can be drawn over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.connection import Asked, ScriptedConnection
from fakes.noted import NotedHost

from protocol.images import Image
from protocol.messages import JobPreview
from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.drags import DragList
from protocol.plugin.engine import Engine
from protocol.plugin.host import Pixels, Rect, draws_handles
from protocol.plugin.marks import EDGE, HANDLE, PIN, TARGET
from protocol.plugin.spots import Spot, spots_of, with_spots

BLUE, ORANGE, GREEN, WHITE = (
    tuple(bytes.fromhex(color[1:])) for color in (HANDLE, TARGET, PIN, EDGE)
)
GRAY = bytes((90, 90, 90, 255))


def picture(width: int = 64, height: int = 64, pixel: bytes = GRAY) -> Pixels:
    return Pixels(rect=(100, 50, width, height), data=pixel * (width * height))


def at(pixels: Pixels, x: int, y: int) -> tuple[int, ...]:
    start = 4 * (y * pixels.rect[2] + x)
    return tuple(pixels.data[start : start + 4])


def changed(pixels: Pixels, pixel: bytes = GRAY) -> list[tuple[int, int]]:
    width, height = pixels.rect[2:]
    return [(x, y) for y in range(height) for x in range(width) if at(pixels, x, y) != tuple(pixel)]


def drawn(spot: Spot, rect: Rect = (100, 50, 64, 64), pixels: Pixels | None = None) -> Pixels:
    return with_spots(pixels or picture(), rect, [spot])


def test_a_ring_leaves_what_is_pulled_to_be_seen() -> None:
    found = drawn(Spot(sort="handle", at=(130.5, 80.5)))
    assert at(found, 30, 30) == tuple(GRAY)
    assert at(found, 34, 30)[:3] == at(found, 30, 26)[:3] == BLUE
    assert at(found, 36, 30)[0] > 90, "no light edge"
    box = changed(found)
    assert {x for x, _ in box} == {y for _, y in box} == set(range(24, 37))


def test_a_cross_is_told_from_a_ring_by_its_shape() -> None:
    found = drawn(Spot(sort="target", at=(130.5, 80.5)))
    for x, y in ((30, 30), (32, 32), (28, 32), (32, 28), (28, 28)):
        assert at(found, x, y)[:3] == ORANGE
    assert at(found, 34, 30) == tuple(GRAY)


def test_a_smaller_preview_has_them_where_they_belong() -> None:
    found = drawn(Spot(sort="handle", at=(228.0, 178.0)), rect=(100, 50, 256, 256))
    places = changed(found)
    assert sum(x for x, _ in places) / len(places) == pytest.approx(31.5)
    assert sum(y for _, y in places) / len(places) == pytest.approx(31.5)


def test_a_larger_preview_has_larger_ones() -> None:
    small = changed(
        drawn(Spot(sort="handle", at=(164.0, 114.0)), (100, 50, 128, 128), picture(128, 128))
    )
    large = changed(
        drawn(Spot(sort="handle", at=(164.0, 114.0)), (100, 50, 128, 128), picture(512, 512))
    )
    across = [max(x for x, _ in places) - min(x for x, _ in places) for places in (small, large)]
    assert across[1] == pytest.approx(2 * across[0], abs=2)


@pytest.mark.parametrize("place", [(100.0, 50.0), (164.0, 114.0), (98.0, 80.0), (-900.0, 80.0)])
def test_what_lies_outside_is_cut_off(place: tuple[float, float]) -> None:
    found = drawn(Spot(sort="handle", at=place))
    assert len(found.data) == 64 * 64 * 4
    assert bool(changed(found)) == (place[0] > 0)
    if place == (100.0, 50.0):
        assert max(max(one) for one in changed(found)) < 7


def test_where_the_preview_is_transparent_the_mark_is_not() -> None:
    nothing = bytes(4)
    found = drawn(Spot(sort="pin", at=(130.5, 80.5)), pixels=picture(pixel=nothing))
    assert at(found, 34, 30)[:3] == GREEN
    assert at(found, 34, 30)[3] == 255
    assert at(found, 30, 30) == (0, 0, 0, 0)


def test_the_picture_that_came_is_as_it_was() -> None:
    one = picture()
    found = with_spots(one, one.rect, [Spot(sort="handle", at=(130.0, 80.0))])
    assert found is not one
    assert not changed(one)
    assert found.rect == one.rect
    assert with_spots(one, one.rect, []) is one


def test_pulled_points_their_targets_and_pins() -> None:
    model = Engine(ScriptedConnection()).edits["drag-gan"]
    ways = [[[1.0, 2.0], [5.0, 6.0], [9.0, 9.0]], [[3.0, 3.0]]]
    found = spots_of(model, {"drags": ways}, ((4.0, 4.0), (3.0, 3.5)))
    assert [(spot.sort, spot.at) for spot in found] == [
        ("target", (9.0, 9.0)),
        ("handle", (4.0, 4.0)),
        ("pin", (3.0, 3.5)),
    ]
    assert [one.sort for one in spots_of(model, {"drags": ways}, ((4.0, 4.0),))] == ["handle"]
    assert spots_of(model, {"drags": ways}, ()) == ()
    assert spots_of(None, {}, ()) == ()


class OverlaidHost(NotedHost):
    draws_handles = True


@pytest.mark.parametrize("kind", [NotedHost, OverlaidHost])
def test_only_a_program_without_an_overlay_gets_them_and_no_result_does(
    kind: type[NotedHost], tmp_path: Path
) -> None:
    host, net = kind.opened(64, 64), ScriptedConnection()
    assert draws_handles(host) == (kind is OverlaidHost)
    shown: list[bytes] = []
    host.show = lambda rgba, _rect: shown.append(b"" if rgba is None else bytes(rgba.data))
    desk = DocumentController(host, Engine(net), notes=host, kind="drag-gan")
    desk.auto_run = False
    desk.set_drags(DragList().add((20.0, 30.0), (40.0, 30.0)))
    desk.run()
    for _ in range(6):
        desk.tick()
    job = net.last("edit")
    preview = _preview(job, net)
    net.inbox.append(preview)
    desk.tick()
    plain = bytes(preview.frames[0])
    assert (shown[-1] == plain) == (kind is OverlaidHost)
    net.done(job)
    for _ in range(3):
        desk.tick()
    assert desk.session.outcome is not None
    assert shown[-1] == bytes(desk.session.outcome.layers[0].pixels.data)


def _preview(job: Asked, net: ScriptedConnection) -> JobPreview:
    image: Image = replace(job.image("source"), name="preview", blob=None)
    handles = ((25.0, 30.0),)
    return JobPreview(
        job=job.id, seq=2, image=image, step=1, frames=(net.source(job),), handles=handles
    )
