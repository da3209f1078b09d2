# SPDX-License-Identifier: Apache-2.0
"""Whether the real Krita's Python finds PyQt is what `install` and `doctor` say beforehand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.cli.installing.krita_python import examine

pytestmark = pytest.mark.host_krita


@pytest.mark.parametrize("active", [True, False], ids=["environment", "menu"])
def test_what_is_said_beforehand_is_what_krita_does(active: bool, tmp_path: Path) -> None:
    """Started from a terminal with this environment active, and as from the menu."""
    krita = shutil.which("kritarunner")
    assert krita is not None
    folders = ([str(Path(sys.executable).parent)] if active else []) + ["/usr/bin", "/bin"]
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env |= {"PATH": os.pathsep.join(folders), "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [krita, "-s", "no_such_script"],
        env=env,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "pykrita" in said.lower(), said[-2000:]
    assert ("No module named 'PyQt" in said) == (examine(env) == "hidden") == active
