# SPDX-License-Identifier: Apache-2.0
"""Whether Krita's own Python can load plug-ins: it needs PyQt, which a terminal's Python environment hides from it.

Krita looks for its Python on PATH. Where an environment is active that is the environment's, without PyQt: no plug-in
in Python loads then, and Krita shows none of them. Packages of Linux bring PyQt apart from Krita; Flatpak, Snap,
AppImage, Windows and macOS bring their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from protocol.plugin.launch import clean_environment

Finding = Literal["good", "hidden", "missing", "unknown"]
ASK = "import importlib; importlib.import_module('PyQt5.QtCore')"
ASK_LATER = "import importlib; importlib.import_module('PyQt6.QtCore')"
SENTENCES: Mapping[Finding, str] = {
    "good": "its Python finds PyQt",
    "hidden": "started from this terminal it shows no docker: the Python environment that is active here hides PyQt "
    "from it. Start Krita from the menu, or run `deactivate` first",
    "missing": "its Python finds no PyQt, so no plug-in in Python loads. Install it: sudo apt install python3-pyqt5 "
    "(Debian, Ubuntu), or the package of your system that is called like it",
    "unknown": "",
}


def examine(
    env: Mapping[str, str] | None = None, *, system: str = sys.platform, packages: str = "/usr/"
) -> Finding:
    """What a Krita of this system's packages, which lie in `packages`, would find if it were started from here.

    `unknown` where Krita brings its own Python, or there is no Krita.
    """
    env = os.environ if env is None else env
    path = env.get("PATH", "")
    krita = shutil.which("krita", path=path)
    if system != "linux" or krita is None or not str(Path(krita).resolve()).startswith(packages):
        return "unknown"
    here = shutil.which("python3", path=path)
    if here is not None and _finds(Path(here), env):
        return "good"
    outside = _without_environment(env, here, Path(krita).parent)
    there = shutil.which("python3", path=outside["PATH"])
    if there is None:
        return "unknown"
    return "hidden" if _finds(Path(there), outside) else "missing"


def _without_environment(
    env: Mapping[str, str], python: str | None, packages: Path
) -> dict[str, str]:
    """The same without the environment that is active, and without what is said to Python.

    `packages` is where Krita lies, and with it the system's own Python.
    """
    found = clean_environment(env)
    folders = [Path(one) for one in env.get("PATH", "").split(os.pathsep) if one]
    mine = {Path(sys.executable).parent, *([Path(python).parent] if python else [])} - {packages}
    kept = [str(one) for one in folders if one not in mine]
    found["PATH"] = os.pathsep.join((*kept, str(packages)))
    return found


def _finds(python: Path, env: Mapping[str, str]) -> bool:
    """Whether this Python can import what Krita's plug-ins are made of."""
    for asked in (ASK, ASK_LATER):
        try:
            done = subprocess.run(  # noqa: S603 - the python3 of PATH, as Krita takes it; fixed text
                [python, "-c", asked],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=30,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode == 0:
            return True
    return False
