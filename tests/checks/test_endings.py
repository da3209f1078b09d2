# SPDX-License-Identifier: Apache-2.0
"""Runs of pytest end whatever their tests do, with the options of `make test` and this project's configuration."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 2
ENDLESS_S = 3000  # a run that does not end fails this test by its own limit
FINE = "def test_fine(): pass"


def in_parallel() -> list[str]:
    """What `make test` adds for its two processes."""
    line = re.search(
        r"^XDIST\s*:=.*,,(.*)\)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    assert line is not None
    return line.group(1).replace("$(JOBS)", "2").split()


def run(folder: Path, *options: str, **files: str) -> tuple[int, str]:
    """Exit status and output of a run over files of tests."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), "utf-8")
    with (folder / "said").open(
        "w+b"
    ) as said:  # a file: a pipe is open as long as any child has it
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "endings", "-c", ROOT / "pyproject.toml"),
                *("--rootdir", folder, "--timeout", str(LIMIT_S), "-p", "no:cacheprovider"),
                *(*options, folder),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
            check=False,
        )
        said.seek(0)
        return done.returncode, said.read().decode()


def test_a_test_past_its_limit_fails_and_the_next_one_runs(tmp_path: Path) -> None:
    """Whatever it waits in: sleeping, for another thread, for a process."""
    waits = f"""
        import subprocess, sys, threading, time
        def test_sleeps(): time.sleep({ENDLESS_S})
        def test_thread(): threading.Event().wait()
        def test_process():
            with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
                try: child.wait()
                finally: child.kill()
        {FINE}
    """
    code, said = run(tmp_path, test_waits=waits)
    assert code == 1, said
    assert "3 failed, 1 passed" in said
    assert f"Timeout (>{LIMIT_S:.1f}s)" in said


def test_what_no_signal_reaches_ends_the_process_and_is_named(tmp_path: Path) -> None:
    """Native code that keeps the interpreter's lock, and a loop that swallows whatever is raised in it."""
    deaf = """
        import ctypes, time
        def test_native():
            mutex, lock = ctypes.create_string_buffer(256), ctypes.PyDLL(None).pthread_mutex_lock
            lock(mutex); lock(mutex)
    """
    swallows = f"""
        import time
        def test_swallows():
            while True:
                try: time.sleep({ENDLESS_S})
                except BaseException: pass
    """
    for name, text in (("test_native", deaf), ("test_swallows", swallows)):
        folder = tmp_path / name
        folder.mkdir()
        code, said = run(folder, **{name: text})
        assert code == 1, said
        assert f"{name}.py" in said
        assert f"in {name}" in said.partition("Timeout (0:00:0")[2], said


def test_a_fixture_that_does_not_end_after_a_failed_test_ends_the_process(tmp_path: Path) -> None:
    text = f"""
        import pytest, time
        @pytest.fixture
        def stuck():
            yield
            time.sleep({ENDLESS_S})
        def test_fails(stuck): time.sleep({ENDLESS_S})
    """
    code, said = run(tmp_path, test_stuck=text)
    assert code == 1, said
    assert "in stuck" in said.partition("Timeout (0:00:0")[2], said


def test_a_lost_worker_ends_the_run_with_a_message(tmp_path: Path) -> None:
    """Though a child of that worker lives on and keeps its pipe open."""
    lost = f"""
        import os, time
        def test_lost():
            if os.fork() == 0:
                open({str(tmp_path / "child")!r}, "w").write(str(os.getpid()))
                time.sleep({ENDLESS_S})
                os._exit(0)
            while not os.path.exists({str(tmp_path / "child")!r}): time.sleep(0.01)
            os._exit(1)
    """
    try:
        code, said = run(tmp_path, *in_parallel(), test_lost=lost, test_other=FINE)
    finally:
        os.kill(int((tmp_path / "child").read_text()), 9)
    assert code == 1, said
    assert "crashed while running 'test_lost.py::test_lost'" in said
    assert "was lost (Not properly terminated); of 2 tests 2 were run" in said
    assert "1 failed, 1 passed" in said


def test_a_run_in_which_nothing_happens_any_more_ends_with_a_message(tmp_path: Path) -> None:
    stuck = f"""
        import endings, time
        endings.SILENCE_S = 1
        def pytest_collection_finish(session):
            if hasattr(session.config, "workerinput"): time.sleep({ENDLESS_S})
    """
    code, said = run(tmp_path, *in_parallel(), conftest=stuck, test_fine=FINE)
    assert code == 1, said
    assert "no test has run for 1 s" in said
    assert re.search("of [01] tests 0 were run", said), said  # it may have heard of the one


def test_no_test_has_a_shorter_limit_than_all_have() -> None:
    """A limit is no measure of speed: what is enough for one machine is not for another."""
    usual = re.search(
        r"^timeout = (\d+)$", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    assert usual is not None
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for seconds in re.findall(r"mark\.timeout\((\d+)\)", path.read_text("utf-8")):
            assert int(seconds) > int(usual.group(1)), f"{path.name}: {seconds} s"
