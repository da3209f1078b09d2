# SPDX-License-Identifier: Apache-2.0
"""The command line as a person uses it: real processes, a real engine, files on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Run, command, end_engine
from PIL import Image

from protocol import session


@pytest.fixture(scope="session")
def pullbrush() -> Iterator[Run]:
    """The command; the engine that the first edit starts is stopped at the end."""
    yield command
    end_engine(session.session_path())


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """The demo's picture as 8-bit RGB PNG, with the sun as mask.png beside it."""
    from server.lab.example import scene as world
    from server.lab.scenes import render

    drawn = render(world())
    Image.fromarray(drawn.rgb).save(tmp_path / "lake.png")
    mask = np.where(drawn.masks["sun"] > 0, 255, 0).astype(np.uint8)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path / "lake.png"
