# SPDX-License-Identifier: Apache-2.0
"""The panel's own tests (tests/panel) with the very Qt that Krita uses, in a process of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import needs
import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.host_krita
ASK = "import sys, PyQt5; print(*sys.version_info[:2], PyQt5.__path__[0])"


def kritas_qt() -> Path:
    """The folder of the system's PyQt5; the test fails where this Python cannot use it."""
    needs.demand({"python:PyQt5": "python3-pyqt5"})
    asked = subprocess.run(
        [needs.SYSTEM_PYTHON, "-c", ASK], capture_output=True, text=True, check=True
    )
    major, minor, folder = asked.stdout.split(maxsplit=2)
    if (int(major), int(minor)) != sys.version_info[:2]:
        pytest.fail(
            f"the system's PyQt5 is for Python {major}.{minor}, this is {sys.version.split()[0]}. "
            f"Make .venv with that one: make test-hosts VENV=… PYTHON={needs.SYSTEM_PYTHON}",
            pytrace=False,
        )
    return Path(folder.strip())


def test_the_panels_tests_with_kritas_qt(tmp_path: Path) -> None:
    (tmp_path / "PyQt5").symlink_to(kritas_qt())
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/panel"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "QT_QPA_PLATFORM": "offscreen",
             "PULLBRUSH_QT": "5", "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=560,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed, done.stdout[-2000:]
    assert int(passed[1]) >= 75
    assert "skipped" not in done.stdout
