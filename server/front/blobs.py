# SPDX-License-Identifier: Apache-2.0
"""Pictures that clients uploaded: addressed by content, bounded by a quota, pinned while a job uses them.

A client names its blobs itself, within its own session; two names with one BLAKE2b digest share one copy. The
least recently used blob that no job pins goes first when the quota is reached.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from protocol import flow, limits
from protocol.errors import ProtocolError
from protocol.messages import BlobPatch, Bytes

_LOST_KEPT = 4096

Name = tuple[str, str]
"""The session and the client's own name of a blob."""


@dataclass(kw_only=True, eq=False)
class Blob:
    """Bytes of one picture. `nbytes` counts against the quota from the first chunk on."""

    nbytes: int
    assembly: flow.Assembly | None = None
    data: memoryview = field(default_factory=lambda: memoryview(b""))
    digest: str | None = None
    pins: int = 0
    names: set[Name] = field(default_factory=set[Name])

    @property
    def complete(self) -> bool:
        return self.assembly is None


class BlobStore:
    """All blobs of one engine, least recently used first. `quota` is in bytes."""

    def __init__(self, quota: int) -> None:
        self._quota = quota
        self._bytes = 0
        self._by_name: OrderedDict[Name, Blob] = OrderedDict()
        self._by_digest: dict[str, Blob] = {}
        self._lost: OrderedDict[Name, None] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes held or reserved."""
        return self._bytes

    def has(self, name: Name, nbytes: int, digest: str | None) -> bool:
        """Whether these bytes are here, under this name or this content; names them if so."""
        blob = self._by_name.get(name)
        whole = blob is not None and blob.complete and blob.nbytes == nbytes
        if blob is not None and whole and digest in (None, self._digest(blob)):
            self._by_name.move_to_end(name)
            return True
        same = self._by_digest.get(digest) if digest is not None else None
        if same is None or same.nbytes != nbytes:
            return False
        self._drop_name(name)
        self._name(same, name)
        return True

    def put(
        self, name: Name, off: int, total: int, chunk: Bytes, digest: str | None = None
    ) -> bool:
        """Add the next chunk of a blob; True when it is complete.

        A chunk at 0 starts over. `digest` is what the client announced, checked at the end. Raises
        ProtocolError `blob.range`, `blob.hash` or `blob.quota`; what had arrived is then forgotten.
        """
        blob = self._begin(name, total) if off == 0 else self._by_name.get(name)
        if blob is None or blob.assembly is None:
            raise ProtocolError("blob.range", detail={"blob": name[1], "off": off})
        try:
            blob.assembly.add(off, total, chunk)
        except ProtocolError:
            self._drop_name(name)
            raise
        self._by_name.move_to_end(name)
        if blob.assembly.complete:
            self._finish(blob, name, digest)
        return blob.complete

    def patch(self, session: str, patch: BlobPatch) -> None:
        """Make a new blob out of an old one. Raises ProtocolError `blob.missing`, `.range` or `.quota`."""
        base = self.get((session, patch.base))
        base.pins += 1
        try:
            data = flow.patched(base.data, patch)
            self._drop_name((session, patch.new))
            self._make_room(len(data))
        finally:
            self.unpin([base])
        blob = Blob(nbytes=len(data), data=memoryview(data).toreadonly())
        self._bytes += blob.nbytes
        self._name(blob, (session, patch.new))

    def get(self, name: Name) -> Blob:
        """A complete blob. Raises ProtocolError `blob.missing`."""
        blob = self._by_name.get(name)
        if blob is None or not blob.complete:
            raise ProtocolError("blob.missing", detail={"blob": name[1]})
        self._by_name.move_to_end(name)
        return blob

    def find(self, name: Name) -> Blob | None:
        """A blob of which at least a part is here."""
        return self._by_name.get(name)

    def was_lost(self, name: Name) -> bool:
        """Whether the engine had this blob and made room of it."""
        return name in self._lost

    def pin(self, blob: Blob) -> None:
        """Keep a blob until `unpin`, whatever happens to its name."""
        blob.pins += 1

    def unpin(self, blobs: Iterable[Blob]) -> None:
        for blob in blobs:
            blob.pins -= 1
            if blob.pins == 0 and not blob.names:
                self._free(blob)

    def drop(self, name: Name) -> None:
        """Forget a name; the bytes go when no other name and no job holds them."""
        self._drop_name(name)

    def drop_session(self, session: str) -> None:
        """Forget all names of one session."""
        for name in [name for name in self._by_name if name[0] == session]:
            self._drop_name(name)

    def _digest(self, blob: Blob) -> str:
        if blob.digest is None:
            blob.digest = flow.digest(blob.data)
            self._by_digest.setdefault(blob.digest, blob)
        return blob.digest

    def _begin(self, name: Name, total: int) -> Blob:
        if not 1 <= total <= limits.BLOB_MAX:
            raise ProtocolError("blob.range", detail={"blob": name[1], "total": total})
        self._drop_name(name)
        self._make_room(total)
        blob = Blob(nbytes=total, assembly=flow.Assembly(total))
        self._bytes += total
        self._name(blob, name)
        return blob

    def _finish(self, blob: Blob, name: Name, digest: str | None) -> None:
        assert blob.assembly is not None
        blob.data, blob.assembly = blob.assembly.whole(), None
        if digest is not None and self._digest(blob) != digest:
            self._drop_name(name)
            raise ProtocolError("blob.hash", detail={"blob": name[1]})

    def _name(self, blob: Blob, name: Name) -> None:
        blob.names.add(name)
        self._by_name[name] = blob
        self._by_name.move_to_end(name)
        self._lost.pop(name, None)

    def _drop_name(self, name: Name) -> None:
        blob = self._by_name.pop(name, None)
        if blob is None:
            return
        blob.names.discard(name)
        if not blob.names and blob.pins == 0:
            self._free(blob)

    def _free(self, blob: Blob) -> None:
        if blob.digest is not None and self._by_digest.get(blob.digest) is blob:
            del self._by_digest[blob.digest]
        self._bytes -= blob.nbytes
        blob.data, blob.assembly = memoryview(b""), None

    def _make_room(self, nbytes: int) -> None:
        free = self._quota - self._bytes
        loose = {id(blob): blob.nbytes for blob in self._by_name.values() if blob.pins == 0}
        if nbytes > free + sum(loose.values()):
            detail = {"needed": nbytes, "quota": self._quota, "in_use": self._bytes}
            raise ProtocolError("blob.quota", detail=detail)
        for name in list(self._by_name):
            if self._bytes + nbytes <= self._quota:
                return
            if self._by_name[name].pins == 0:
                self._drop_name(name)
                self._lose(name)

    def _lose(self, name: Name) -> None:
        self._lost[name] = None
        while len(self._lost) > _LOST_KEPT:
            self._lost.popitem(last=False)
