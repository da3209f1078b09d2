# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: no network, one thread, nobody's real session or files.

It works by the environment, set before anything is imported, because most of the product runs in
processes of its own: command line, front, workers all inherit it.
"""

from __future__ import annotations

import os
import runpy
import shutil
import tempfile
from pathlib import Path

import endings
import pytest
from hypothesis import HealthCheck, settings

GUARD = Path(__file__).parent / "offline" / "guard"


def isolate() -> Path:
    """Point every folder Pullbrush may write to at a fresh one, and switch the network guard on."""
    # Short: a unix socket's path must fit into 107 bytes.
    home = Path(tempfile.mkdtemp(prefix="pbt-"))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())
    (home / "run").mkdir(mode=0o700)
    os.environ.update(
        HOME=str(home),
        XDG_RUNTIME_DIR=str(home / "run"),
        PULLBRUSH_SESSION=str(home / "run" / "session.json"),
        PULLBRUSH_DATA=str(home / "data"),
        PULLBRUSH_GUARD_LOG=str(home / "refused.log"),
        PYTHONPATH=os.pathsep.join(filter(None, (str(GUARD), os.environ.get("PYTHONPATH")))),
        # The same pixels on every machine, and no fight for the cores between test processes.
        OMP_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        HF_HUB_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        COLUMNS="200",
        NO_COLOR="1",
    )
    os.environ.pop("PULLBRUSH_MODELS", None)  # the tests know the bundled models only
    runpy.run_path(str(GUARD / "sitecustomize.py"))  # this process has started already
    return home


TEST_HOME = isolate()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Whatever a test does, the run ends."""
    endings.pytest_configure(config)


# Default: few examples, the same ones every time, so a red test is red for everybody.
# PULLBRUSH_HYPOTHESIS=nightly: many, and new ones every night.
_COMMON = {"deadline": None, "database": None, "print_blob": True}
settings.register_profile("default", max_examples=60, derandomize=True, **_COMMON)
settings.register_profile("quick", max_examples=10, derandomize=True, **_COMMON)
settings.register_profile(
    "nightly", max_examples=20_000, suppress_health_check=[HealthCheck.too_slow], **_COMMON
)
settings.load_profile(os.environ.get("PULLBRUSH_HYPOTHESIS", "default"))


@pytest.fixture(autouse=True)
def nothing_left_the_machine():
    """A refused socket fails the test during which it happened, even if the code swallowed it."""
    log = TEST_HOME / "refused.log"
    before = log.stat().st_size if log.exists() else 0
    yield
    if log.exists() and log.stat().st_size > before:
        pytest.fail("tried to leave this machine:\n" + log.read_text()[before:])


def pytest_unconfigure() -> None:
    shutil.rmtree(TEST_HOME, ignore_errors=True)
