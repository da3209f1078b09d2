# SPDX-License-Identifier: Apache-2.0
"""Opens an artist's checkpoint, whatever its packing: NVIDIA's pickle, PyTorch's older and newer formats.

Nothing in the file is run; see `opcodes` and `stored`.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any, BinaryIO

from server.engine.gan.conversion.opcodes import Reader, Refused
from server.engine.gan.conversion.stored import (
    BUILDERS,
    MAGIC,
    Storage,
    item_bytes,
    storage_of,
    stream,
)

SIZE_MAX = 8 << 30
ENTRIES_MAX = 100_000
PICKLE_MAX = 256 << 20


def read_checkpoint(file: BinaryIO, size: int) -> Any:
    """The value in a checkpoint of ``size`` bytes: plain containers, `StoredTensor`s, `Thing`s. Raises Refused."""
    if not 0 < size <= SIZE_MAX:
        raise Refused("it is empty" if size == 0 else "it is larger than 8 GB")
    head = file.read(4)
    file.seek(0)
    if head.startswith(b"PK"):
        return _zipped(file)
    value = Reader(BUILDERS, _outside).read(file, size)
    if value == MAGIC and type(value) is int:
        return stream(file, size, BUILDERS)  # pyright: ignore[reportArgumentType]
    return value


def _outside(_identity: object) -> Any:
    raise Refused("it refers to something outside of it")


def _zipped(file: BinaryIO) -> Any:
    """PyTorch's newer format: a zip of NAME/data.pkl and NAME/data/KEY, nothing compressed."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError):
        raise Refused("it is damaged, or was not completely copied") from None
    entries = {entry.filename: entry for entry in archive.infolist()}
    if len(entries) > ENTRIES_MAX or any(e.compress_type for e in entries.values()):
        raise Refused("it is not a file that PyTorch wrote")
    programs = [name for name in entries if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(programs) != 1 or entries[programs[0]].file_size > PICKLE_MAX:
        raise Refused("it is not a file that PyTorch wrote")
    folder = programs[0].partition("/")[0]
    order = f"{folder}/byteorder"
    if order in entries and _bytes(archive, entries[order]) != b"little":
        raise Refused("it was written on a machine of another byte order")

    def persistent(identity: object) -> Storage:
        storage, key = storage_of(identity)
        entry = entries.get(f"{folder}/data/{key}")
        if entry is None or entry.file_size != storage.count * item_bytes(storage.kind):
            raise Refused("its tensors are not complete; it was not completely copied")
        storage.fetch = lambda: _bytes(archive, entry)
        return storage

    program = io.BytesIO(_bytes(archive, entries[programs[0]]))
    return Reader(BUILDERS, persistent).read(program, entries[programs[0]].file_size)


def _bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(entry)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError):
        raise Refused("it is damaged, or was not completely copied") from None
