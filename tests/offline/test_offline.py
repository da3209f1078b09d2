# SPDX-License-Identifier: Apache-2.0
"""The whole product works with no network, and listens to nobody but this machine.

Twice: under the guard that all tests run under, and in a network namespace that has nothing but a
loopback device, where even C code could reach nothing. Where no namespace can be made (not Linux,
or a container that forbids it), the guard alone stands for both.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from patience import PATIENCE_S

from protocol import session
from server.files import read_document
from server.lab.example import PLACE as EXAMPLE

NETNS = Path(__file__).with_name("netns.py")
EDIT = (
    *("edit", "drag", str(EXAMPLE), "--layer", "lake", "--method", "warp"),
    *("--drag", "66.7,62:66.7,40", "--drag", "20,150"),
)


def namespace() -> list[str]:
    """What to put before a command to run it without a network, as far as this machine can."""
    if sys.platform != "linux":
        return []
    enter = [sys.executable, "-S", str(NETNS)]
    tried = subprocess.run([*enter, "true"], capture_output=True, check=False, timeout=PATIENCE_S)
    return enter if tried.returncode == 0 else []


def edit(before: list[str], out: Path, place: Path) -> subprocess.CompletedProcess[str]:
    """A real edit: command line, front, worker, files."""
    return subprocess.run(
        [*before, sys.executable, "-m", "server.cli", *EDIT, "-o", str(out)],
        env=os.environ
        | {"PULLBRUSH_SESSION": str(place), "PULLBRUSH_GUARD_LOG": str(out.with_suffix(".log"))},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def listeners(process: psutil.Process) -> list[str]:
    """Every address that the process or its children listen on."""
    family = [process, *process.children(recursive=True)]
    connections = [c for one in family for c in one.net_connections("inet")]
    return [c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN]


def end(place: Path) -> None:
    try:
        process = psutil.Process(session.read(place).pid)
    except Exception:
        return
    process.send_signal(signal.SIGTERM)
    process.wait(30)


@pytest.mark.parametrize("isolated", [False, True], ids=["guard", "namespace"])
def test_an_edit_needs_no_network(isolated: bool, tmp_path: Path) -> None:
    place, out = tmp_path / "run" / "engine.json", tmp_path / "out.ora"
    try:
        done = edit(namespace() if isolated else [], out, place)
        assert done.returncode == 0, done.stderr
        assert read_document(out).names[-1] == "lake"
        assert any("[Pullbrush]" in name for name in read_document(out).names)
        assert not out.with_suffix(".log").exists(), out.with_suffix(".log").read_text()
    finally:
        end(place)


def test_everything_listens_on_loopback_only(tmp_path: Path) -> None:
    place, out = tmp_path / "run" / "engine.json", tmp_path / "out.ora"
    try:
        assert edit([], out, place).returncode == 0
        engine = psutil.Process(session.read(place).pid)
        found = listeners(engine)
        assert found, "the engine offers loopback TCP for sandboxed programs"
        assert all(ipaddress.ip_address(ip).is_loopback for ip in found), found
    finally:
        end(place)


def test_the_namespace_is_one(tmp_path: Path) -> None:
    """If it did not cut the network off, the test above would prove nothing."""
    before = namespace()
    if not before:
        before = []  # the guard refuses just as well
    code = (
        "import socket, sys\n"
        "try: socket.create_connection(('192.0.2.1', 80), timeout=5)\n"
        "except OSError as error: print(type(error).__name__, error); sys.exit(7)\n"
    )
    environment = dict(os.environ, PULLBRUSH_GUARD_LOG=str(tmp_path / "log"))
    if before:
        environment.pop("PYTHONPATH")
    done = subprocess.run(
        [*before, sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 7, done.stdout
    if before:
        assert "unreachable" in done.stdout.lower()
