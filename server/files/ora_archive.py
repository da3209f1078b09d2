# SPDX-License-Identifier: Apache-2.0
"""The zip of an OpenRaster file, of which nothing is trusted.

Members are only ever read by name into memory, with their sizes checked before and while they are
unpacked. The archive stays open, so that ten thousand layers do not read its directory each.
"""

from __future__ import annotations

import shutil
import weakref
import zipfile
import zlib
from functools import cached_property
from pathlib import Path
from typing import IO

from server.files.errors import FileError, damaged, not_an_image

MIMETYPE = b"image/openraster"
MEMBER_BYTES_MAX = 4 << 30
TOTAL_BYTES_MAX = 64 << 30
"""All members together; what is copied to a new file costs that much room on the disk."""
MEMBERS_MAX = 100_000
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class OraArchive:
    """A zip that says it is an OpenRaster file; every method raises FileError for damage."""

    def __init__(self, path: Path, mimetypes: tuple[bytes, ...] = (MIMETYPE,)) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGE:
            raise damaged(path.name) from None
        weakref.finalize(self, self._zip.close)  # what was read of it may load its pixels later
        try:
            self.kind = self.member("mimetype", 64).strip()
        except FileError:
            self.kind = b""
        if self.kind not in mimetypes:
            raise not_an_image(path.name, "it is a zip archive but no OpenRaster file")
        entries = self._zip.infolist()
        if len(entries) > MEMBERS_MAX:
            raise not_an_image(path.name, f"it has more than {MEMBERS_MAX} entries")
        if sum(entry.file_size for entry in entries) > TOTAL_BYTES_MAX:
            raise not_an_image(
                path.name, f"its parts are more than {TOTAL_BYTES_MAX >> 30} GB when unpacked"
            )

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all members."""
        return frozenset(self._zip.namelist())

    @property
    def order(self) -> list[str]:
        """Each name once, in the order of the file."""
        return list(dict.fromkeys(self._zip.namelist()))

    def member(self, name: str, limit: int = MEMBER_BYTES_MAX) -> bytes:
        """One member in memory, never more than `limit` bytes of it, whatever the archive claims."""
        with self._opened(name, limit) as stream:
            return self._read(stream, limit + 1, name, limit)

    def start(self, name: str, length: int) -> bytes:
        """The first `length` bytes of a member."""
        with self._opened(name, MEMBER_BYTES_MAX) as stream:
            return self._read(stream, length, name, length)

    def copy(self, name: str, target: zipfile.ZipFile) -> None:
        """Put a member into another archive as it is, with its date and its way of packing."""
        info = self._zip.getinfo(name)
        fresh = zipfile.ZipInfo(info.filename, info.date_time)
        fresh.compress_type, fresh.external_attr = info.compress_type, info.external_attr
        fresh.file_size = info.file_size
        try:
            with self._zip.open(info) as source, target.open(fresh, "w") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
        except _DAMAGE:
            raise damaged(self.path.name, f"“{name}” in it") from None

    def _opened(self, name: str, limit: int) -> IO[bytes]:
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            raise damaged(self.path.name, f"“{name}” in it") from None
        if info.file_size > limit:
            raise not_an_image(self.path.name, f"“{name}” in it is larger than {limit} bytes")
        try:
            return self._zip.open(info)
        except _DAMAGE:
            raise damaged(self.path.name, f"“{name}” in it") from None

    def _read(self, stream: IO[bytes], length: int, name: str, limit: int) -> bytes:
        try:
            data = stream.read(length)
        except _DAMAGE:
            raise damaged(self.path.name, f"“{name}” in it") from None
        if len(data) > limit:
            raise not_an_image(self.path.name, f"“{name}” in it is larger than {limit} bytes")
        return data
