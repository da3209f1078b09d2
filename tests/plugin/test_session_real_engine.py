# SPDX-License-Identifier: Apache-2.0
"""The edit session against the product's own engine, as far as it needs no model: plans, warps, the method `warp`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from engine_process import Engine as EngineProcess
from fakes.host import FakeHost, open_host
from patience import PATIENCE_S

from protocol.client import Client
from protocol.plugin.binding import mask_of
from protocol.plugin.engine import Engine
from protocol.plugin.host import Pixels, Rect
from protocol.plugin.session.blocking import finish, wait_until
from protocol.plugin.session.edit_session import EditSession
from protocol.plugin.session.progress import SessionError
from protocol.source_hash import source_hash, widen

DRAG: dict[str, Any] = {"drags": [[[60, 50], [72, 44]], [[20, 70]]], "method": "warp", "seed": 3}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("real")
    process = EngineProcess(folder, "Inverter", "--engine", "", "--quick-engine", "")
    with Client("test", session=process.file) as connected:
        yield connected
    process.end()


@pytest.fixture
def host(request: pytest.FixtureRequest) -> FakeHost:
    return open_host(128, 96, key=request.node.name)


@pytest.fixture
def session(client: Client, host: FakeHost) -> Iterator[EditSession]:
    one = EditSession(host, Engine(client))
    yield one
    one.close()


def crop_of(host: FakeHost, rect: Rect) -> Pixels:
    (layer,) = host.read_layers(rect, ["paper"])
    assert layer is not None
    assert layer.pixels is not None
    return layer.pixels


def test_a_drag_changes_only_its_region_and_remembers_its_source(
    session: EditSession, host: FakeHost
) -> None:
    session.choose("drag", DRAG)
    outcome = finish(session, PATIENCE_S)
    session.apply()
    layer = host.state.sheets[-1]
    assert session.plan is not None
    x, y, width, height = layer.pixels.rect
    alpha = bytes(layer.pixels.data)[3::4]
    assert any(alpha)
    for i, value in enumerate(alpha):
        px, py = x + i % width, y + i // width
        assert not value or any(
            r[0] <= px < r[0] + r[2] and r[1] <= py < r[1] + r[3] for r in session.plan.region
        )
    source = outcome.recipe.source
    pixels = crop_of(host, source.crop)
    assert source.sha256 == source_hash(widen(bytes(pixels.data)), *source.crop[2:])
    assert outcome.recipe.engine
    assert height > 0


def test_the_same_recipe_gives_the_same_pixels(
    session: EditSession, client: Client, host: FakeHost
) -> None:
    host.select((40, 30, 50, 40), value=200)
    session.choose("drag", DRAG)
    first = finish(session, PATIENCE_S)
    recipe = first.recipe
    mask = mask_of(first.bundle)
    assert mask is not None
    host.select(None)
    other = EditSession(host, Engine(client))
    other.choose(
        recipe.edit, {**recipe.params, "seed": recipe.seed}, mask=mask, crop=recipe.source.crop
    )
    again = finish(other, PATIENCE_S)
    other.close()
    assert bytes(again.layers[0].pixels.data) == bytes(first.layers[0].pixels.data)
    assert again.layers[0].pixels.rect == first.layers[0].pixels.rect
    assert again.recipe.id == recipe.id


def test_the_preview_bends_before_anything_is_asked_of_a_model(
    session: EditSession, host: FakeHost
) -> None:
    session.choose("drag", DRAG)
    session.change({**DRAG, "drags": [[[60, 50], [74, 40]]]})
    wait_until(session, lambda: host.preview_is_shown, PATIENCE_S)
    assert len(host.state.sheets) == 1
    shown, rect = host.previews[-1]
    assert shown is not None
    assert any(bytes(shown.data)[3::4])
    assert rect[2] > 0


def test_a_move_takes_the_selected_object_along(session: EditSession, host: FakeHost) -> None:
    host.select((50, 40, 16, 12))
    session.choose("move", {"dx": 20, "dy": 8, "method": "warp"})
    finish(session, PATIENCE_S)
    session.apply()
    layer = host.state.sheets[-1].pixels
    x, y, width, _ = layer.rect
    at = ((54 - y) * width + 78 - x) * 4  # the object's center, 20 to the right and 8 down
    before = bytes(crop_of(host, (58, 46, 1, 1)).data)
    assert bytes(layer.data)[at : at + 4] == before


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("drag", {"drags": [[[900, 900], [950, 950]]]}, "picture"),
        ("move", {"dx": 5}, "Select the object first"),
        ("drag", {**DRAG, "model": "no-such-model"}, "no-such-model"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    session: EditSession, host: FakeHost, kind: str, params: dict[str, Any], words: str
) -> None:
    session.choose(kind, params)
    with pytest.raises(SessionError, match=words) as caught:
        finish(session, PATIENCE_S)
    assert caught.value.message.rstrip()[-1] in ".:!" or " " in caught.value.message
    assert len(host.state.sheets) == 1
