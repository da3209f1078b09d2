# SPDX-License-Identifier: Apache-2.0
"""A real GIMP 3 in a private Debian 13 (debian13.sh), with a profile of its own, and the engine beside it.

GIMP sees the rig's folder at the same place as the tests do, and nothing else of this machine but loopback. What runs
in it are the scripts in inside_gimp/, which leave what they found in a file.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import needs
import pytest

from protocol.plugin.launch import write_command
from server.cli.installing.gimp import put_gimp_files
from server.cli.installing.install import engine_command
from server.cli.installing.plugin_files import gimp_files

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LOADERS = ("python-eval", "file-png", "file-openraster", "file-tiff")
"""Of GIMP's own 120 plug-ins only these: a first start asks each of them what it can."""
INSIDE_TESTS = "/srv/tests"
MACHINE = "/machine"
"""Where a GIMP that may start the engine sees the machine it is installed on."""
ENGINE_S = 120.0


@dataclass
class Report:
    """How a run ended: what the script inside said, GIMP's exit status, what it printed."""

    ok: bool
    problem: str
    facts: dict[str, Any]
    status: int
    output: str

    def check(self) -> dict[str, Any]:
        """Return the facts; raises AssertionError unless all went well and GIMP ended by itself."""
        assert self.ok, f"{self.problem}\n{self.facts}\n{self.output[-3000:]}"
        assert self.status == 0, f"GIMP ended with {self.status}\n{self.output[-3000:]}"
        assert "Traceback" not in self.output, self.output[-3000:]
        return self.facts


@dataclass
class Rig:
    """A profile, and an engine if one was started. `env` is added to GIMP's environment.

    With `starts` the plug-in may start the engine, as `pullbrush install gimp` allows; that one ends with its GIMP.
    """

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    engine: subprocess.Popen[bytes] | None = None
    starts: bool = False

    @property
    def session(self) -> Path:
        """The session file of this rig's engine."""
        return self.folder / "session.json"

    @property
    def plug_ins(self) -> Path:
        """Where this GIMP looks for plug-ins."""
        return self.folder / "cfg" / "plug-ins"

    def install(self) -> None:
        """Put the plug-in as it is in the tree into the profile, beside a few of GIMP's own."""
        own = self.folder / "gp"
        own.mkdir(exist_ok=True)
        for name in LOADERS:
            link = own / name
            link.unlink(missing_ok=True)
            link.symlink_to(f"/usr/lib/x86_64-linux-gnu/gimp/3.0/plug-ins/{name}")
        put_gimp_files(self.plug_ins, gimp_files())
        settings = [
            f'(plug-in-path "{own}:{self.plug_ins}")',
            '(config-version "3.0.4")',
            "(show-welcome-dialog no)",
            "(check-updates no)",
        ]
        (self.folder / "cfg" / "gimprc").write_text("\n".join(settings) + "\n")

    def start_engine(self) -> None:
        """Start the real engine for this rig, and wait until it can be reached."""
        self.session.unlink(missing_ok=True)
        with (self.folder / "engine.log").open("ab") as log:
            self.engine = subprocess.Popen(
                [sys.executable, "-P", "-m", "server"],
                env=self.outside(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, cwd=ROOT,
            )  # fmt: skip
        deadline = time.monotonic() + ENGINE_S
        while not self.session.exists():
            assert self.engine.poll() is None, (self.folder / "engine.log").read_text()
            assert time.monotonic() < deadline, "the engine did not start"
            time.sleep(0.05)

    def let_it_start_the_engine(self, *command: str) -> None:
        """Write down how the engine is started, as `pullbrush install gimp` does: here, from GIMP's own Debian 13."""
        self.kill_engine()
        self.session.unlink(missing_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        self.starts = True
        write_command(
            self.plug_ins.parent, ("/usr/sbin/chroot", MACHINE, *(command or engine_command()))
        )

    def kill_engine(self) -> None:
        """End the engine as a crash does."""
        if self.engine is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.engine.pid, signal.SIGKILL)
            self.engine.wait()
            self.engine = None

    def outside(self) -> dict[str, str]:
        """The environment of what belongs to this rig but runs outside: the engine, the command line."""
        data = self.folder / "data"
        return {
            **os.environ,
            "PULLBRUSH_SESSION": str(self.session),
            "PULLBRUSH_DATA": str(data),
            "PYTHONPATH": str(ROOT),
        }

    def command_line(self, *words: str) -> None:
        """Run `pullbrush …` with this rig's engine."""
        done = subprocess.run(
            [sys.executable, "-m", "server.cli", *words],
            env=self.outside(), capture_output=True, text=True, check=False, timeout=600, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(
        self, script: str, *, screen: bool = False, opens: str = "", quits: bool = True, **args: Any
    ) -> subprocess.Popen[bytes]:
        """Start GIMP with a script, and with a file opened as artists do; `wait` for it.

        It quits after the script, unless that has somebody else do it.
        """
        (self.folder / "result.json").unlink(missing_ok=True)
        (self.folder / "args.json").write_text(json.dumps({"script": script, **args}))
        code = f"exec(open('{INSIDE_TESTS}/hosts/inside_gimp/driver.py').read(), globals())"
        wanted = [
            *filter(None, [opens]),
            "--batch-interpreter",
            "python-fu-eval",
            "-b",
            code,
            *(["--quit"] if quits else []),
        ]
        program = ["gimp-console-3.0", "-id", *wanted]
        if screen:
            gui = ["gimp-3.0", "--no-splash", "--new-instance", *wanted]
            program = ["bash", f"{INSIDE_TESTS}/hosts/inside_gimp/screen.sh", *gui]
        variables = {
            "GIMP3_DIRECTORY": str(self.folder / "cfg"),
            "PULLBRUSH_SESSION": str(self.session),
            "PULLBRUSH_DATA": str(self.folder / "data"),
            "RIG": str(self.folder),
            "TESTS": INSIDE_TESTS,
            **self.env,
        }
        sees = ["--see", f"{ROOT / 'tests'}:{INSIDE_TESTS}"]
        if self.starts:
            variables["HOME"] = str(self.folder / "home")
            sees += ["--machine", MACHINE]
        pairs = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        self.output = (self.folder / "gimp.log").open("wb")
        return subprocess.Popen(
            [HERE / "debian13.sh", "run", "gimp", "--bind", f"{self.folder}:{self.folder}",
             *sees, *pairs, "--", *program],
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait(self, process: subprocess.Popen[bytes], timeout: float) -> Report:
        """Wait for GIMP to end; one that hangs is ended with all it started."""
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = 124
        self.output.close()
        if self.starts:  # its engine has ended with it, and its process ids mean others here
            self.session.unlink(missing_ok=True)
        result = self.folder / "result.json"
        told = {"ok": False, "problem": f"no result, status {status}", "facts": {}}
        if result.exists():
            told = json.loads(result.read_text())
        output = (self.folder / "gimp.log").read_text(errors="replace")
        return Report(**told, status=status, output=output)

    def run(
        self, script: str, *, timeout: float = 300, screen: bool = False, **args: Any
    ) -> Report:
        """Run a script of inside_gimp/ in GIMP."""
        return self.wait(self.start(script, screen=screen, **args), timeout)


def demand_gimp() -> None:
    """Have the private Debian 13 with GIMP, making it if need be; fails the test where that is not possible."""
    made = subprocess.run(
        [HERE / "debian13.sh", "make", "gimp", *needs.GIMP_ROOT],
        capture_output=True, text=True, check=False, timeout=2400,
    )  # fmt: skip
    if made.returncode != 0:
        pytest.fail(
            f"GIMP 3 could not be had for its tests: {made.stderr[-800:].strip()}\n"
            "`make test-hosts HOSTS=krita` runs the tests in Krita alone.",
            pytrace=False,
        )


@contextmanager
def gimp_rig(*, engine: bool = True) -> Iterator[Rig]:
    """A GIMP with the plug-in, and with a running engine."""
    demand_gimp()
    one = Rig(Path(tempfile.mkdtemp(prefix="pbg-")))  # short: a unix socket's path has 107 bytes
    try:
        (one.folder / "cfg").mkdir()
        one.install()
        if engine:
            one.start_engine()
        yield one
    finally:
        one.kill_engine()
        if kept := os.environ.get("PULLBRUSH_SHOTS"):
            Path(kept).mkdir(parents=True, exist_ok=True)
            for shot in one.folder.glob("gimp-*.png"):
                shutil.copy(shot, kept)
        shutil.rmtree(one.folder, ignore_errors=True)
