# SPDX-License-Identifier: Apache-2.0
"""The client inside a paint program: a copy in the plug-in's own package, nothing installed, decoys all around."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgpack
import pytest
from patience import PATIENCE_S
from reference_engine import Engine

ROOT = Path(__file__).parents[2]

JOB = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from pathlib import Path
from plugin._protocol.client import Client
from plugin._protocol.job_request import JobRequest
from plugin._protocol.images import Document, Image
client = Client("isolated", session=Path(sys.argv[3]))
source = Image(name="source", shape=(2, 2, 1), dtype="u1", order="gray", rect=(0, 0, 2, 2), blob=client.put(b"abcd"))
document = Document(key="d", width=2, height=2)
job = client.submit(JobRequest(op="drag", document=document, images=(source,), params={"a": "é"}))
seen = []
result = client.wait(job, 15, seen.append)
client.close()
assert bytes(result.pictures["result"].pixels) == b"abcd".translate(bytes(range(255, -1, -1)))
assert seen[0].transport == "stdlib", seen[0]
loaded = {name.partition(".")[0] for name in sys.modules}
assert not loaded & {"protocol", "server", "msgpack", "numpy"}, loaded
assert "plugin._vendor.msgpack.fallback" in sys.modules
assert "zmq" not in sys.modules
print("done")
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A folder with a plug-in that carries its copies, as its zip does."""
    place = tmp_path / "plugins"
    skip = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
    shutil.copytree(ROOT / "protocol", place / "plugin" / "_protocol", ignore=skip)
    shutil.copytree(
        Path(msgpack.__file__).parent, place / "plugin" / "_vendor" / "msgpack", ignore=skip
    )
    for folder in ("plugin", "plugin/_vendor"):
        (place / folder / "__init__.py").write_text("")
    return place


@pytest.fixture
def decoys(tmp_path: Path) -> Path:
    """What other plug-ins may have put on the path."""
    place = tmp_path / "decoys"
    place.mkdir()
    for name in ("protocol", "server", "msgpack", "zmq"):
        (place / f"{name}.py").write_text("raise ImportError('the decoy was imported')")
    return place


def works(python: Path) -> bool:
    """Whether it is a Python, and not a shim that only says where one could be."""
    ask = [python, "-I", "-c", "import hmac, socket, json"]
    return (
        python.is_file() and subprocess.run(ask, capture_output=True, check=False).returncode == 0
    )


def python_of(version: str) -> Path:
    """The installed Python of a version; skips the test where there is none."""
    if version == "this":
        return Path(sys.executable)
    found = next(
        filter(works, (Path(folder) / f"python{version}" for folder in os.get_exec_path())), None
    )
    return found or pytest.skip(f"no Python {version} here")


@pytest.mark.parametrize("version", ["this", "3.10", "3.12", "3.13"])
def test_a_job_from_a_copy_among_decoys(plugin: Path, decoys: Path, tmp_path: Path, version: str):
    """Paint programs bring Pythons from 3.10 to 3.13."""
    python = python_of(version)
    with Engine(tmp_path) as engine:
        told = [str(decoys), str(plugin), str(engine.file)]
        ran = subprocess.run(
            [python, "-I", "-S", "-W", "error", "-c", JOB, *told],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert (ran.stdout, ran.stderr) == ("done\n", "")
        assert engine.seen[:2] == ["hello", "auth"]
