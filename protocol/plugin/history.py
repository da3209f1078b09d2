# SPDX-License-Identifier: Apache-2.0
"""A document's past results: recipe, thumbnail, favorite or not. Lossless, and saved with the document.

Thumbnails are for looking only; the recipe is what makes the result again, so nothing is lost when a result's
layer is gone. When the history is too large, the oldest that is no favorite goes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from ..recipe import Bundle, RecipeError
from ..recipe_parts import is_id
from ..recipe_zip import EPOCH, read_bundle, write_bundle
from ..sentences import say, told

BYTES_MAX = 64 << 20
INDEX = "history.json"
THUMBNAIL_MAX = 4 << 20
FORMAT = 1
ID_MIN = 4
"""So much of an id must be typed for it to be meant."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One result. `thumbnail` is a PNG; `made_ms` is when, in milliseconds since 1970."""

    bundle: Bundle
    thumbnail: bytes = b""
    made_ms: int = 0
    favorite: bool = False

    @property
    def id(self) -> str:
        """The recipe's id."""
        return self.bundle.recipe.id

    @property
    def nbytes(self) -> int:
        """About how much it takes."""
        return 2000 + len(self.thumbnail) + sum(len(data) for data in self.bundle.files.values())


@dataclass(frozen=True, kw_only=True)
class History:
    """Entries from the oldest to the latest; every change makes a new history."""

    entries: tuple[Entry, ...] = ()
    bytes_max: int = BYTES_MAX

    def add(self, entry: Entry) -> History:
        """Put a result last; the same recipe made again moves to the end and stays a favorite."""
        before = self.get(entry.id)
        if before is not None and before.favorite:
            entry = replace(entry, favorite=True)
        kept = tuple(one for one in self.entries if one.id != entry.id)
        return replace(self, entries=(*kept, entry))._trimmed()

    def remove(self, recipe_id: str) -> History:
        """Forget one result."""
        return replace(self, entries=tuple(one for one in self.entries if one.id != recipe_id))

    def favor(self, recipe_id: str, favorite: bool = True) -> History:
        """Keep one result whatever happens, or no longer."""
        marked = (replace(e, favorite=favorite) if e.id == recipe_id else e for e in self.entries)
        return replace(self, entries=tuple(marked))

    def clear(self) -> History:
        """Forget all but the favorites."""
        return replace(self, entries=tuple(one for one in self.entries if one.favorite))

    def get(self, recipe_id: str) -> Entry | None:
        """Return one result."""
        return next((one for one in self.entries if one.id == recipe_id), None)

    def search(self, words: str) -> tuple[Entry, ...]:
        """Return the results whose edit, seed or texts hold all these words, or whose id begins so, newest first."""
        wanted = words.lower().split()
        return tuple(e for e in reversed(self.entries) if all(_has(e, word) for word in wanted))

    def to_bytes(self) -> bytes:
        """Pack everything for the host to save with the document."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for entry in self.entries:
                write_bundle(archive, entry.bundle, prefix="")
                archive.writestr(zipfile.ZipInfo(f"{entry.id}.png", EPOCH), entry.thumbnail)
            notes = [
                {"id": e.id, "made_ms": e.made_ms, "favorite": e.favorite} for e in self.entries
            ]
            index = json.dumps({"format": FORMAT, "entries": notes})
            archive.writestr(zipfile.ZipInfo(INDEX, EPOCH), index)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, bytes_max: int = BYTES_MAX) -> tuple[History, list[str]]:
        """Read what `to_bytes` made, as far as it is whole, with a sentence for each part that is not."""
        entries: list[Entry] = []
        problems: list[str] = []
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for note in _index(archive):
                    try:
                        entries.append(_entry(archive, note))
                    except RecipeError as problem:
                        problems.append(told(problem))
        except (zipfile.BadZipFile, KeyError, ValueError, OSError):
            problems.append(say("history.damaged"))
        return cls(entries=tuple(entries), bytes_max=bytes_max), problems

    def _trimmed(self) -> History:
        entries = list(self.entries)
        while sum(one.nbytes for one in entries) > self.bytes_max:
            old = next((one for one in entries[:-1] if not one.favorite), None)
            if old is None:
                break
            entries.remove(old)
        return replace(self, entries=tuple(entries))


def _has(entry: Entry, word: str) -> bool:
    """Whether a word is found; ids are long and hold every digit somewhere, so that only their beginning counts."""
    return word in _text(entry) or (len(word) >= ID_MIN and entry.id.startswith(word))


def _text(entry: Entry) -> str:
    recipe = entry.bundle.recipe
    texts = [value for value in recipe.params.values() if isinstance(value, str)]
    return " ".join([recipe.edit, str(recipe.seed), *texts]).lower()


def _index(archive: zipfile.ZipFile) -> Iterator[dict[str, Any]]:
    node = json.loads(archive.read(INDEX))
    if not isinstance(node, dict):
        raise ValueError("no history")
    notes = cast("dict[str, Any]", node)
    if notes.get("format") != FORMAT or not isinstance(notes.get("entries"), list):
        raise ValueError("no history of this version")
    for note in cast("list[object]", notes["entries"]):
        if isinstance(note, dict):
            yield cast("dict[str, Any]", note)


def _entry(archive: zipfile.ZipFile, note: dict[str, Any]) -> Entry:
    recipe_id = str(note.get("id"))
    if not is_id(recipe_id):
        raise RecipeError(say("history.gap"))
    bundle = read_bundle(archive, recipe_id, prefix="")
    info = archive.NameToInfo.get(f"{recipe_id}.png")
    small = info is not None and info.file_size <= THUMBNAIL_MAX
    made = note.get("made_ms")
    return Entry(
        bundle=bundle,
        thumbnail=archive.read(f"{recipe_id}.png") if small else b"",
        made_ms=made if isinstance(made, int) else 0,
        favorite=note.get("favorite") is True,
    )
