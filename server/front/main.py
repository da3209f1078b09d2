# SPDX-License-Identifier: Apache-2.0
"""Starting an engine: folder, lock, sockets, session file; and cleaning up behind it."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import zmq

from protocol import handshake, ids, places, private, session
from protocol.errors import ProtocolError
from server.front import logs
from server.front.config import Config
from server.front.file_lock import Lock, Taken
from server.front.front import Front
from server.front.local_pool import LocalPool
from server.front.router import Router
from server.sentinel import wrong_protocol

_log = logging.getLogger("pullbrush.front")
RUNNING = "An engine is already running here. Use it, or stop it first."


class CannotStart(Exception):
    """The engine cannot run here; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a start of the engine may choose. Engines are named by tests only, as module:factory."""

    config: Config = field(default_factory=Config)
    session_file: Path | None = None
    launcher: int = 0
    quick_engine: str = ""
    model_engine: str = ""
    quiet: bool = False


def serve(settings: Settings, ready: Callable[[], None] | None = None) -> None:
    """Run an engine in this process until it is stopped. Raises CannotStart."""
    if problem := wrong_protocol():
        raise CannotStart(problem)
    os.umask(0o077)
    try:
        path = (settings.session_file or session.session_path()).absolute()
        session.check_place(path)
        private.private_folder(places.run_folder(path))
        lock = Lock(places.lock_path(path))
        lock.take()
    except Taken:
        raise CannotStart(RUNNING) from None
    except ProtocolError as error:
        raise CannotStart(error.message) from None
    except OSError as error:
        raise CannotStart(_unusable(error)) from None
    try:
        with _workers_folder(path) as folder:
            _serve_locked(settings, path, folder, ready)
    finally:
        lock.release()


def _unusable(error: OSError) -> str:
    """Where the engine's files cannot be, as a sentence."""
    return (
        f"{error.filename or 'The session file'} cannot be used: {error.strerror or error}. "
        f"Set {places.VARIABLE} to a file in a folder that you may write to."
    )


def _serve_locked(
    settings: Settings, path: Path, folder: Path, ready: Callable[[], None] | None
) -> None:
    log = places.log_path(path)
    logs.start(log, also_stderr=not settings.quiet)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(io_threads=1)
    router = Router(context)
    pool = LocalPool(
        context,
        settings.config,
        folder,
        log,
        quick_engine=settings.quick_engine,
        model_engine=settings.model_engine,
    )
    engine_id, token = ids.new(), handshake.new_token()
    unix = places.socket_path(path)
    if unix is not None and not _holds_sockets(unix.parent):
        unix = None
    endpoints = router.bind(unix)
    front = Front(
        settings.config,
        router,
        pool,
        engine_id=engine_id,
        token=token,
        version=_version(),
        launcher=settings.launcher,
        chore=lambda: logs.rotate(log),
    )
    _stop_on_signals(front.stop)
    entry = session.Session(
        endpoints=tuple(endpoints),
        engine_id=engine_id,
        pid=os.getpid(),
        started_ms=time.time_ns() // 1_000_000,
        proto=session.our_proto(),
        token=token.hex(),
        launcher=settings.launcher,
        log=places.as_text(log),
    )
    written = _publish(entry, path)
    _log.info("engine %s listens on %s", engine_id, ", ".join(endpoints))
    try:
        if ready is not None:
            ready()
        front.run()
    finally:
        for place in written:
            session.remove(engine_id, place)
        pool.close()
        router.close()
        context.term()
        if unix is not None:
            unix.unlink(missing_ok=True)
        _log.info("engine %s has ended", engine_id)


def _publish(entry: session.Session, path: Path) -> list[Path]:
    """Write the session file, and its copies for sandboxed programs; returns what was written.

    Raises CannotStart when the first cannot be written; without a copy, a sandboxed program finds no engine.
    """
    try:
        written = [session.write(entry, path)]
    except ProtocolError as error:
        raise CannotStart(error.message) from None
    except OSError as error:
        raise CannotStart(_unusable(error)) from None
    for place in places.shared_with(path):
        try:
            written.append(session.write(entry, place))
        except (ProtocolError, OSError) as error:
            _log.warning("no session file for the sandbox at %s: %s", place.parent, error)
    return written


@contextmanager
def _workers_folder(path: Path) -> Generator[Path]:
    """A folder for the workers' socket: in the engine's own, or, where there can be no socket, elsewhere."""
    beside = places.run_folder(path) / "workers"
    if places.socket_in(beside, "workers.sock") is not None and _holds_sockets(beside.parent):
        try:
            private.private_folder(beside)
        except ProtocolError as error:
            raise CannotStart(error.message) from None
        try:
            yield beside
        finally:
            private.remove_folder(beside, "workers.sock")
    else:
        with tempfile.TemporaryDirectory(prefix="pullbrush-") as elsewhere:
            yield Path(elsewhere)


def _holds_sockets(folder: Path) -> bool:
    """Whether the disk of a folder can hold a unix socket: USB sticks and network drives often cannot."""
    if sys.platform == "win32":
        return False
    probe = folder / f"probe{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        try:
            one.bind(os.fsencode(probe))
        except OSError:
            return False
    probe.unlink(missing_ok=True)
    return True


def _version() -> str:
    from importlib import metadata

    with suppress(metadata.PackageNotFoundError):
        return metadata.version("pullbrush")
    return "0"


def _stop_on_signals(stop: Callable[[], None]) -> None:
    def handle(_number: int, _frame: object) -> None:
        stop()

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, handle)


def parse(arguments: Sequence[str]) -> Settings:
    """Settings from a command line; every number of `Config` is an option of its own name."""
    parser = argparse.ArgumentParser(
        prog="python -m server", description="Run the Pullbrush engine in the foreground."
    )
    parser.add_argument("--session-file", type=Path, help="where to write the session file")
    parser.add_argument("--launcher", type=int, default=0, help="process that may shut it down")
    parser.add_argument("--quiet", action="store_true", help="log to the file only")
    parser.add_argument("--engine", default="", help=argparse.SUPPRESS)
    parser.add_argument("--quick-engine", default="", help=argparse.SUPPRESS)
    numbers = fields(Config)
    for number in numbers:
        kind = int if isinstance(number.default, int) else float
        option = f"--{number.name.replace('_', '-')}"
        parser.add_argument(option, type=kind, default=number.default, help=argparse.SUPPRESS)
    found = parser.parse_args(arguments)
    config = replace(Config(), **{number.name: getattr(found, number.name) for number in numbers})
    return Settings(
        config=config,
        session_file=found.session_file,
        launcher=found.launcher,
        quick_engine=found.quick_engine,
        model_engine=found.engine,
        quiet=found.quiet,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m server`: exit code 2 with one sentence when the engine cannot start."""
    try:
        serve(parse(sys.argv[1:] if arguments is None else arguments))
    except (CannotStart, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0
