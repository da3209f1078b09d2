# SPDX-License-Identifier: Apache-2.0
"""A plug-in carries `protocol` inside its own package, in a Python that has nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from patience import PATIENCE_S

PROTOCOL = Path(__file__).parents[2] / "protocol"

SCRIPT = """
import importlib, pkgutil, sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top not in sys.stdlib_module_names and top != "carrier":
            raise ImportError(f"a plug-in's Python has no {name}")

sys.meta_path.insert(0, Nothing())
import carrier.protocol.plugin as plugin
names = [f"carrier.protocol.plugin.{found.name}" for found in pkgutil.iter_modules(plugin.__path__)]
names += ["carrier.protocol.edits", "carrier.protocol.recipe", "carrier.protocol.store", "carrier.protocol.ora_recipes"]
for name in names:
    importlib.import_module(name)
assert "protocol" not in sys.modules
from carrier.protocol.edits import Drag, EditModel
from carrier.protocol.plugin.panel import PanelModel
from carrier.protocol.plugin.strings import Strings
panel = PanelModel(edit=EditModel.of(Drag), strings=Strings("de")).set("drags", [[[1, 2], [3, 4]]])
assert panel.label == "Ziehen"
assert panel.params()["drags"] == [[[1.0, 2.0], [3.0, 4.0]]]
print(len(names))
"""


def test_the_toolkit_runs_inside_another_package_with_the_standard_library_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "carrier").mkdir()
    (tmp_path / "carrier" / "__init__.py").touch()
    shutil.copytree(
        PROTOCOL, tmp_path / "carrier" / "protocol", ignore=shutil.ignore_patterns("__pycache__")
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", SCRIPT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15
