# SPDX-License-Identifier: Apache-2.0
"""Engines for the tests of the processes: one that many tests share, and a maker of peculiar ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_process import Engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A well-behaved engine that all tests of a file share."""
    shared = Engine(tmp_path_factory.mktemp("engine"), FAKE_ENGINE_STEP_S="0.02")
    yield shared
    for gate in shared.gates.iterdir():
        gate.unlink()
    assert shared.end() == 0, shared.log[-3000:]


@pytest.fixture
def make_engine(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """Start engines that end with the test."""
    made: list[Engine] = []

    def make(engine: str = "Inverter", *options: str, **environment: str) -> Engine:
        folder = tmp_path / f"engine{len(made)}"
        folder.mkdir(mode=0o700)
        environment.setdefault("FAKE_ENGINE_STEP_S", "0.02")
        made.append(Engine(folder, engine, *options, **environment))
        return made[-1]

    yield make
    for one in made:
        one.end()
