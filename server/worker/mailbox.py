# SPDX-License-Identifier: Apache-2.0
"""The worker's receiving thread: owns the socket, answers pings, throws the switches of running tasks.

A ZeroMQ socket belongs to one thread, so the computing thread hands its messages over through an
in-process pipe. The receiving thread never computes; it answers while a network evaluation runs.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence

import zmq

from server.worker import messages
from server.worker.liveness import signs
from server.worker.messages import Buffer, Header
from server.worker.task import Control, Task

_OUT = "inproc://outgoing"


class Mailbox:
    """Tasks come out of `next`, messages go in with `send`; everything else happens by itself."""

    def __init__(self, endpoint: str, hello: Header) -> None:
        self._endpoint = endpoint
        self._hello = hello
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(io_threads=1)
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._controls: dict[str, Control] = {}
        self._last_tick = time.monotonic()
        self._busy: str | None = None
        self._push = self._context.socket(zmq.PAIR)
        self._push.set_hwm(0)
        self._push.bind(_OUT)
        self._thread = threading.Thread(target=self._receive, name="receiver", daemon=True)
        self._thread.start()

    def next(self) -> Task | None:
        """The next task; None when the front said stop. Blocks."""
        task = self._tasks.get()
        self._busy = task.id if task else None
        self.tick()
        return task

    def tick(self) -> None:
        """The computing thread is alive and getting on."""
        self._last_tick = time.monotonic()

    def send(self, header: Header, frames: Sequence[Buffer] = ()) -> None:
        """Send a message to the front. Only the computing thread may call this."""
        if header["t"] in messages.ENDED:
            self._controls.pop(header["task"], None)
            self._busy = None
        messages.send(self._push, messages.pack(header, frames))

    def close(self) -> None:
        """Send what is left and stop the receiving thread."""
        messages.send(self._push, messages.pack({"t": "bye"}))
        self._thread.join(timeout=5)
        self._push.close(linger=0)
        self._context.term()

    def _receive(self) -> None:
        dealer = self._context.socket(zmq.DEALER)
        dealer.set_hwm(0)
        dealer.setsockopt(zmq.LINGER, 1000)
        dealer.connect(self._endpoint)
        pull = self._context.socket(zmq.PAIR)
        pull.set_hwm(0)
        pull.connect(_OUT)
        messages.send(dealer, messages.pack(self._hello))
        poller = zmq.Poller()
        poller.register(dealer, zmq.POLLIN)
        poller.register(pull, zmq.POLLIN)
        going = True
        while going:
            ready = dict(poller.poll())
            if dealer in ready:
                self._handle(dealer, dealer.recv_multipart(copy=False))
            if pull in ready:
                frames = pull.recv_multipart(copy=False)
                going = messages.unpack(frames[:1])[0]["t"] != "bye"
                dealer.send_multipart(frames, copy=False)
        pull.close(linger=0)
        dealer.close()

    def _handle(self, dealer: zmq.Socket[bytes], received: list[zmq.Frame]) -> None:
        header, frames = messages.unpack(received)
        kind = header["t"]
        control = self._controls.get(header.get("task", ""))
        if kind == "task":
            self._accept(header, frames)
        elif kind == "ping":
            age = int(1000 * (time.monotonic() - self._last_tick))
            pong = {"t": "pong", "tick_age_ms": age, "task": self._busy, **signs()}
            messages.send(dealer, messages.pack(pong))
        elif kind == "stop":
            self._tasks.put(None)
        elif control is None:
            return  # the task ended while the message was on its way
        elif kind == "cancel":
            control.cancel()
        elif kind == "update":
            control.update(header["rev"], header["params"])
        elif kind == "credit":
            control.grant(header["previews"])

    def _accept(self, header: Header, frames: list[memoryview]) -> None:
        control = Control(
            credit=header.get("credit", 0),
            every=max(1, header.get("every", 1)),
            max_px=header.get("max_px", 512),
        )
        task = Task(
            id=header["task"],
            kind=header["kind"],
            header=header,
            frames=tuple(frames),
            control=control,
        )
        self._controls[task.id] = control
        self._tasks.put(task)
