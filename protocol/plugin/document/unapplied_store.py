# SPDX-License-Identifier: Apache-2.0
"""Finished results that were not applied, kept on this machine until they are: closing a picture must not lose them.

One small file each, a history of one entry, in the recipe store. Its name says which picture it belongs to: the
document's size, and a digest of what was seen where the edit read it. So the picture is known again whatever its file
is called, as long as that keeps it without loss.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

from ...recipe_parts import is_id
from ...store import Store
from ..basis import picture
from ..bites import at_once
from ..history import Entry, History
from ..host import PIECE, Host, HostError, Pixels
from ..lineage import picture_on
from ..notes import Notes
from ..remember import entry_of
from ..session.outcome import Outcome

KEPT = 32
"""The newest so many are kept."""
DIGEST = 32
CLOSE_S = 2.0

Fitting = Generator[None, None, list[tuple[Entry, str]]]
"""Results of a document with the keys of the layers they were made of; yields where it may be interrupted."""


class UnappliedStore:
    """Those of this user, whichever program they were computed in; without a store nothing is kept."""

    def __init__(self, store: Store | None) -> None:
        self._folder = store.folder / "unapplied" if store is not None else None
        self._lock = threading.Lock()
        self._dropped: set[str] = set()
        self._writers: list[threading.Thread] = []

    def put(self, outcome: Outcome, thumbnail: bytes) -> None:
        """Keep a result, in a thread of its own: a paint program must not wait for digests and disks."""
        if self._folder is None or outcome.basis is None:
            return
        self._dropped.discard(outcome.recipe.id)
        self._writers = [one for one in self._writers if one.is_alive()]
        entry = entry_of(outcome, thumbnail)
        writer = threading.Thread(
            target=self._write, args=(self._folder, entry, outcome.basis.pixels), daemon=True
        )
        self._writers.append(writer)
        writer.start()

    def drop(self, recipe_id: str) -> None:
        """It was applied, or the artist does not want it."""
        with self._lock:
            self._dropped.add(recipe_id)
            for file in self._files():
                if file.stem.endswith(recipe_id):
                    with suppress(OSError):
                        file.unlink()

    def fitting(self, host: Host, notes: Notes) -> Fitting:
        """Find the results of a document, the oldest first."""
        extent = host.extent_and_profile()
        found: list[tuple[Entry, str]] = []
        for file in reversed(self._files()):
            size, digest, _ = file.stem.split("-")
            entry = _read(file) if size == f"{extent.width}x{extent.height}" else None
            yield
            if entry is None:
                continue
            source = entry.bundle.recipe.source
            for key in [key for key, name in notes.layers() if name == source.layer]:
                try:
                    keys = picture_on(notes, host, key)
                    seen = yield from picture(host, source.crop, keys)
                except HostError:
                    continue
                if (yield from _digest(seen)) == digest:
                    found.append((entry, key))
                    break
        return found

    def close(self) -> None:
        """Wait a little for what is still written."""
        for writer in self._writers:
            writer.join(CLOSE_S)

    def _write(self, folder: Path, entry: Entry, seen: Pixels) -> None:
        digest = at_once(_digest(seen))
        width, height = entry.bundle.recipe.source.document
        target = folder / f"{width}x{height}-{digest}-{entry.id}.zip"
        with suppress(OSError):  # a full disk costs this copy, not the result
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = target.with_suffix(f".{threading.get_ident()}.new")
            fresh.write_bytes(History(entries=(entry,)).to_bytes())
            with self._lock:
                if entry.id in self._dropped:
                    fresh.unlink()
                else:
                    fresh.replace(target)
                for old in self._files()[KEPT:]:
                    old.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """All that there are, the newest first; what is no file of ours is left alone."""
        if self._folder is None:
            return []
        dated: list[tuple[float, Path]] = []
        for file in self._folder.glob("*x*-*-*.zip"):
            *_, digest, recipe_id = ("", *file.stem.split("-"))
            with suppress(OSError):
                if is_id(recipe_id) and len(digest) == DIGEST and file.stem.count("-") == 2:
                    dated.append((file.stat().st_mtime, file))
        return [file for _, file in sorted(dated, reverse=True)]


def _read(file: Path) -> Entry | None:
    try:
        history, _ = History.from_bytes(file.read_bytes())
    except OSError:
        return None  # another program applied it meanwhile
    return next(iter(history.entries), None)


def _digest(pixels: Pixels) -> Generator[None, None, str]:
    """What tells pixels as a program keeps them, whatever their place."""
    kind = (pixels.rect[2:], pixels.channels, pixels.dtype, pixels.order, pixels.alpha)
    icc = hashlib.sha256(pixels.icc or b"").hexdigest()
    found = hashlib.sha256(repr((kind, pixels.linear, icc)).encode())
    data = memoryview(pixels.data).cast("B")
    for at in range(0, len(data), PIECE):
        found.update(data[at : at + PIECE])
        yield
    return found.hexdigest()[:DIGEST]
