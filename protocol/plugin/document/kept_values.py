# SPDX-License-Identifier: Apache-2.0
"""Values that the next document begins with: those of parameters whose description says so, such as the effort.

One small JSON file beside the recipe store, shared by the paint programs. A file that cannot be read or written costs
nothing but the memory: no artist is to be stopped by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from ...edits import EditModel, ParamError

FILE = "panel.json"
SIZE_MAX = 1 << 16


class KeptValues:
    """Values by the parameter's name, the same for every edit that has it; without a `folder`, for this session."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / FILE if folder is not None else None
        self._values = _read(self._file)

    def beginning(self, edit: EditModel) -> dict[str, Any]:
        """What of an edit's parameters begins with another value than its default."""
        found: dict[str, Any] = {}
        for name, spec in edit.fields.items():
            if spec.kept and name in self._values:
                with suppress(ParamError):  # kept by another version
                    found[name] = spec.parse(self._values[name], name)
        return found

    def keep(self, edit: EditModel, name: str, value: object) -> None:
        """The artist chose this value."""
        spec = edit.fields[name]
        if spec.kept and self._values.get(name) != (plain := spec.plain(value)):
            self._values[name] = plain
            self._write()

    def _write(self) -> None:
        if self._file is None:
            return
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(self._values), encoding="utf-8")
            fresh.replace(self._file)


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        text = file.read_bytes()[:SIZE_MAX].decode()
        found: object = json.loads(text)
    except (OSError, ValueError):
        return {}
    return dict(cast("Mapping[str, Any]", found)) if isinstance(found, dict) else {}
