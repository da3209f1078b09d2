# SPDX-License-Identifier: Apache-2.0
"""Paint programs in a sandbox, Flatpak or Snap: a folder in which they find the engine's address, and their network.

They cannot start the engine and do not see `~/.pullbrush` as it is: a Snap has another home and no hidden folders of
the real one. Each has a folder that both sides can use; ours in it is made by `install`, and `pullbrush serve` writes a
copy of the session file there. The engine itself is reached over loopback, for which the sandbox needs the network.
"""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from protocol import session
from protocol.errors import ProtocolError
from protocol.places import FILE, FOLDER, VARIABLE, session_path, shared_with
from protocol.private import private_folder, remove_folder
from server.cli.words import typed

Network = Literal["yes", "no", "unknown"]
SYSTEM = Path("/var/lib/flatpak")


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """One sandboxed program: `name` is a Flatpak's id or a Snap's name, `shared` the folder both sides can use."""

    kind: Literal["Flatpak", "Snap"]
    name: str
    shared: Path

    @property
    def folder(self) -> Path:
        """Our own folder in it."""
        return self.shared / FOLDER


def flatpak(home: Path, name: str) -> Sandbox:
    """A Flatpak of this user."""
    return Sandbox(kind="Flatpak", name=name, shared=home / ".var/app" / name)


def snap(home: Path, name: str) -> Sandbox:
    """A Snap of this user."""
    return Sandbox(kind="Snap", name=name, shared=home / "snap" / name / "common")


def describe(sandbox: Sandbox, *, system: Path = SYSTEM) -> list[str]:
    """What has to be known of a program in a sandbox, in lines: how it finds the engine, and what to run."""
    lines = [
        f"the engine's address goes into {sandbox.folder}, where this {sandbox.kind} can read it",
        f"it cannot start the engine: leave `{typed('serve')}` running in a terminal",
    ]
    if os.environ.get(VARIABLE):
        lines.append(
            f"{VARIABLE} is set here, so the engine writes its address there alone: unset it, "
            f"or set it for this program, too"
        )
    reach = network(sandbox, system=system)
    if reach != "yes" and sandbox.kind == "Flatpak":
        command = f"flatpak override --user --share=network {sandbox.name}"
        why = "it has no network, and so no way to the engine: allow it by"
        lines.append(f"{why if reach == 'no' else 'if its panel finds no engine:'} {command}")
    return lines


def grant(sandbox: Sandbox) -> None:
    """Make our folder in the sandbox's, with the address of the engine if one runs. Raises ProtocolError, OSError."""
    private_folder(sandbox.folder)
    place = session_path()
    if sandbox.folder / FILE not in shared_with(place):
        return
    try:
        running = session.read(place)
    except ProtocolError:
        return
    if not session.is_stale(running):
        session.write(running, sandbox.folder / FILE)


def revoke(sandbox: Sandbox) -> None:
    """Remove our folder from the sandbox's."""
    remove_folder(sandbox.folder, FILE)


def network(sandbox: Sandbox, *, system: Path = SYSTEM) -> Network:
    """Whether the sandbox lets its program use the network, as far as its own files say."""
    if sandbox.kind == "Snap":
        return "unknown"  # snapd connects it by itself wherever the program asks for it
    own = sandbox.shared.parents[2] / ".local/share/flatpak"
    found: Network = "unknown"
    for root in (system, own):
        shared = _shares(root / "app" / sandbox.name / "current/active/metadata")
        if shared is not None:
            found = "yes" if "network" in shared else "no"
    for root in (system, own):
        for name in ("global", sandbox.name):
            shared = _shares(root / "overrides" / name) or set[str]()
            found = "yes" if "network" in shared else "no" if "!network" in shared else found
    return found


def _shares(file: Path) -> set[str] | None:
    """What a Flatpak's file says it shares; None without a file."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return None
    return set(parser.get("Context", "shared", fallback="").split(";"))
