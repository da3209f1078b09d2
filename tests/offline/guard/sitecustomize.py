# SPDX-License-Identifier: Apache-2.0
"""Refuses every socket but loopback and unix, in this process and in all that it starts.

Python imports a module of this name at start-up when it lies on PYTHONPATH. tests/conftest.py puts
this folder there, so the whole product runs under the guard: test process, command line, front and
workers. Two nets: an audit hook for Python's own sockets, and a check in front of pyzmq's, whose
sockets are made in C where no audit event is raised. Each refusal is also written to the file named
by PULLBRUSH_GUARD_LOG, because libraries like to swallow OSError.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path

INET_EVENTS = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
LOOKUP_EVENTS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
LOCAL_ZMQ = ("ipc://", "inproc://")


class NetworkRefused(PermissionError):
    """A socket wanted to leave this machine while the tests' guard was on."""


def is_loopback(host: object) -> bool:
    """True for "localhost" and loopback addresses; a wildcard or a name is not loopback."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


def refuse(what: str) -> None:
    """Note the attempt, then raise."""
    log = os.environ.get("PULLBRUSH_GUARD_LOG")
    if log:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {what}\n")
    raise NetworkRefused(f"The tests' network guard refused {what}.")


def on_audit(event: str, args: tuple[object, ...]) -> None:
    """Audit hook: look at the socket events only."""
    if event in INET_EVENTS:
        address = args[1]
        # AF_INET and AF_INET6 addresses are tuples; unix paths are text, netlink has int members.
        named = isinstance(address, tuple) and address and isinstance(address[0], str | bytes)
        if named and not is_loopback(address[0]):
            refuse(f"{event} to {address!r}")
    elif event in LOOKUP_EVENTS:
        host = args[0]
        if host not in (None, "", b"") and not is_loopback(host):
            refuse(f"{event} of {host!r}")


def check_zmq(endpoint: object) -> None:
    """Raise unless a ZeroMQ endpoint stays on this machine."""
    text = endpoint.decode() if isinstance(endpoint, bytes) else str(endpoint)
    if text.startswith(LOCAL_ZMQ):
        return
    host = text.partition("://")[2].rpartition(":")[0].strip("[]")
    if not (text.startswith("tcp://") and is_loopback(host)):
        refuse(f"zmq endpoint {text!r}")


class ZmqFinder(MetaPathFinder):
    """Wraps bind and connect of pyzmq's socket class as soon as that module is imported."""

    def find_spec(self, fullname, path, target=None):
        if fullname != "zmq.sugar.socket":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = GuardedLoader(spec.loader)
        return spec


class GuardedLoader(Loader):
    """Runs the real loader, then puts the check in front of bind and connect."""

    def __init__(self, inner: Loader) -> None:
        self.inner = inner

    def create_module(self, spec):
        return self.inner.create_module(spec)

    def exec_module(self, module) -> None:
        self.inner.exec_module(module)
        for name in ("bind", "connect"):
            setattr(module.Socket, name, guarded(getattr(module.Socket, name)))


def guarded(method):
    """The method, with its first argument checked as an endpoint."""

    def checked(self, addr, *args, **kwargs):
        check_zmq(addr)
        return method(self, addr, *args, **kwargs)

    checked.__name__, checked.__doc__ = method.__name__, method.__doc__
    return checked


if not getattr(sys, "_pullbrush_guard", False):
    sys._pullbrush_guard = True  # type: ignore[attr-defined]
    sys.addaudithook(on_audit)
    sys.meta_path.insert(0, ZmqFinder())
