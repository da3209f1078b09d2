# SPDX-License-Identifier: Apache-2.0
"""Inverted pictures of one worker, whatever model inverted them, together within one budget of memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from protocol.edits import Edit
from server.engine.byte_cache import ByteCache, Sized

S = TypeVar("S", bound=Sized)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """An inversion, and the model that it was made with."""

    model: str
    inversion: Sized

    def nbytes(self) -> int:
        return self.inversion.nbytes()


class InversionStore:
    """Inversions by content key: same key, same inversion. Not thread-safe."""

    def __init__(self, budget: int) -> None:
        """`budget`: bytes; see `ByteCache`."""
        self._kept: ByteCache[_Kept] = ByteCache(budget)

    def find(self, key: str, kind: type[S]) -> S | None:
        """The inversion of this kind under a key, None where there is none."""
        kept = self._kept.get(key)
        return kept.inversion if kept is not None and isinstance(kept.inversion, kind) else None

    def keep(self, key: str, inversion: Sized, *, model: str) -> None:
        """Keep an inversion that was made with a model; what was used least recently makes room for it."""
        self._kept.put(key, _Kept(model=model, inversion=inversion))

    def trim(self) -> None:
        """Make room again after inversions have grown."""
        self._kept.trim()

    def forget(self, model: str) -> None:
        """Forget every inversion that was made with a model."""
        self._kept.remove(lambda kept: kept.model == model)

    def nbytes(self) -> int:
        """Bytes of all of them."""
        return self._kept.nbytes()

    def __len__(self) -> int:
        return len(self._kept)


def inverted_by(edit: Edit) -> str:
    """The settings that an edit's inversion depends on, as its description names them, as text for a key."""
    return repr([(name, getattr(edit, name)) for name in edit.INVERTED_BY])
