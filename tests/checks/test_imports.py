# SPDX-License-Identifier: Apache-2.0
"""What is really loaded, seen from fresh interpreters: import-linter only reads the sources."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
# Starting a Python that imports numpy or torch takes its time on a busy machine.
HEAVY = ("torch", "diffusers", "transformers")
LIGHT = (
    "protocol.edits",
    "protocol.client",
    "protocol.plugin",
    "server.front",
    "server.cli.app",
    "server.cli.editing.run",
    "server.files",
    "server.engine.api",
    "server.engine.edits.runners",
    "server.worker.quick_worker",
)


def fresh(code: str, *flags: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *flags, "-c", code],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.parametrize("module", LIGHT)
def test_loads_without_torch(module: str) -> None:
    done = fresh(f"import {module}, sys; print([n for n in {HEAVY!r} if n in sys.modules])")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_check_above_can_fail() -> None:
    done = fresh(f"import server.engine.engine, sys; print('torch' in sys.modules, {HEAVY!r})")
    assert done.stdout.startswith("True"), done.stderr


@pytest.mark.parametrize("module", ["client", "plugin", "edits", "recipe", "store", "codec"])
def test_protocol_works_inside_a_plugin(module: str, tmp_path: Path) -> None:
    """A copy inside another package, a decoy `protocol` beside it, no pyzmq, msgpack in pure Python."""
    import msgpack

    package = tmp_path / "pullbrush_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "_protocol").symlink_to(ROOT / "protocol", target_is_directory=True)
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "msgpack").symlink_to(Path(msgpack.__file__).parent, target_is_directory=True)
    (tmp_path / "protocol.py").write_text("raise ImportError('the decoy was imported')")
    code = (
        f"import os, sys; sys.path[:0] = [{str(tmp_path)!r}, {str(vendor)!r}];"
        "os.environ['MSGPACK_PUREPYTHON'] = '1';"
        f"import pullbrush_plugin._protocol.{module} as m;"
        "bad = {'zmq', 'numpy', 'protocol'} & set(sys.modules); print(sorted(bad))"
    )
    done = fresh(code, "-I", "-S", "-W", "error", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_quick_worker_works_without_torch() -> None:
    """It plans, checks and bends with the same runners that import torch to compute."""
    done = fresh(
        "import sys, numpy as np; from protocol.edits import from_params;"
        "from server.engine.api import Picture, Ready; from server.worker.product_engines import quick;"
        "q, doc = quick(), (64, 64);"
        "s = Picture(pixels=np.zeros((64, 64, 3), np.uint8), rect=(0, 0, *doc), document=doc);"
        "e = from_params('drag', {'drags': [[[30, 30], [34, 32]]]});"
        "q.plan(e, document=doc, selection=None, ready=Ready());"
        "q.check(e, {'source': s}); q.warp(e, {'source': s}, keep=False);"
        f"print([n for n in {HEAVY!r} if n in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr
