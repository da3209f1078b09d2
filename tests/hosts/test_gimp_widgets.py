# SPDX-License-Identifier: Apache-2.0
"""The GIMP panel's own tests with the very Python and GTK that GIMP 3 comes with, in its private Debian 13."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import gimp_rig
import pytest

from server.cli.installing.plugin_files import gimp_files

pytestmark = [pytest.mark.host_gimp, pytest.mark.timeout(1500)]
TREE, OUT = "/srv/tree", "/srv/out"
VENDORED = "pullbrush/_vendor/"


def test_the_panels_tests_with_gimps_gtk(tmp_path: Path) -> None:
    gimp_rig.demand_gimp()
    for name, data in gimp_files().items():
        if name.startswith(VENDORED):
            place = tmp_path / "vendor" / name.removeprefix(VENDORED)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    inside = f"{TREE}/tests/hosts/inside_gimp"
    done = subprocess.run(
        [gimp_rig.HERE / "debian13.sh", "run", "gimp", "--see", f"{gimp_rig.ROOT}:{TREE}",
         "--bind", f"{tmp_path}:{OUT}", "--env", "PYTHONDONTWRITEBYTECODE=1",
         "--env", f"PYTHONPATH={OUT}/vendor:{TREE}:{TREE}/tests", "--",
         "bash", f"{inside}/screen.sh", "python3", f"{inside}/widgets.py", f"{OUT}/told.json"],
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads((tmp_path / "told.json").read_text())
    assert len(told) >= 15
    failed = {name: problem for name, problem in told.items() if problem}
    assert failed == {}, "\n".join(failed.values())
