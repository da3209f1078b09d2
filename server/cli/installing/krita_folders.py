# SPDX-License-Identifier: Apache-2.0
"""Where Kritas of this user keep their resources and settings: packages, Flatpak, Snap, Windows, the store, macOS."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .sandbox import Sandbox, flatpak, snap


@dataclass(frozen=True, kw_only=True)
class Place:
    """One Krita: its resource folder and its settings file, and its sandbox if it is in one."""

    what: str
    resources: Path
    settings: Path
    sandbox: Sandbox | None = None


def places(home: Path | None = None, env: Mapping[str, str] = os.environ) -> list[Place]:
    """The Kritas whose resource folder is there."""
    home = home or Path.home()
    return [place for place in _known(home, env, sys.platform) if place.resources.is_dir()]


def portable(folder: Path) -> Place:
    """A Krita whose resource folder was named: portable ones keep the settings beside it, or nowhere we know."""
    near = [
        folder / "kritarc",
        folder.parent / "kritarc",
        folder.parent.parent / "config" / "kritarc",
    ]
    settings = next((one for one in near if one.exists()), folder / "kritarc")
    return Place(what="the folder you named", resources=folder, settings=settings)


def _known(home: Path, env: Mapping[str, str], system: str) -> list[Place]:
    if system == "win32":
        return _windows(home, env)
    if system == "darwin":
        library = home / "Library"
        return [
            Place(
                what="Krita",
                resources=library / "Application Support" / "krita",
                settings=library / "Preferences" / "kritarc",
            )
        ]
    data = Path(env.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    in_flatpak, in_snap = home / ".var/app/org.kde.krita", home / "snap/krita/current"
    return [
        Place(what="Krita", resources=data / "krita", settings=config / "kritarc"),
        Place(
            what="Krita (Flatpak)",
            resources=in_flatpak / "data/krita",
            settings=in_flatpak / "config/kritarc",
            sandbox=flatpak(home, "org.kde.krita"),
        ),
        Place(
            what="Krita (Snap)",
            resources=in_snap / ".local/share/krita",
            settings=in_snap / ".config/kritarc",
            sandbox=snap(home, "krita"),
        ),
    ]


def _windows(home: Path, env: Mapping[str, str]) -> list[Place]:
    roaming = Path(env.get("APPDATA") or home / "AppData/Roaming")
    local = Path(env.get("LOCALAPPDATA") or home / "AppData/Local")
    found = [Place(what="Krita", resources=roaming / "krita", settings=local / "kritarc")]
    for package in sorted(local.glob("Packages/49800Krita_*")):
        cache = package / "LocalCache"
        found.append(
            Place(
                what="Krita (Store)",
                resources=cache / "Roaming/krita",
                settings=cache / "Local/kritarc",
            )
        )
    return found
