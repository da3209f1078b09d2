# SPDX-License-Identifier: Apache-2.0
"""Never a traceback: not on a narrow code page, a closed pipe, a full disk, without a home, nor at Ctrl+C."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_helpers import Run, command, end_engine
from patience import PATIENCE_S

DRAG = ("--drag", "66,62:66,40", "--method", "warp")
CODINGS = ("ascii", "cp1252", "cp437", "cp932", "utf-8")
COMMAND = [sys.executable, "-m", "server.cli"]


def raw(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """The command's bytes as they are."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=os.environ | more,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )


def assert_calm(done: subprocess.CompletedProcess[bytes], coding: str, code: int) -> str:
    said = (done.stdout + done.stderr).decode(coding)
    assert done.returncode == code, said
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    return said


@pytest.mark.parametrize("coding", CODINGS)
def test_every_encoding_of_the_terminal_will_do(coding: str, scene: Path, pullbrush: Run) -> None:
    """Help with its boxes, a table, an edit with all that it says, and a mistake."""
    del pullbrush
    own = {"PYTHONIOENCODING": coding, "PULLBRUSH_DATA": str(scene.parent / "data")}
    assert "pullbrush edit" in assert_calm(raw("edit", "drag", "--help", **own), coding, 0)
    assert "scenes" in assert_calm(raw("models", **own), coding, 0)
    out = scene.with_name("out.ora")
    said = assert_calm(raw("edit", "drag", scene, *DRAG, "-o", out, **own), coding, 0)
    assert "May change" in said
    assert "drag [Pullbrush]" in said
    if coding == "ascii":
        assert " x " in said, "near ASCII, not question marks"
        assert "?" not in said
    said = assert_calm(raw("edit", "drag", scene, *DRAG, "-o", out, **own), coding, 2)
    assert "there already" in said


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_the_doctor_speaks_in_every_locale(locale: str) -> None:
    own = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = raw("doctor", **own)
    said = assert_calm(done, "utf-8", 0)
    assert "Everything that is needed works." in said


@pytest.mark.parametrize("arguments", [("doctor",), ("models",), ("edit", "drag", "--help")])
def test_a_reader_that_goes_away_ends_it_quietly(arguments: tuple[str, ...]) -> None:
    """`pullbrush doctor | head -1`, with a reader that is gone before anything is written."""
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert (process.returncode, said) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a full disk at hand")
@pytest.mark.parametrize("arguments", [("models",), ("doctor", "--json"), ("--version",)])
def test_output_that_cannot_be_written_is_said(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
    said = done.stderr.decode()
    assert done.returncode == 1, said
    assert said == "pullbrush: The output cannot be written: No space left on device.\n"


HOMES = {
    "a home that cannot be written": {"HOME": "/dev/null"},
    "no home at all": {"HOME": "nowhere/at-all"},
    "a session that cannot be": {"PULLBRUSH_SESSION": "/dev/null/x/engine.json"},
    "a session that is a folder": {"PULLBRUSH_SESSION": "/"},
    "a home of nobody": {"PULLBRUSH_SESSION": "~nobody-of-this-name/engine.json"},
}


@pytest.mark.parametrize("name", HOMES)
def test_without_a_place_for_its_files_it_says_what_to_set(
    name: str, scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {
        **{"PULLBRUSH_SESSION": "", "PULLBRUSH_DATA": "", "XDG_DATA_HOME": ""},
        **{"XDG_CONFIG_HOME": "", **HOMES[name]},
    }
    out = scene.with_name("out.png")
    monkeypatch.chdir(scene.parent)  # a home that is no whole path must not be made here
    for words in (("edit", "drag", scene, *DRAG, "-o", out), ("serve",), ("stop",)):
        said = assert_calm(raw(*words, **own), "utf-8", 0 if ends_well(name, words) else 3)
        if not ends_well(name, words):
            assert "PULLBRUSH_SESSION" in said
            assert len([line for line in said.splitlines() if "pullbrush: " in line]) == 1
    assert_calm(raw("models", **own), "utf-8", 0)
    said = assert_calm(raw("doctor", **own), "utf-8", 1)
    assert "One thing does not work: session file." in said
    for words in (("install", "krita"), ("uninstall", "gimp"), ("models", "convert", "no.pkl")):
        done = raw(*words, **own)
        assert done.returncode in (1, 2)
        assert_calm(done, "utf-8", done.returncode)
    assert sorted(path.name for path in scene.parent.iterdir()) == ["lake.png", "mask.png"]


def ends_well(name: str, words: tuple[object, ...]) -> bool:
    """Where there can be no session file, none is found, and nothing has to be stopped."""
    return words[0] == "stop" and name in (
        *("a home that cannot be written", "a session that cannot be"),
    )


def test_a_disk_that_fills_up_while_the_result_is_written(scene: Path, pullbrush: Run) -> None:
    """Simulated by a limit on the size of files: what is written beyond it fails as on a full disk."""
    pullbrush("plan", "drag", scene, *DRAG)  # the engine must not live under the limit
    out = scene.with_name("out.ora")
    done = subprocess.run(
        [*COMMAND, "edit", "drag", str(scene), *DRAG, "-o", str(out)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    said = assert_calm(done, "utf-8", 1)
    assert "out.ora" in said
    assert "Make room" in said
    assert sorted(path.name for path in scene.parent.iterdir()) == ["lake.png", "mask.png"]


BEGIN = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
class Begun:
    def find_spec(self, name, path=None, target=None):
        if name == "server.cli.app":
            signal.signal(signal.SIGINT, signal.default_int_handler)
            print("begun", flush=True)
sys.meta_path.insert(0, Begun())
from server.cli.entry import main
main()
"""
"""Says so as soon as the command line is entered: what Python itself does before that is not ours."""


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2, 0.5, 1.0])
def test_ctrl_c_at_any_time_is_a_sentence(delay: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN, "doctor"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in said
    assert process.returncode in (130, 0), said
    assert said in ("", "pullbrush: Cancelled.\n", "pullbrush: Cancelled; nothing was written.\n")


def test_an_error_of_ours_is_a_sentence_that_asks_for_a_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.cli import models
    from server.cli.app import main

    def fails(**_: object) -> None:
        raise ZeroDivisionError("one over nothing")

    monkeypatch.setattr(models, "models", fails)
    with pytest.raises(SystemExit) as ended:
        main(["models"])
    found = capsys.readouterr()
    assert ended.value.code == 1
    assert found.err.startswith(
        "pullbrush: Something went wrong inside Pullbrush (ZeroDivisionError"
    )
    assert "Traceback" not in found.err
    monkeypatch.setenv("PULLBRUSH_TRACEBACK", "1")
    with pytest.raises(SystemExit):
        main(["models"])
    assert "Traceback" in capsys.readouterr().err


NAME = b"caf\xe9.png"
"""How a file is called that came from an old disk: no UTF-8."""


def test_a_file_name_that_is_no_text_is_worked_with(scene: Path, pullbrush: Run) -> None:
    source = Path(os.fsdecode(os.fsencode(scene.parent) + b"/" + NAME))
    try:
        source.write_bytes(scene.read_bytes())
    except OSError:
        pytest.skip("this disk knows no such names")
    out = Path(os.fsdecode(os.fsencode(scene.parent) + b"/caf\xe9.ora"))
    mask = Path(os.fsdecode(os.fsencode(scene.parent) + b"/m\xe4.png"))
    mask.write_bytes(scene.with_name("mask.png").read_bytes())
    place = scene.parent / os.fsdecode(b"s\xe9") / "engine.json"
    own = {"PULLBRUSH_SESSION": str(place), "PULLBRUSH_DATA": str(place.parent / "data")}
    edit = ("edit", "move", source, "--mask", mask, "--by", "3,4", "--method", "warp", "-o", out)
    try:
        said = assert_calm(raw(*edit, **own), "utf-8", 0)
        assert "caf\\xe9.ora" in said
        again = out.with_name("again.ora")
        assert_calm(raw("redo", out, "-o", again, **own), "utf-8", 0)
        done = raw("plan", "drag", source, *DRAG, "--json", **own)
        assert_calm(done, "utf-8", 0)
        assert_calm(raw("doctor", **own), "utf-8", 0)
        done = raw(*edit, "--json", **own)
        assert "caf\\xe9.ora" in json.loads(done.stdout)["error"]["message"]
        done = raw(*edit, "--json", "--overwrite", "--progress", "none", **own)
        assert json.loads(done.stdout)["out"] == f"{scene.parent}/caf\\xe9.ora"
    finally:
        end_engine(place)


def test_what_cannot_be_written_is_shown_by_its_bytes() -> None:
    from server.cli import streams

    streams.prepare()
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=streams.HANDLER)
    stream.write("“caf\udce9” … × 日")
    stream.flush()
    assert stream.buffer.getvalue() == b'"caf\\xe9" ... x ?'  # type: ignore[attr-defined]


def test_the_helpers_are_used() -> None:
    assert command("--version").stdout.startswith("pullbrush ")
