# SPDX-License-Identifier: Apache-2.0
"""Finding an engine, starting one, sharing it; and how quickly it is there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engine_process import PATIENCE_S, ROOT, Engine, wait_for
from fakes.session_file import lost_engine

from protocol import session
from protocol.client import Client
from protocol.messages import EngineShutdown
from protocol.places import log_path
from server.start import NoEngine, find_engine, find_or_start_engine, start_engine


def stop(place: Path) -> None:
    """End the engine that a test started in the background."""
    with Client("test", pid=os.getpid(), session=place) as client:
        client.connect(PATIENCE_S)
        client.request(EngineShutdown())
        wait_for(lambda: not place.exists(), "the end of the engine", client=client)


def test_a_running_engine_is_found_and_not_started_again(engine: Engine) -> None:
    found = find_or_start_engine(engine.file)
    assert found.pid == engine.process.pid


def test_an_engine_is_started_in_the_background_and_outlives_its_starter(tmp_path: Path) -> None:
    place = tmp_path / "run" / "engine.json"
    code = (
        "import sys; from pathlib import Path; from server.start import find_or_start_engine;"
        "print(find_or_start_engine(Path(sys.argv[1])).pid)"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(2)
    ]
    pids = {starter.communicate(timeout=PATIENCE_S)[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0, 0]
    found = session.read(place)
    assert pids == {str(found.pid)}, "two that start at once share one engine"
    assert os.getpgid(found.pid) == found.pid, "a process group of its own"
    assert log_path(place).stat().st_mode & 0o077 == 0
    stop(place)


def test_a_session_file_left_behind_by_a_crash_does_not_count(make_engine) -> None:
    engine: Engine = make_engine()
    engine.kill()
    engine.process.wait()
    assert engine.file.exists()
    assert find_engine(engine.file) is None
    again = find_or_start_engine(engine.file)
    assert again.pid != engine.process.pid
    stop(engine.file)


def test_somebody_elses_process_under_the_old_number_does_not_count(tmp_path: Path) -> None:
    """The process lives, but nobody who knows the token answers."""
    place = tmp_path / "run" / "engine.json"
    session.write(lost_engine(), place)
    assert find_engine(place, timeout_s=0.5) is None


def test_an_engine_that_cannot_start_is_explained(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(NoEngine, match="file"):
        find_or_start_engine(blocked / "engine.json", timeout_s=20)


def test_an_unsafe_session_file_is_explained(tmp_path: Path) -> None:
    place = tmp_path / "engine.json"
    place.write_text("{}")
    place.chmod(0o644)
    with pytest.raises(NoEngine, match="open to others"):
        find_or_start_engine(place)


def test_start_to_welcome_costs_little_beyond_python_itself(tmp_path: Path) -> None:
    """The budget is 0.5 s on a quiet machine; on a busy one a ratio to what the same machine does now holds.

    The yardstick is an interpreter that imports the two libraries no front can do without.
    """
    yardstick, ours = [], []
    for n in range(3):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "import zmq, msgpack, logging, subprocess"], check=True
        )
        yardstick.append(time.perf_counter() - begin)
        place = tmp_path / f"run{n}" / "engine.json"
        begin = time.perf_counter()
        process = start_engine(place)
        with Client("test", pid=os.getpid(), session=place) as client:
            client.connect(PATIENCE_S)
            ours.append(time.perf_counter() - begin)
            client.request(EngineShutdown())
            wait_for(lambda running=process: running.poll() is not None, "its end", client=client)
    assert min(ours) < max(0.5, 6 * min(yardstick)), (ours, yardstick)
