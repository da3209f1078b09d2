# SPDX-License-Identifier: Apache-2.0
"""Where a command writes: looked at before it begins, so that nothing is lost and no work is in vain."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import typer

from .problem import Problem

ROOM = 1 << 20
"""Bytes that a disk must have left: less is as good as nothing."""


def check_outputs(
    places: Iterable[Path], *, overwrite: bool, elsewhere: str = "Name another file"
) -> bool:
    """See that files can be written, and that none is there that should not be replaced; whether any may be.

    On a terminal it is asked; else `overwrite` has to say so. `elsewhere` is what else can be done. Raises Problem.
    """
    places = list(places)
    for place in places:
        check_folder(place)
        check_no_folder(place)
    there = [place for place in places if os.path.lexists(place)]
    if not there or overwrite:
        return overwrite
    names = ", ".join(map(str, there))
    verb, them = ("is", "it") if len(there) == 1 else ("are", "them")
    if not is_terminal():
        raise Problem(
            f"{names} {verb} there already. {elsewhere}, or replace {them} with --overwrite.",
            name="output.exists",
        )
    if not typer.confirm(f"{names} {verb} there already. Replace?", err=True):
        raise Problem(f"{names} {verb} kept as before; nothing was done.", name="output.exists")
    return True


def check_no_folder(place: Path) -> None:
    """See that no folder is named where a file should be. Raises Problem."""
    if place.is_dir():
        raise Problem(f"{place} is a folder; name a file in it.", name="output.folder")


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    try:
        return sys.stdin.isatty() and sys.stderr.isatty()
    except (AttributeError, ValueError):  # none, or closed
        return False


def check_folder(place: Path) -> None:
    """See that a file can be made beside `place`, and that there is room. Raises Problem."""
    folder = place.parent
    if not folder.is_dir():
        raise Problem(f"There is no folder {folder}; make it first.", name="output.no_folder")
    if not place.name or place.name in (".", ".."):
        raise Problem(f"{place} is no name of a file.", name="output.folder")
    try:
        if len(os.fsencode(place.name)) > 200:  # a draft beside it has a longer name
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        with tempfile.NamedTemporaryFile(prefix=".pullbrush-", dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as problem:
        why = problem.strerror or str(problem)
        raise Problem(
            f"Nothing can be written as {place}: {why}. Name another place.",
            name="output.unwritable",
        ) from None
    if free < ROOM:
        raise Problem(
            f"The disk of {folder} is full. Make room, or name another place.", name="output.full"
        )


def free_name(place: Path) -> Path:
    """`place`, or a name beside it that is not taken: what was worked for is never lost, nor anything for it."""
    number, found = 1, place
    while os.path.lexists(found):
        number += 1
        found = place.with_name(f"{place.stem}-{number}{place.suffix}")
    return found
