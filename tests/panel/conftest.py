# SPDX-License-Identifier: Apache-2.0
"""The Krita panel's widgets under whichever Qt there is, without a screen and without Krita."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HAVE_QT = find_spec("PyQt5") is not None or find_spec("PyQt6") is not None
if not HAVE_QT:
    collect_ignore_glob = ["test_*.py"]  # `make test-hosts` runs them with the Qt that Krita brings
else:
    from fakes import carried

    carried.carry()
    from desktop import Desktop
    from pullbrush import guard
    from pullbrush.protocol.plugin.session import state_machine
    from pullbrush.qt import QtWidgets

    state_machine.strict = True

    @pytest.fixture(autouse=True)
    def nothing_went_wrong() -> Iterator[None]:
        """Slots keep what goes wrong to themselves; no test may leave anything there."""
        guard.problems.clear()
        yield
        assert list(guard.problems) == []

    @pytest.fixture(scope="session")
    def app() -> QtWidgets.QApplication:
        """The one application of this process."""
        return QtWidgets.QApplication.instance() or QtWidgets.QApplication(["test"])

    @pytest.fixture
    def desktop(app: QtWidgets.QApplication, tmp_path: Path) -> Iterator[Desktop]:
        """A window's controller with a document of bytes, and an engine that does what the test says."""
        made = Desktop(app, tmp_path)
        yield made
        made.close()

    @pytest.fixture
    def window(desktop: Desktop) -> Iterator[Desktop]:
        """The canvas and the docker in one window, which has the keyboard."""
        main = QtWidgets.QWidget()
        beside = QtWidgets.QHBoxLayout(main)
        beside.addWidget(desktop.canvas, 1)
        beside.addWidget(desktop.frame)
        main.resize(1000, 900)
        main.show()
        main.activateWindow()
        desktop.canvas.setFocus()
        desktop.beat()
        assert QtWidgets.QApplication.focusWidget() is desktop.canvas
        yield desktop
        for part in (desktop.canvas, desktop.frame):
            part.setParent(None)
        main.close()
