# SPDX-License-Identifier: Apache-2.0
"""A desk against the product's own engine: the preview comes while an object or a handle is being pulled."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from engine_process import Engine as EngineProcess
from fakes.noted import NotedHost
from patience import PATIENCE_S

from protocol.client import Client
from protocol.plugin import shifting
from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.engine import Engine


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentController]:
    folder = tmp_path_factory.mktemp("desk")
    process = EngineProcess(folder, "Inverter", "--engine", "", "--quick-engine", "")
    host = NotedHost.opened(128, 96)
    with Client("test", session=process.file) as connected:
        one = DocumentController(host, Engine(connected), notes=host, kind="move")
        yield one
        one.close()
    process.end()


def until(desk: DocumentController, good: object) -> None:
    end = time.monotonic() + PATIENCE_S
    while not good():  # type: ignore[operator]
        assert time.monotonic() < end, (desk.session.stage, desk.session.warning, desk.error)
        desk.look()
        desk.tick()
        time.sleep(0.01)


def test_an_object_is_bent_into_place_while_it_is_pulled(desk: DocumentController) -> None:
    host = desk.host
    assert isinstance(host, NotedHost)
    host.select((40, 30, 30, 20))
    until(desk, lambda: desk.engine.ready and desk.source.selection is not None)
    desk.auto_run = False
    going = shifting.press(desk, (50, 40), box=(40, 30, 30, 20), radius=4)
    assert going is not None
    for x in (55, 60, 65, 70):
        going.move((x, 40))
        for _ in range(5):
            desk.tick()
    going.lift()
    until(desk, lambda: host.preview_is_shown)
    assert desk.panel.value("dx") == 20
    assert desk.session.warning == ""
