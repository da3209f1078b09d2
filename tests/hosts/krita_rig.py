# SPDX-License-Identifier: Apache-2.0
"""A real Krita on a display of its own, with a profile of its own, for one test at a time.

The first start of a Krita with a fresh profile takes ten times as long as the next ones, so a warmed profile is kept
outside the tree and copied for each run. Everything a run writes lies in memory where the machine offers that.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from protocol import session
from protocol.places import log_path
from protocol.plugin.launch import write_command
from server.cli.installing.install import engine_command, put_files, switch
from server.cli.installing.krita_folders import Place
from server.cli.installing.plugin_files import krita_files
from server.files import read_document

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHM = Path("/dev/shm")
OWN_HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)
"""The tests give themselves an empty home; what is to be kept between runs cannot lie there."""
CACHE = Path(os.environ.get("PULLBRUSH_TEST_CACHE") or OWN_HOME / ".cache" / "pullbrush-tests")
START_S = 180
HARMLESS = re.compile(
    r"SAFE ASSERT.*(imageRectInWidgetPixels|dummy|kis_node_manager.cpp, line 16[45])"
)
"""The last: a test made a layer active that Krita had not shown yet; the plug-in never makes one active."""


@dataclass
class Report:
    """How a run ended: what the test inside said, Krita's exit status, what it printed."""

    ok: bool
    problem: str
    facts: dict[str, Any]
    status: int
    stderr: str
    log: str = ""

    def check(self) -> dict[str, Any]:
        """Return the facts; raises AssertionError unless all went well and Krita closed by itself."""
        assert self.ok, f"{self.problem}\n{self.facts}\n{self.stderr[-2000:]}\n{self.log[-1500:]}"
        assert self.status == 0, f"Krita ended with {self.status}\n{self.stderr[-3000:]}"
        bad = [
            line
            for line in self.stderr.splitlines()
            if ("SAFE ASSERT" in line or "Traceback" in line) and not HARMLESS.search(line)
        ]
        assert not bad, "\n".join(bad) + "\n" + self.stderr[-3000:]
        return self.facts


@dataclass
class Rig:
    """A profile and a display. `env` is added to Krita's environment."""

    folder: Path
    display: str
    env: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """The resource folder and the settings of this Krita."""
        return Place(
            what="test",
            resources=self.folder / "data" / "krita",
            settings=self.folder / "config" / "kritarc",
        )

    def environment(self) -> dict[str, str]:
        """What Krita sees: nothing of this user's."""
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "OMP_NUM_THREADS")}
        folders = {
            "HOME": "home",
            "XDG_CONFIG_HOME": "config",
            "XDG_DATA_HOME": "data",
            "XDG_CACHE_HOME": "cache",
            "XDG_RUNTIME_DIR": "runtime",
            "TMPDIR": "tmp",
        }
        for name in folders.values():
            (self.folder / name).mkdir(exist_ok=True, mode=0o700)
        return {
            **keep,
            **{key: str(self.folder / name) for key, name in folders.items()},
            "DISPLAY": self.display,
            "LANG": "C.UTF-8",
            "PYTHONFAULTHANDLER": "1",
            "KRITA_NO_ASSERT_MSG": "1",
            "PULLBRUSH_SESSION": str(self.session),
            **self.env,
        }

    def install(self, *, plugin: bool = True) -> None:
        """Put the driver, and the plug-in as it is in the tree, into the profile."""
        pykrita = self.place.resources / "pykrita"
        (pykrita / "e2e_driver").mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "e2e_driver.desktop", pykrita)
        shutil.copy(HERE / "e2e_driver.py", pykrita / "e2e_driver" / "__init__.py")
        config = self.place.settings
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text("[python]\nenable_e2e_driver=true\n", encoding="utf-8")
        canvas = "[General]\ncanvasState=OPENGL_SUCCESS\nOpenGLRenderer=none\n"
        config.with_name("kritadisplayrc").write_text(canvas, encoding="utf-8")
        if plugin:
            put_files(self.place, krita_files())
            switch(config, on=True)

    def bring_engine(self, *command: str) -> None:
        """Let the plug-in start this engine by itself, as `pullbrush install` does."""
        write_command(self.place.resources / "pykrita", command or engine_command())

    def end_engine(self) -> None:
        """End the engine that the plug-in started."""
        with suppress(Exception):
            os.kill(session.read(self.session).pid, signal.SIGTERM)

    @property
    def session(self) -> Path:
        """The session file of this Krita's engine."""
        return self.folder / "home" / "engine.json"

    def run(self, script: str | None, *, timeout: float = 150, **args: Any) -> Report:
        """Start Krita, have it run `inside/<script>.py`, and wait until it has closed."""
        result = self.folder / "result.json"
        result.unlink(missing_ok=True)
        env = self.environment()
        (self.folder / "shots").mkdir(exist_ok=True)
        env |= {"E2E_RESULT": str(result), "E2E_ARGS": json.dumps(args)}
        env |= {"E2E_SHOTS": str(self.folder / "shots"), "E2E_PATH": str(ROOT / "tests")}
        env["E2E_TEST"] = str(HERE / "inside" / f"{script}.py") if script else ""
        with (self.folder / "stderr.txt").open("w+b") as err:
            process = subprocess.Popen(
                ["krita", "--nosplash"],
                env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
                start_new_session=True, cwd=self.folder,
            )  # fmt: skip
            status = _wait(process, timeout)
            err.seek(0)
            said = err.read().decode(errors="replace")
        told: Mapping[str, Any] = {"ok": False, "problem": f"no result, status {status}"}
        if result.exists():
            told = json.loads(result.read_text())
        log = log_path(self.session)
        return Report(
            ok=bool(told["ok"]),
            problem=told.get("problem") or "",
            facts=told.get("facts") or {},
            status=status,
            stderr=said,
            log=log.read_text(encoding="utf-8") if log.exists() else "",
        )

    def command_line(
        self, kind: str, picture: Path, drags: Sequence[Any], out: Path, *more: str
    ) -> Any:
        """The topmost layer that the command line makes with the engine of this Krita: preset quick, seed 7."""
        ways = [":".join(f"{x!r},{y!r}" for x, y in way) for way in drags]
        done = subprocess.run(
            [sys.executable, "-m", "server.cli", "edit", kind, str(picture), "--quiet",
             *[word for way in ways for word in ("--drag", way)],
             "--preset", "quick", "--seed", "7", *more, "-o", str(out)],
            env={**os.environ, "PULLBRUSH_SESSION": str(self.session)},
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return read_document(out).layers[0].load()


def check_pixels(dump: Path, rect: Sequence[int], ours: Any) -> None:
    """Compare a layer of Krita's, its BGRA bytes in a file, with one of the command line."""
    width, height = rect[2:]
    theirs = np.frombuffer(dump.read_bytes(), np.uint8).reshape(height, width, 4)[..., [2, 1, 0, 3]]
    assert tuple(ours.rect) == tuple(rect)
    seen = theirs[..., 3] > 0
    assert seen.any()
    assert np.array_equal(theirs[seen], ours.pixels[seen]), "not the command line's pixels"
    assert np.array_equal(theirs[..., 3], ours.pixels[..., 3])


def _wait(process: subprocess.Popen[bytes], timeout: float) -> int:
    """Wait for Krita to close; one that hangs is ended with its children."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGABRT)  # the fault handler prints where it hangs
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return 124


@contextmanager
def display(size: str = "1600x1000x24") -> Iterator[str]:
    """A virtual screen; without -noreset it would be gone with its first client."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def warmed(display_name: str) -> Path:
    """A profile in which this Krita has been once, outside the tree."""
    stamp = Path(shutil.which("krita") or "/").stat()
    kept = CACHE / f"krita-{stamp.st_size}-{int(stamp.st_mtime)}"
    if not (kept / "warm").exists():
        fresh = Path(tempfile.mkdtemp(prefix="pullbrush-warm-", dir=SHM if SHM.is_dir() else None))
        rig = Rig(fresh, display_name)
        rig.install(plugin=False)
        report = rig.run("nothing", timeout=START_S)
        assert report.ok, report.problem + report.stderr[-2000:]
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        for name in ("config", "data", "cache"):
            shutil.copytree(fresh / name, kept / name, symlinks=True)
        (kept / "warm").touch()
        shutil.rmtree(fresh)
    return kept


@contextmanager
def rig(display_name: str, *, plugin: bool = True) -> Iterator[Rig]:
    """A warm Krita with the plug-in."""
    kept = warmed(display_name)
    folder = Path(tempfile.mkdtemp(prefix="pullbrush-krita-", dir=SHM if SHM.is_dir() else None))
    one = Rig(folder, display_name)
    try:
        for name in ("config", "data", "cache"):
            shutil.copytree(kept / name, folder / name, symlinks=True)
        one.install(plugin=plugin)
        yield one
    finally:
        one.end_engine()
        shutil.rmtree(folder, ignore_errors=True)


def keep_shots(one: Rig, **figures: Any) -> None:
    """Keep a run's screenshots and figures where PULLBRUSH_SHOTS says, for looking at and for the docs."""
    if wanted := os.environ.get("PULLBRUSH_SHOTS"):
        Path(wanted).mkdir(parents=True, exist_ok=True)
        for name, value in figures.items():
            (Path(wanted) / f"{name}.json").write_text(json.dumps(value, indent=1))
        for shot in (one.folder / "shots").glob("*.png"):
            shutil.copy(shot, Path(wanted) / shot.name)
