# SPDX-License-Identifier: Apache-2.0
"""A client without manners, for the tests: says exactly what it is told and never answers by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, TypeVar

import zmq
from engine_process import DRAG, PATIENCE_S, picture

from protocol import codec, handshake, ids
from protocol.images import Document, Image
from protocol.messages import App, Auth, BlobPut, Challenge, Hello, JobSubmit, Message, Welcome
from protocol.session import Session, our_proto

M = TypeVar("M", bound=Message)


class RawClient:
    """A DEALER and the codec; nothing is sent that the test does not send."""

    def __init__(
        self, session: Session, *, endpoint: str = "", identity: bytes = b"", hwm: int = 1000
    ) -> None:
        self.session = session
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.socket = self._context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.set_hwm(hwm)
        if identity:
            self.socket.setsockopt(zmq.ROUTING_ID, identity)
        self.socket.connect(endpoint or session.endpoints[0])
        self.seen: list[Message] = []
        self.welcome: Welcome | None = None

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close(linger=0)
        self._context.term()

    def frames(self, frames: Sequence[bytes]) -> None:
        self.socket.send_multipart(list(frames))

    def say(self, message: Message) -> None:
        self.socket.send_multipart(codec.encode(message))

    def hear(self, timeout_s: float = PATIENCE_S) -> Message | None:
        """The next message, or None when none comes."""
        if not self.socket.poll(int(1000 * timeout_s)):
            return None
        message = codec.decode(self.socket.recv_multipart())
        self.seen.append(message)
        return message

    def until(self, kind: type[M], **fields: Any) -> M:
        """Read on until a message of this kind with these fields comes."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            message = self.hear(deadline - time.monotonic())
            if isinstance(message, kind) and all(
                getattr(message, k) == v for k, v in fields.items()
            ):
                return message
        raise AssertionError(
            f"no {kind.TYPE} with {fields} came; these did: {[m.TYPE for m in self.seen[-9:]]}"
        )

    def hello(self, window: int = 1 << 24) -> bytes:
        nonce = handshake.new_nonce()
        self.say(
            Hello(
                id=ids.new(),
                proto=our_proto(),
                client=App(app="raw", pid=1),
                nonce=nonce,
                window=window,
            )
        )
        return nonce

    def open(
        self, *, window: int = 1 << 24, session: str | None = None, token: bytes | None = None
    ) -> RawClient:
        """Go through the handshake."""
        nonce = self.hello(window)
        challenge = self.until(Challenge)
        secret = token or self.session.secret
        mac = handshake.proof(secret, handshake.CLIENT, nonce, challenge.nonce2)
        self.say(Auth(id=ids.new(), mac=mac, session=session))
        if token is None:
            self.welcome = self.until(Welcome)
        return self

    def put(self, data: bytes, name: str | None = None) -> str:
        name = name or ids.new()
        size = 1 << 20
        for off in range(0, len(data), size):
            piece = data[off : off + size]
            last = off + len(piece) == len(data)
            self.say(BlobPut(blob=name, off=off, total=len(data), last=last, frames=(piece,)))
        return name

    def submit(
        self,
        blob: str = "",
        *,
        size: tuple[int, int] = (16, 12),
        job: str = "",
        key: str = "raw",
        **more: Any,
    ) -> str:
        width, height = size
        params = {**DRAG, **more.pop("params", {})}
        blob = blob or self.put(picture(width, height))
        message = JobSubmit(
            id=ids.new(),
            job=job or ids.new(),
            op="drag",
            document=Document(key=key, width=width, height=height),
            images=(
                Image(
                    name="source",
                    shape=(height, width, 4),
                    dtype="u1",
                    order="rgba",
                    alpha="straight",
                    rect=(0, 0, width, height),
                    blob=blob,
                ),
            ),
            params=params,
            **more,
        )
        self.say(message)
        return message.job
