# SPDX-License-Identifier: Apache-2.0
"""Where GIMPs of this user look for plug-ins: packages, Flatpak, Snap, Windows, macOS; version 3.0 and later."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from protocol.plugin.launch import FILE

from .sandbox import Sandbox, flatpak, snap


@dataclass(frozen=True, kw_only=True)
class GimpPlace:
    """One GIMP: its folder of settings, and its sandbox if it is in one."""

    what: str
    settings: Path
    sandbox: Sandbox | None = None

    @property
    def plug_ins(self) -> Path:
        """Where it looks for plug-ins."""
        return self.settings / "plug-ins"

    @property
    def start_file(self) -> Path:
        """Where it is written how the engine starts: not beside the plug-ins, of which GIMP asks every file."""
        return self.settings / FILE


def gimp_places(home: Path | None = None, env: Mapping[str, str] = os.environ) -> list[GimpPlace]:
    """The GIMPs that were started at least once, so that their folder is there."""
    home = home or Path.home()
    found = [
        GimpPlace(what=f"{what} {folder.name}", settings=folder, sandbox=sandbox)
        for what, parent, sandbox in _parents(home, env, sys.platform)
        for folder in sorted(parent.glob("3.*"))
        if folder.is_dir()
    ]
    named = env.get("GIMP3_DIRECTORY")  # GIMP itself looks there, wherever it is
    if named and Path(named).is_dir():
        found.insert(0, GimpPlace(what="GIMP (GIMP3_DIRECTORY)", settings=Path(named)))
    return found


def named(folder: Path) -> GimpPlace:
    """A GIMP whose folder was named: that of its settings, or its `plug-ins` itself."""
    settings = folder.parent if folder.name == "plug-ins" else folder
    return GimpPlace(what="the folder you named", settings=settings)


def _parents(
    home: Path, env: Mapping[str, str], system: str
) -> list[tuple[str, Path, Sandbox | None]]:
    if system == "win32":
        roaming = Path(env.get("APPDATA") or home / "AppData/Roaming")
        return [("GIMP", roaming / "GIMP", None)]
    if system == "darwin":
        return [("GIMP", home / "Library/Application Support/GIMP", None)]
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    return [
        ("GIMP", config / "GIMP", None),
        (
            "GIMP (Flatpak)",
            home / ".var/app/org.gimp.GIMP/config/GIMP",
            flatpak(home, "org.gimp.GIMP"),
        ),
        ("GIMP (Snap)", home / "snap/gimp/current/.config/GIMP", snap(home, "gimp")),
    ]
