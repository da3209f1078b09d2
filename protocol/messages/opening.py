# SPDX-License-Identifier: Apache-2.0
"""How a connection opens, stays alive and ends: hello, challenge, auth, welcome, ping, pong, error, bye."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from ..errors import ParamError
from ..kinds import Count, Int, Raw, Text
from ..limits import MAC_BYTES, NONCE_BYTES
from ..record import Record
from ..sentences import heard
from .base import Bytecount, Digest, Message, Millis, Plains, Sentence, Ulid, Word

Minor = Annotated[int, Int(0, 255)]
Nonce = Annotated[bytes, Raw(NONCE_BYTES, NONCE_BYTES)]
Mac = Annotated[bytes, Raw(MAC_BYTES, MAC_BYTES)]
SessionId = Annotated[str, Text(64, 16, "[A-Za-z0-9_-]+", secret=True)]
"""Secret of one client's session; who has it may take the session up again."""
Code = Annotated[str, Text(64, 1, r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")]
Pid = Annotated[int, Int(0, 2**32 - 1)]


@dataclass(frozen=True, kw_only=True)
class Proto(Record):
    """The versions a side can speak: one major, a range of minors."""

    major: Minor
    min_minor: Minor
    max_minor: Minor

    def check(self) -> None:
        if self.min_minor > self.max_minor:
            raise ParamError("min_minor", f"{self.min_minor} is above max_minor {self.max_minor}")


@dataclass(frozen=True, kw_only=True)
class App(Record):
    """Who is connecting."""

    app: Annotated[str, Text(64, 1)]
    app_version: Annotated[str, Text(64)] = ""
    plugin_version: Annotated[str, Text(64)] = ""
    pid: Pid = 0


@dataclass(frozen=True, kw_only=True)
class Hello(Message, type="hello", sender="client"):
    """Opens a connection; first and once. `window` is what the engine may send before it gets more credit."""

    proto: Proto
    client: App
    nonce: Nonce
    window: Bytecount
    want: Annotated[tuple[Word, ...], Count(64)] = ()


@dataclass(frozen=True, kw_only=True)
class Challenge(Message, type="challenge", sender="engine"):
    """The engine's proof that it holds the token, and its own nonce."""

    engine_id: Ulid
    nonce2: Nonce
    mac: Mac


@dataclass(frozen=True, kw_only=True)
class Auth(Message, type="auth", sender="client"):
    """The client's proof; `session` takes up an earlier session with its blobs and jobs."""

    mac: Mac
    session: SessionId | None = None


@dataclass(frozen=True, kw_only=True)
class Op(Record):
    """An edit that the engine can do."""

    name: Word
    schema_hash: Digest


@dataclass(frozen=True, kw_only=True)
class Model(Record):
    """A model the engine has, by its name; never a path."""

    name: Word
    label: Annotated[str, Text(200)] = ""
    family: Word
    state: Literal["unloaded", "loading", "loaded", "failed"] = "unloaded"
    bytes: Bytecount = 0
    ops: Annotated[tuple[Word, ...], Count(64)] = ()


@dataclass(frozen=True, kw_only=True)
class Device(Record):
    """Something that computes."""

    name: Word
    label: Annotated[str, Text(200)] = ""
    bytes: Bytecount = 0
    free: Bytecount = 0


Models = Annotated[tuple[Model, ...], Count(128)]
Devices = Annotated[tuple[Device, ...], Count(32)]


@dataclass(frozen=True, kw_only=True)
class Caps(Record):
    """What the engine can do. The schema of its edits is a blob, got with `blob.get`."""

    ops: Annotated[tuple[Op, ...], Count(64)] = ()
    models: Models = ()
    devices: Devices = ()
    features: Annotated[tuple[Word, ...], Count(64)] = ()
    schema: Digest | None = None


@dataclass(frozen=True, kw_only=True)
class Limits(Record):
    """What the engine accepts of this client."""

    chunk_max: Bytecount
    header_max: Bytecount
    pixels_max: Bytecount
    blob_bytes: Bytecount
    jobs_queued: Annotated[int, Int(1, 10_000)]


@dataclass(frozen=True, kw_only=True)
class Welcome(Message, type="welcome", sender="engine"):
    """The connection is open; `resumed` says whether the earlier session was taken up again."""

    session: SessionId
    minor: Minor
    caps: Caps
    limits: Limits
    window: Bytecount
    hb_ms: Annotated[int, Int(100, 600_000)]
    resumed: bool = False


@dataclass(frozen=True, kw_only=True)
class Worker(Record):
    """A process that computes; the age of its last tick tells working from merely alive."""

    name: Word
    state: Literal["starting", "idle", "busy", "loading", "stopping", "lost"]
    device: Annotated[str, Text(64)] = ""
    pid: Pid = 0
    last_tick_ms: Millis = 0
    job: Ulid | None = None
    models: Annotated[tuple[Word, ...], Count(32)] = ()
    bytes: Bytecount = 0


Workers = Annotated[tuple[Worker, ...], Count(64)]


@dataclass(frozen=True, kw_only=True)
class Ping(Message, type="ping", sender="both"):
    """Asks whether the other side is there; any traffic counts as an answer."""

    n: Annotated[int, Int()]


@dataclass(frozen=True, kw_only=True)
class Pong(Message, type="pong", sender="both"):
    """The answer to a ping, from the thread that moves bytes, however busy the workers are."""

    n: Annotated[int, Int()]
    workers: Workers = ()


@dataclass(frozen=True, kw_only=True)
class Error(Message, type="error", sender="both"):
    """Something could not be done; `re` or `job` say what. Never a traceback: `incident` finds it in the log."""

    code: Code
    message: Sentence = ""
    retryable: bool = False
    job: Ulid | None = None
    incident: Annotated[str, Text(64)] = ""
    detail: Plains = field(default_factory=dict[str, object])

    @property
    def sentence(self) -> str:
        """The message, as the Sentence that it is when it came with an id."""
        return heard(self.message, self.detail)


@dataclass(frozen=True, kw_only=True)
class Bye(Message, type="bye", sender="both"):
    """This side closes the connection."""

    reason: Annotated[str, Text(200)] = ""
