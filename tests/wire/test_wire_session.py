# SPDX-License-Identifier: Apache-2.0
"""The session file: who may read it, what happens to planted ones, and when it is stale."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from protocol import handshake, ids, places, private, refuse, session
from protocol.errors import ParamError, ProtocolError


def make(**changes: object) -> session.Session:
    values: dict = {
        "endpoints": ("ipc:///tmp/x/engine.sock", "tcp://127.0.0.1:5555"),
        "engine_id": ids.new(),
        "pid": os.getpid(),
        "started_ms": 1,
        "proto": session.our_proto(),
        "token": handshake.new_token().hex(),
    }
    return session.Session(**(values | changes))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "pullbrush" / "engine.json"


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("open_umask")
def test_only_the_owner_can_read_it_even_under_umask_0(place: Path):
    made = make()
    assert session.write(made, place) == place
    assert (mode(place), mode(place.parent)) == (0o600, 0o700)
    assert session.read(place) == made
    assert [path.name for path in place.parent.iterdir()] == ["engine.json"]


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("bits", [0o777, 0o775, 0o1777])
def test_a_folder_that_others_can_write_into_is_refused_and_stays_as_it_is(place: Path, bits: int):
    place.parent.mkdir()
    place.parent.chmod(bits)
    with pytest.raises(ProtocolError, match=r"Others may write into .*chmod go-w"):
        session.write(make(), place)
    assert mode(place.parent) == bits
    assert not list(place.parent.iterdir())


def test_a_folder_of_the_users_that_others_can_read_keeps_its_mode(place: Path):
    place.parent.mkdir()
    place.parent.chmod(0o755)
    session.write(make(), place)
    assert (mode(place), mode(place.parent)) == (0o600, 0o755)


@pytest.mark.parametrize("text", ["", "my notes", "{}", '{"token": "x"}', "x" * 70_000])
def test_a_file_of_the_users_is_never_overwritten_nor_removed(place: Path, text: str):
    place.parent.mkdir(mode=0o700)
    place.write_text(text)
    place.chmod(0o600)
    with pytest.raises(ProtocolError, match="did not write, so it is left alone") as caught:
        session.write(make(), place)
    assert caught.value.code == "session.unsafe"
    assert not session.remove(ids.new(), place)
    assert place.read_text() == text
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_a_folder_of_the_engines_own_is_made_and_no_other_is_taken(tmp_path: Path):
    folder = tmp_path / "engine.json.run"
    assert private.private_folder(folder) == folder
    assert private.private_folder(folder) == folder, "made here before"
    (folder / "a.sock").touch()
    private.remove_folder(folder, "b.sock")
    assert (folder / "a.sock").exists(), "what was not named stays"
    private.remove_folder(folder, "a.sock")
    assert not folder.exists()
    folder.mkdir(mode=0o700)
    (folder / "precious").touch()
    with pytest.raises(ProtocolError, match="was not made by Pullbrush"):
        private.private_folder(folder)
    private.remove_folder(folder, "precious")
    assert [path.name for path in folder.iterdir()] == ["precious"]
    (folder / "precious").unlink()
    folder.chmod(0o755)
    with pytest.raises(ProtocolError, match="open to others"):
        private.private_folder(folder)
    assert mode(folder) == 0o755


@pytest.fixture
def no_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk like exFAT or CIFS: every folder is 0755, every file 0644, and nobody says that asking was in vain."""
    folder, file = Path.mkdir, os.open

    def mkdir(self: Path, mode: int = 0o777, **more: bool) -> None:
        folder(self, mode, **more)
        self.chmod(0o755)

    def opened(path, flags: int, mode: int = 0o777, **more) -> int:
        found = file(path, flags, mode, **more)
        if flags & os.O_CREAT:
            os.fchmod(found, 0o644)
        return found

    monkeypatch.setattr(Path, "mkdir", mkdir)
    monkeypatch.setattr(os, "open", opened)


@pytest.mark.usefixtures("no_modes")
def test_a_disk_without_file_modes_is_found_out_when_writing(place: Path):
    """Otherwise the engine writes what every reader refuses, for ever."""
    for write in (lambda: session.write(make(), place), lambda: private.private_folder(place)):
        with pytest.raises(ProtocolError, match="does not keep who may read") as caught:
            write()
        assert f"Set {places.VARIABLE} to" in caught.value.message
        assert not list(place.parent.glob("**/*")), "no secret is left behind"
    place.parent.mkdir(exist_ok=True)  # as it was made by another program
    with pytest.raises(ProtocolError, match="does not keep who may read"):
        session.write(make(), place)
    assert not list(place.parent.iterdir())


def test_the_second_engine_replaces_the_file_whole(place: Path):
    session.write(make(), place)
    second = make()
    session.write(second, place)
    assert session.read(place) == second


def test_a_planted_symlink_is_refused_and_its_target_untouched(place: Path, tmp_path: Path):
    place.parent.mkdir(mode=0o700)
    target = tmp_path / "precious"
    target.write_text("keep me")
    place.symlink_to(target)
    with pytest.raises(ProtocolError) as caught:
        session.read(place)
    assert caught.value.code == "session.unsafe"
    with pytest.raises(ProtocolError, match="not a plain file"):
        session.write(make(), place)
    assert target.read_text() == "keep me"
    assert place.is_symlink()


def test_a_planted_folder_is_refused(place: Path, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    place.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProtocolError, match="not a folder of yours"):
        session.write(make(), place)
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(place: Path, bits: int):
    session.write(make(), place)
    place.chmod(bits)
    with pytest.raises(ProtocolError, match="open to others"):
        session.read(place)


def test_a_fifo_does_not_hang_the_reader(place: Path):
    place.parent.mkdir(mode=0o700)
    os.mkfifo(place, 0o600)
    with pytest.raises(ProtocolError, match="not a plain file"):
        session.read(place)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"endpoints": 1}',
        "[" * 50_000,
        '"' + "x" * 70_000 + '"',
        '{"a": NaN}',
        "\x00",
    ],
)
def test_nonsense_in_the_file_is_one_clear_error(place: Path, text: str):
    session.write(make(), place)
    place.write_text(text)
    with pytest.raises(ProtocolError) as caught:
        session.read(place)
    assert caught.value.code == "session.unsafe"


def test_an_endpoint_elsewhere_in_the_file_is_refused(place: Path):
    session.write(make(), place)
    told = json.loads(place.read_text())
    told["endpoints"] = ["tcp://10.0.0.1:80"]
    place.write_text(json.dumps(told))
    with pytest.raises(ProtocolError) as caught:
        session.read(place)
    assert caught.value.code == "endpoint.refused"


def test_a_missing_file_says_how_to_start_the_engine(place: Path):
    with pytest.raises(ProtocolError, match="No engine is running") as caught:
        session.read(place)
    assert caught.value.code == "session.missing"


def test_only_its_own_engine_removes_it(place: Path):
    made = make()
    session.write(made, place)
    assert not session.remove(ids.new(), place)
    assert place.exists()
    assert session.remove(made.engine_id, place)
    assert not place.exists()
    assert not session.remove(made.engine_id, place)


def test_a_dead_engine_is_stale_and_a_living_one_is_not():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    made = make(pid=child.pid)
    assert not session.is_stale(made)
    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert session.is_stale(made)  # not collected yet: a zombie
    assert child.stdin is not None
    child.stdin.close()
    child.wait()
    assert session.is_stale(made)
    assert not session.is_stale(make(pid=1))


def test_the_path_is_under_the_home_and_can_be_chosen(monkeypatch: pytest.MonkeyPatch):
    home = Path("/h")  # short: a socket's path has its limit, and folders of tests come near it
    monkeypatch.delenv(places.VARIABLE)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/elsewhere")
    assert session.session_path() == home / ".pullbrush" / "engine.json"
    assert places.socket_path() == home / ".pullbrush" / "engine.json.run" / "engine.sock"
    monkeypatch.setenv(places.VARIABLE, "~/my.json")
    assert session.session_path() == home / "my.json"
    assert places.socket_path(home / ("x" * 100) / "engine.json") is None
    assert places.socket_path(home / "caf\udce9" / "engine.json") is None


def test_without_a_home_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(places.VARIABLE)
    for home in ("relative", "~"):
        monkeypatch.setenv("HOME", home)
        with pytest.raises(ProtocolError, match="Set HOME to a folder of yours"):
            session.session_path()
    monkeypatch.setenv(places.VARIABLE, "~nobody-of-this-name/x.json")
    with pytest.raises(ProtocolError, match="names no home folder"):
        session.session_path()


@pytest.mark.parametrize(
    ("shared", "inside"),
    [
        ("snap/gimp/common", {"HOME": "snap/gimp/42", "SNAP_USER_COMMON": "snap/gimp/common"}),
        (".var/app/org.kde.krita", {"HOME": "", "FLATPAK_ID": "org.kde.krita"}),
    ],
)
def test_a_sandbox_and_an_engine_outside_meet_where_both_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: str, inside: dict[str, str]
):
    """A Snap has another HOME, and its own view of hidden folders; a Flatpak may see nothing of the home."""
    monkeypatch.delenv(places.VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "snap/code/common").mkdir(parents=True)
    ours = private.private_folder(tmp_path / shared / places.FOLDER)
    outside = session.session_path()
    assert places.shared_with(outside) == [ours / places.FILE]
    assert places.shared_with(tmp_path / "elsewhere.json") == []
    for name, value in inside.items():
        whole = name in ("HOME", "SNAP_USER_COMMON")
        monkeypatch.setenv(name, str(tmp_path / value) if whole else value)
    assert session.session_path() == ours / places.FILE


def test_the_token_is_in_no_text_of_it():
    made = make()
    assert made.token not in f"{made} {made!r}"
    for wrong in ("f" * 63, "f" * 63 + "X"):
        with pytest.raises(ParamError) as caught:
            make(token=wrong)
        assert "fff" not in str(caught.value)


@pytest.mark.parametrize(
    "endpoint",
    ["tcp://127.0.0.1:5555", "tcp://127.8.9.1:1", "tcp://[::1]:65535", "ipc:///run/x.sock"],
)
def test_endpoints_of_this_machine(endpoint: str):
    refuse.elsewhere(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        *(
            "tcp://0.0.0.0:5555",
            "tcp://*:5555",
            "tcp://[::]:5",
            "tcp://10.0.0.1:5",
            "tcp://localhost:5",
            "tcp://:5",
        ),
        *(
            "tcp://127.0.0.1:0",
            "tcp://127.0.0.1:65536",
            "tcp://127.0.0.1:*",
            "tcp://127.0.0.1",
            "ipc://@abstract",
        ),
        *(
            "ipc://relative",
            "ipc://*",
            "ipc:///a\0b",
            "pgm://127.0.0.1:5",
            "inproc://x",
            "http://127.0.0.1:80",
            "",
        ),
        *(
            "tcp://127.0.0.1:5 ",
            "tcp://127.0.0.1:5\n",
            "tcp://127.0.0.1;10.0.0.1:5",
            "tcp://127.1:5",
            "x" * 9000,
        ),
    ],
)
def test_endpoints_elsewhere_are_refused_with_a_sentence(endpoint: str):
    with pytest.raises(ProtocolError) as caught:
        refuse.elsewhere(endpoint)
    assert caught.value.code == "endpoint.refused"
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) < 1000


def test_any_free_port_is_for_binding_only():
    refuse.elsewhere("tcp://127.0.0.1:*", binding=True)
    with pytest.raises(ProtocolError):
        refuse.elsewhere("tcp://0.0.0.0:*", binding=True)
