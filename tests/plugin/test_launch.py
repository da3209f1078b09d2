# SPDX-License-Identifier: Apache-2.0
"""How a plug-in starts the engine: by a command nobody else could have written, with a clean environment."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest
from fakes.connection import ScriptedConnection
from patience import PATIENCE_S

from protocol.events import Reconnecting
from protocol.plugin import launch
from protocol.plugin.launch import Launcher, clean_environment, read_command, write_command
from protocol.plugin.strings import Strings


def gone(code: str = "session.missing") -> Reconnecting:
    return Reconnecting(code=code, message="There is no engine.", attempt=1, delay=0.1)


@pytest.fixture(autouse=True)
def own_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLBRUSH_SESSION", str(tmp_path / "session" / "engine.json"))


def program(folder: Path, body: str) -> list[str]:
    """A command that runs a few lines instead of an engine."""
    script = folder / "engine.py"
    script.write_text(f"import os, sys, json, time\n{body}\n")
    return [sys.executable, str(script)]


def wait_for(place: Path) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while not place.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return place.read_text()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    place = write_command(tmp_path / "a", ["/usr/bin/python3", "-m", "server"])
    assert place.stat().st_mode & 0o777 == 0o600
    assert read_command(tmp_path / "none", tmp_path / "a") == ["/usr/bin/python3", "-m", "server"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"command": []}', '{"command": "x"}', '{"command": [1]}', "[" * 100_000,
     '{"command": ["python3", "-m", "server"]}'],
)  # fmt: skip
def test_what_is_no_command_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / launch.FILE).write_text(text)
    (tmp_path / launch.FILE).chmod(0o600)
    assert read_command(tmp_path) == []


def test_a_command_that_others_may_write_is_not_run(tmp_path: Path) -> None:
    place = write_command(tmp_path, ["/bin/true"])
    place.chmod(0o666)
    assert read_command(tmp_path) == []


def test_the_paint_programs_own_settings_stay_behind() -> None:
    given = {
        "PYTHONPATH": "/usr/lib/krita-python-libs", "PYTHONHOME": "/x", "LD_LIBRARY_PATH": "/x",
        "QT_PLUGIN_PATH": "/x", "APPDIR": "/x", "HOME": "/h", "PATH": "/bin", "OMP_NUM_THREADS": "1",
        "PULLBRUSH_SESSION": "/s",
    }  # fmt: skip
    kept = {"HOME", "PATH", "OMP_NUM_THREADS", "PULLBRUSH_SESSION"}
    assert set(clean_environment(given)) == kept


def test_a_missing_engine_is_started_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    out = tmp_path / "told"
    body = f"open({str(out)!r} + '.new', 'a').write(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
    body += f"os.rename({str(out)!r} + '.new', {str(out)!r}); time.sleep(30)"
    write_command(tmp_path, program(tmp_path, body))
    launcher = Launcher([tmp_path])
    for _ in range(5):
        launcher.hear(gone())
    assert launcher.state.kind == "starting"
    words, environment = json.loads(wait_for(out))
    assert words == ["--quiet", "--launcher", str(os.getpid())]
    assert "PYTHONPATH" not in environment
    assert launcher._process is not None
    launcher._process.kill()
    launcher._process.wait()


def test_without_a_command_the_artist_is_told_what_to_type(tmp_path: Path) -> None:
    launcher = Launcher([tmp_path])
    launcher.hear(gone())
    assert launcher.state.kind == "absent"
    assert launcher.state.command == "pullbrush serve"
    assert launcher.state.said(Strings("de")).startswith(
        Strings("de").text("error.session.missing")
    )
    assert launcher.state.said(Strings("de")) != launcher.state.said(Strings("en"))


def test_a_try_without_a_command_says_where_one_was_looked_for(tmp_path: Path) -> None:
    launcher = Launcher([tmp_path])
    launcher.hear(gone())
    launcher.again()
    launcher.hear(gone())
    assert launcher.state.kind == "absent"
    assert "no command that starts it was found" in launcher.state.sentence
    assert str(tmp_path / launch.FILE) in launcher.state.sentence
    assert "terminal" in launcher.state.sentence


def test_a_try_is_answered_in_the_connections_next_turn(tmp_path: Path) -> None:
    """Not only when the connection tries again by itself, which may be half a minute later."""
    launcher = Launcher([tmp_path])
    launcher.hear(gone())
    launcher.hear(None)
    assert "no command that starts it was found" not in launcher.state.sentence, "not asked for"
    launcher.again()
    launcher.hear(None)
    assert "no command that starts it was found" in launcher.state.sentence
    write_command(tmp_path, program(tmp_path, "time.sleep(30)"))
    launcher.again()
    launcher.hear(None)
    assert launcher.state.kind == "starting"
    assert launcher._process is not None
    launcher._process.kill()
    launcher._process.wait()


@pytest.mark.parametrize("there", ["connected", "of another version"])
def test_a_try_starts_no_engine_beside_one_that_is_there(tmp_path: Path, there: str) -> None:
    net = ScriptedConnection()
    net.come_back()
    launcher = Launcher([tmp_path])
    launcher.hear(gone())
    launcher.hear(net.inbox[-1] if there == "connected" else gone("version.newer"))
    before = launcher.state
    write_command(tmp_path, program(tmp_path, "time.sleep(30)"))
    launcher.again()
    launcher.hear(None)
    assert launcher.state is before
    assert launcher._process is None


def test_an_engine_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    write_command(tmp_path, program(tmp_path, "sys.exit(3)"))
    launcher = Launcher([tmp_path])
    launcher.hear(gone())
    assert launcher._process is not None
    launcher._process.wait(20)
    launcher.hear(gone())
    assert launcher.state.kind == "absent"
    assert "It ended at once." in launcher.state.sentence
    assert "engine.log" in launcher.state.sentence


def test_an_engine_that_has_no_place_is_told_in_its_own_words(tmp_path: Path) -> None:
    """The real engine, whose session file would lie where others can write: its sentence reaches the panel."""
    (tmp_path / "session").mkdir()
    (tmp_path / "session").chmod(0o777)
    write_command(tmp_path, [sys.executable, "-P", "-m", "server"])
    launcher = Launcher([tmp_path])
    launcher.hear(gone())
    assert launcher._process is not None
    launcher._process.wait(60)
    for _ in range(2):  # it is asked again and again
        launcher.hear(gone())
        assert "Others may write into" in launcher.state.sentence


def test_a_command_that_cannot_run_is_told(tmp_path: Path) -> None:
    write_command(tmp_path, [str(tmp_path / "no-such-program")])
    launcher = Launcher([tmp_path])
    launcher.hear(gone())
    assert launcher.state.kind == "absent"
    assert "No such file" in launcher.state.sentence


def test_a_stranger_at_the_address_starts_nothing(tmp_path: Path) -> None:
    write_command(tmp_path, [str(tmp_path / "no-such-program")])
    launcher = Launcher([tmp_path])
    launcher.hear(gone("auth.failed"))
    assert launcher.state.kind == "lost"
