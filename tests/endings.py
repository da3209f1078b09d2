# SPDX-License-Identifier: Apache-2.0
"""Every run of the tests ends: three nets, each for what falls through the one before.

1. A test past its limit *fails*: pytest-timeout raises in the main thread, by a signal where the system has them.
2. A test that no signal reaches (native code that never returns, code that swallows the exception) ends its process,
   with every thread's stack on stderr. faulthandler's thread needs neither the interpreter nor its lock for that.
3. Under pytest-xdist a lost worker ends the run, with the test it was at. xdist waits for the end of the worker's
   pipe, which never comes while a process forked from that worker lives on; here its processes are watched instead.
   And a run in which nothing runs and nothing is heard any more is ended with a sentence.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from collections.abc import Generator
from typing import Any

import pytest

HARD = 2.0
"""Limits: what is left of a test after its own (fixtures, an example that is replayed) has as long again."""
LEAVE_S = 300.0
"""For a process that has run its tests."""
LOST_S = 5.0
"""Between a worker's end and its being called lost: its last messages are read first."""
SILENCE_S = 900.0
"""Without a test that runs. Workers start and collect in a tenth of it on a slow machine."""


class HardLimit:
    """Net 2: arms faulthandler for each test, anew for its teardown, and for the way out."""

    def __init__(self) -> None:
        self._stderr = os.dup(2)  # before output is captured
        self._seconds = 0.0

    def _arm(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(seconds, file=self._stderr, exit=True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        self._seconds = 0.0
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()

    @pytest.hookimpl(optionalhook=True)
    def pytest_timeout_set_timer(self, settings: Any) -> None:
        self._seconds = HARD * settings.timeout
        self._arm(self._seconds)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """pytest disarms it when a test has failed, though its fixtures are still to be left."""
        if self._seconds:
            self._arm(self._seconds)

    def pytest_unconfigure(self) -> None:
        self._arm(LEAVE_S)


class Workers:
    """Net 3, in the process that hands out the tests."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._running: set[str] = set()
        self._done = 0
        self._heard = time.monotonic()
        self._over = threading.Event()
        self._wrong = ""

    def pytest_sessionstart(self) -> None:
        threading.Thread(target=self._watch, name="watches the workers", daemon=True).start()

    def pytest_configure_node(self, node: Any) -> None:
        self._nodes.append(node)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running.add(nodeid)
        self._heard = time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running.discard(nodeid)
        self._done += 1
        self._heard = time.monotonic()

    def pytest_testnodedown(self, node: Any, error: object) -> None:
        if error:
            self._wrong = self._wrong or f"worker {node.gateway.id} was lost ({error})"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """xdist's own, about what a lost worker was at, or about a test that it had not begun."""
        lost = report.when not in ("setup", "call", "teardown")
        if lost and report.nodeid in self._running:
            self._running.discard(report.nodeid)
            self._done += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Without its worker a test is not run, and xdist does not count that as a failure."""
        self._over.set()
        if self._wrong:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._wrong += f"; of {session.testscollected} tests {self._done} were run"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._wrong:
            terminalreporter.write_sep("=", self._wrong, red=True)

    def _watch(self) -> None:
        gone: dict[Any, float] = {}
        while not self._over.wait(1):
            now = time.monotonic()
            for node in self._nodes:
                if node.gateway._io.popen.poll() is not None:
                    gone.setdefault(node, now)
            for node in [node for node, since in gone.items() if now - since > LOST_S]:
                self._nodes.remove(node)
                del gone[node]
                self._end_of_pipe(node)
            if not self._running and now - self._heard > SILENCE_S:
                self._wrong = f"no test has run for {SILENCE_S:g} s and the workers say nothing"
                for node in self._nodes:
                    self._end_of_pipe(node)
                return

    def _end_of_pipe(self, node: Any) -> None:
        """Tell xdist what the pipe would, unless it has heard it."""
        from xdist.workermanage import Marker

        node.process_from_remote(Marker.END)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Hang the nets that this process needs."""
    config.pluginmanager.register(HardLimit(), "hard_limit")
    if (
        config.getoption("dist", "no") != "no"
    ):  # as pytest-xdist decides whether this process hands out tests
        config.pluginmanager.register(Workers(), "workers")
