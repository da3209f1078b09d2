# SPDX-License-Identifier: Apache-2.0
"""The guard itself: what it lets through and what it refuses, in this process and in others."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from patience import PATIENCE_S

REFUSED = {
    "connect": "s = socket.socket(); s.connect(('192.0.2.1', 80))",
    "connect-v6": "s = socket.socket(socket.AF_INET6); s.connect(('2001:db8::1', 80))",
    "wildcard-bind": "s = socket.socket(); s.bind(('', 0))",
    "udp": "s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(b'x', ('192.0.2.1', 9))",
    "lookup": "socket.getaddrinfo('example.org', 80)",
    "urllib": "import urllib.request; urllib.request.urlopen('http://example.org')",
    "zmq-connect": "import zmq; zmq.Context().socket(zmq.DEALER).connect('tcp://192.0.2.1:5555')",
    "zmq-wildcard": "import zmq; zmq.Context().socket(zmq.ROUTER).bind('tcp://*:5555')",
    "child": "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c',"
    " 'import socket; socket.create_connection((chr(49) + \"92.0.2.1\", 80))']))",
}
ALLOWED = {
    "tcp": "a = socket.create_server(('127.0.0.1', 0)); socket.create_connection(a.getsockname())",
    "unix": "a, b = socket.socketpair(); a.sendall(b'x'); assert b.recv(1) == b'x'",
    "lookup": "assert socket.getaddrinfo('localhost', 80)",
    "zmq": "import zmq; c = zmq.Context(); s = c.socket(zmq.ROUTER);"
    " s.bind_to_random_port('tcp://127.0.0.1'); s.close(0); c.term()",
}


def run(code: str, log: os.PathLike[str]) -> subprocess.CompletedProcess[str]:
    """The code in a fresh Python, under the guard, with a log of its own."""
    return subprocess.run(
        [sys.executable, "-c", "import socket\n" + code],
        env=os.environ | {"PULLBRUSH_GUARD_LOG": str(log)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.parametrize("name", REFUSED)
def test_refused_and_noted(name: str, tmp_path) -> None:
    done = run(REFUSED[name], tmp_path / "log")
    assert done.returncode != 0
    assert "NetworkRefused" in done.stderr or "guard refused" in done.stderr
    assert (tmp_path / "log").read_text().count("\n") >= 1


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed(name: str, tmp_path) -> None:
    done = run(ALLOWED[name], tmp_path / "log")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "log").exists()


def test_swallowed_refusals_are_still_noted(tmp_path) -> None:
    run("try: socket.getaddrinfo('example.org', 80)\nexcept OSError: pass", tmp_path / "log")
    assert "example.org" in (tmp_path / "log").read_text()
