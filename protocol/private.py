# SPDX-License-Identifier: Apache-2.0
"""Folders and files that only their owner can enter: made here, or left alone.

Nothing that was found is changed: no mode, no name, no content. What is there already and was not made here is refused
with a sentence. A disk that does not keep who may read a file cannot hold a secret, which is found out when writing.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

from .errors import ProtocolError
from .places import VARIABLE

MARK = ".made-by-pullbrush"
"""An empty file in every folder of the engine's own: without it a folder is somebody else's."""


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner can enter, or take one that was made here before.

    Raises ProtocolError `session.unsafe` for any other, and where folders cannot be private; OSError.
    """
    made = _make(folder)
    if sys.platform != "win32":
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise unsafe(f"{folder} is not a folder of yours. Remove it and try again.")
        if found.st_mode & 0o077:
            if made:
                folder.rmdir()
                raise no_modes(folder.parent)
            raise unsafe(f"{folder} is open to others. Remove it and try again.")
    if not made and not is_ours(folder) and any(folder.iterdir()):
        raise unsafe(
            f"{folder} was not made by Pullbrush, so nothing is put into it. "
            f"Rename it, or set {VARIABLE} to a file elsewhere."
        )
    (folder / MARK).touch(mode=0o600)
    return folder


def is_ours(folder: Path) -> bool:
    """Tell whether a folder was made by `private_folder`."""
    return (folder / MARK).is_file() and not folder.is_symlink()


def remove_folder(folder: Path, *files: str) -> None:
    """Remove these files and a folder made by `private_folder`, if nothing else is in it; never anything else."""
    if not is_ours(folder):
        return
    with contextlib.suppress(OSError):
        for name in files:
            (folder / name).unlink(missing_ok=True)
        if [path.name for path in folder.iterdir()] == [MARK]:
            (folder / MARK).unlink()
            folder.rmdir()


def file_folder(folder: Path) -> Path:
    """Make the folder in which a session file goes, private if it is new; one that is there stays as it is.

    Raises ProtocolError `session.unsafe` when others could replace files in it; OSError.
    """
    made = _make(folder)
    if sys.platform == "win32":
        return folder
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise unsafe(
            f"{folder} is not a folder of yours. Remove it and try again, "
            f"or set {VARIABLE} to a file in a folder of yours."
        )
    if made and found.st_mode & 0o077:
        folder.rmdir()
        raise no_modes(folder.parent)
    if found.st_mode & 0o022:
        raise unsafe(
            f"Others may write into {folder}. Take that from them (chmod go-w), or, where the disk does not "
            f"keep such rights, set {VARIABLE} to a file on another disk."
        )
    return folder


def _make(folder: Path) -> bool:
    """Make a folder for its owner only; tells whether it was not there before."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return False
    return True


def create(place: Path) -> int:
    """Create a file that only its owner can read and return its descriptor, for writing.

    Raises ProtocolError `session.unsafe` where files cannot be private: nothing stays there then; OSError.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(place, flags, 0o600)
    if sys.platform != "win32" and os.fstat(file).st_mode & 0o077:
        os.close(file)
        place.unlink()
        raise no_modes(place.parent)
    return file


def no_modes(folder: Path) -> ProtocolError:
    """Return what to say where the disk does not keep who may read a file."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    place = f"{runtime}/pullbrush" if runtime else f"/tmp/pullbrush-{os.getuid()}"  # noqa: S108 - only said
    return unsafe(
        f"The disk of {folder} does not keep who may read a file, as USB sticks, network drives and Windows "
        f"disks do, so the engine's secret would be open to others there. Set {VARIABLE} to a file on another "
        f"disk, such as {place}/engine.json, for the engine and for the paint program."
    )


def unsafe(sentence: str) -> ProtocolError:
    """Return the error of a place that is not safe."""
    return ProtocolError("session.unsafe", sentence)
