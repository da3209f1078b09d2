# SPDX-License-Identifier: Apache-2.0
"""Writing a file completely or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.files.errors import FileError


@contextmanager
def write_atomically(path: Path) -> Generator[IO[bytes], None, None]:
    """A stream that becomes `path` when the block ends well; on any error nothing changes.

    Raises FileError when the folder is missing or cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise FileError(f"cannot write {path.name} there: {error.strerror}") from None
    draft = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except OSError as error:
        raise FileError(f"cannot write {path.name}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _umask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
