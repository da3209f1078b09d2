# SPDX-License-Identifier: Apache-2.0
"""What the tests in paint programs need of this machine: a test that lacks it fails and says what to install.

These tests run only when asked for (`make test-hosts`), so that one that does not run is no success. As a program this
file prints the packages that `make host-tools` installs: `needs.py krita gimp` those of both programs' tests that are
not here, `needs.py debian13` those of GIMP's own Debian 13 (debian13.sh).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping

SYSTEM_PYTHON = "/usr/bin/python3"
"""The Python that Debian's paint programs carry."""
SCREEN = {"Xvfb": "xvfb"}
KRITA = {
    "krita": "krita",
    "python:PyQt5": "python3-pyqt5",
    "python:PyQt5.sip": "python3-pyqt5.sip",
    **SCREEN,
    "xdotool": "xdotool",
    "fc-list": "fontconfig",
    "font:ja": "fonts-wqy-microhei",
}
"""Program, module of the system's Python, or font for a language → Debian's package. Krita only recommends what lets
it run Python.
"""

GIMP = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "flock": "util-linux"}
"""With which GIMP's own Debian 13 is made and entered."""
GIMP_ROOT = (
    *("gimp", "fonts-dejavu-core", "xvfb", "xauth", "openbox", "xdotool"),
    *("python3-gi-cairo", "adwaita-icon-theme"),
)
"""What GIMP's Debian 13 is made of, whatever this machine has."""


def lacking(needed: Mapping[str, str]) -> list[str]:
    """Return the packages of what is not here, in the order they are named."""
    return [package for thing, package in needed.items() if not _there(thing)]


def demand(needed: Mapping[str, str]) -> None:
    """Fail the test that asks, naming what to install, unless all of it is here."""
    import pytest  # not for the program below

    if missing := lacking(needed):
        pytest.fail(
            f"this needs {', '.join(missing)}. On Debian and Ubuntu, as root: "
            f"apt-get install --no-install-recommends {' '.join(missing)}",
            pytrace=False,
        )


def _there(thing: str) -> bool:
    kind, _, name = thing.partition(":")
    if kind == "font":
        return bool(_fonts(name))
    if kind != "python":
        return shutil.which(thing) is not None
    asked = subprocess.run(
        [SYSTEM_PYTHON, "-c", f"import {name}"],
        env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False, timeout=60,
    ) if shutil.which(SYSTEM_PYTHON) else None  # fmt: skip
    return asked is not None and asked.returncode == 0


def _fonts(language: str) -> str:
    """Which fonts know the signs of a language, as fontconfig lists them."""
    if not (lister := shutil.which("fc-list")):
        return ""
    asked = subprocess.run(
        [lister, f":lang={language}", "family"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return asked.stdout.strip()


if __name__ == "__main__":
    lists = {"krita": lambda: lacking(KRITA), "gimp": lambda: lacking(GIMP)}
    lists["debian13"] = lambda: list(GIMP_ROOT)
    sys.stdout.write(
        " ".join(dict.fromkeys(word for one in sys.argv[1:] for word in lists[one]())) + "\n"
    )
