# SPDX-License-Identifier: Apache-2.0
"""A plug-in's files in a paint program's folder: put there and taken away, and nothing else with them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from protocol.places import as_text
from server.cli.problem import FAILED, Problem

from .plugin_files import BESIDE

LIST = "installed.txt"
"""Names every file that was put beside it, a line each: what an update or uninstall may remove."""


def put_plugin(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Write a plug-in's files into its own folder, in the place of an older one's.

    Returns what was found there and is not of ours: it stays. Raises Problem, OSError.
    """
    kept = remove_plugin(folder)
    for name, data in {**files, LIST: "\n".join(sorted(files)).encode()}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return kept


def remove_plugin(folder: Path) -> list[Path]:
    """Remove what was put there, and the folders that are empty then; returns what stays.

    Raises Problem for a link or a file in the folder's place, OSError.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise Problem(
            f"{folder} is no folder of Pullbrush's, but a link or a file: remove it yourself first.",
            code=FAILED,
            name="plugin.foreign",
        )
    if not folder.is_dir():
        return []
    listed = _listed(folder)
    kept: list[Path] = []
    for top, _, names in os.walk(folder, topdown=False, followlinks=False):
        for path in (Path(top) / name for name in names):
            if _is_ours(path.relative_to(folder), listed):
                path.unlink()
            else:
                kept.append(path)
        with suppress(OSError):  # something of somebody else's is in it
            Path(top).rmdir()
    return sorted(kept)


def say_kept(kept: list[Path]) -> None:
    """Name what was found beside ours and left."""
    for path in kept:
        print(f"  leaves {as_text(path)}, which Pullbrush did not put there")


def _listed(folder: Path) -> set[str] | None:
    """The names of what was put there; None for what came by a zip, which has no list."""
    try:
        return {LIST, *(folder / LIST).read_text(encoding="utf-8").splitlines()}
    except (OSError, ValueError):
        return None


def _is_ours(name: Path, listed: set[str] | None) -> bool:
    """Whether a file was put there, or made of one that was."""
    if name.suffix == ".pyc" and name.parent.name == "__pycache__":
        source = name.parent.parent / f"{name.name.partition('.')[0]}.py"
        return listed is None or source.as_posix() in listed
    if listed is None:
        return name.suffix in BESIDE or name.parts[0] == "LICENSES"
    return name.as_posix() in listed
