# SPDX-License-Identifier: Apache-2.0
"""Adding an edit, as CONTRIBUTING says: three files, and one entry in each of the two lists; then it is everywhere.

`brighten` is added to a copy of the product, and used there in fresh interpreters. The files are in `brighten/`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
EDIT = Path(__file__).with_name("brighten")
DESCRIPTIONS = "protocol/edits/validate.py"
RUNNERS = "server/engine/edits/runners.py"
TEXTS = "protocol/edits/texts/en.json"


def put_in(file: Path, before: str, line: str) -> None:
    """Add one entry before what stands there already."""
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{file.name} has another form now; CONTRIBUTING must follow"
    file.write_text(text.replace(before, line + before), encoding="utf-8")


def add(copy: Path) -> None:
    """The steps of CONTRIBUTING."""
    shutil.copy(EDIT / "description.py", copy / "protocol/edits/brighten.py")
    put_in(copy / DESCRIPTIONS, "from .drag import Drag\n", "from .brighten import Brighten\n")
    put_in(copy / DESCRIPTIONS, ")}\n\n\ndef from_params(", ", Brighten")
    texts = json.loads((copy / TEXTS).read_text(encoding="utf-8"))
    texts |= json.loads((EDIT / "texts.json").read_text(encoding="utf-8"))
    (copy / TEXTS).write_text(json.dumps(texts, indent=2), encoding="utf-8")
    shutil.copy(EDIT / "runner.py", copy / "server/engine/edits/brighten.py")
    here = "from server.engine.edits.drag_gan.runner import DragGanRunner\n"
    imports = ("from protocol.edits.brighten import Brighten",
               "from server.engine.edits.brighten import BrightenRunner")  # fmt: skip
    put_in(copy / RUNNERS, here, "".join(f"{line}\n" for line in imports))
    put_in(copy / RUNNERS, "        Drag: ", "        Brighten: BrightenRunner(),\n")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy with the edit in it; the bundled models are the tree's own."""
    copy = tmp_path_factory.mktemp("product")
    for name in ("protocol", "server", "plugin_krita", "plugin_gimp", "docs/hooks"):
        left_out = shutil.ignore_patterns("__pycache__", "bundled", "lab")
        shutil.copytree(ROOT / name, copy / name, ignore=left_out, symlinks=True)
    for name in ("plugin_krita", "plugin_gimp"):
        carried = copy / name / "pullbrush" / "protocol"
        carried.unlink(missing_ok=True)
        carried.symlink_to("../../protocol")
    bundled = "server/engine/models/bundled"
    (copy / bundled).symlink_to(ROOT / bundled, target_is_directory=True)
    add(copy)
    yield copy
    run(copy, "-m", "server.cli", "stop")


def run(copy: Path, *words: str | Path) -> str:
    """Python in the copy; returns what it wrote."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=copy,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join((str(copy), os.environ["PYTHONPATH"])),
            "PULLBRUSH_SESSION": os.environ["PULLBRUSH_SESSION"] + ".new",
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_two_new_files_and_lines_in_three(product: Path) -> None:
    """Whoever finds it has to change another file must say so here, and in CONTRIBUTING."""
    changed, new = set[str](), set[str]()
    for file in sorted(product.rglob("*")):
        name = file.relative_to(product).as_posix()
        if file.suffix in (".py", ".json") and "bundled" not in name and "/protocol/" not in name:
            if not (ROOT / name).exists():
                new.add(name)
            elif file.read_bytes() != (ROOT / name).read_bytes():
                changed.add(name)
    assert new == {"protocol/edits/brighten.py", "server/engine/edits/brighten.py"}
    assert changed == {DESCRIPTIONS, RUNNERS, TEXTS}
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in guide for name in new | changed)


def test_it_is_done_by_the_command_line(product: Path, tmp_path: Path) -> None:
    dark = np.full((12, 16, 3), 64, np.uint8)
    light = np.zeros((12, 16, 3), np.uint8)
    light[:, 8:] = 255
    source, mask, out = (tmp_path / name for name in ("dark.png", "light.png", "out.png"))
    Image.fromarray(dark).save(source)
    Image.fromarray(light).save(mask)
    words = ("-m", "server.cli", "edit", "brighten", source, "--curve", "lift", "--amount", "0.25")
    told = json.loads(run(product, *words, "-q", "--json", "-o", out))
    assert (told["edit"], told["layers"][0]["rect"]) == ("brighten", [0, 0, 16, 12])
    assert np.unique(np.asarray(Image.open(out).convert("RGB"))).tolist() == [128]
    condition = ("--light", f"layer={mask},weight=0.5")
    run(product, *words, *condition, "-q", "--overwrite", "-o", out)
    made = np.asarray(Image.open(out).convert("RGB"))
    assert (np.unique(made[:, :8]).tolist(), np.unique(made[:, 8:]).tolist()) == ([64], [96])


PANEL = """
import json, sys
from importlib import import_module
sys.path.insert(0, "plugin_krita")
edits, panels = (import_module(f"{sys.argv[1]}.protocol.{name}") for name in ("edits", "plugin.panel"))
panel = panels.PanelModel(edit=edits.EditModel.of(edits.EDITS["brighten"]))
rows = [[(row.name, row.label, row.widget) for row in one.rows][:3] for one in (panel, panel.set("curve", "lift"))]
lit = panel.set("lights", [{"layer": "ink", "weight": 0.5}])
(row,) = (row for row in lit.rows if row.name == "lights")
columns = [[(column.name, column.widget, column.value) for column in one] for one in row.records]
print(json.dumps([panel.label, rows, columns, lit.params()["lights"]]))
"""


@pytest.mark.parametrize("plugin", ["pullbrush", "plugin_gimp.pullbrush"])
def test_both_panels_show_it(product: Path, plugin: str) -> None:
    """From the copy of protocol/ that each plug-in carries; "Amount" only where values are lifted alike."""
    label, (usual, lifted), columns, lights = json.loads(run(product, "-c", PANEL, plugin))
    curve, amount = ["curve", "Curve", "combo"], ["amount", "Amount", "slider"]
    assert label == "Brighten"
    assert usual[:2] == [curve, ["lights", "Lights", "list"]]
    assert lifted[:2] == [curve, amount]
    assert columns == [[["layer", "layers", "ink"], ["weight", "slider", 0.5]]]
    assert lights == [{"layer": "ink", "weight": 0.5}]


def test_gimp_has_a_procedure_for_it(product: Path) -> None:
    code = (
        "import json; from plugin_gimp.pullbrush.entries import entries;"
        "from protocol.plugin.strings import Strings;"
        "entry = entries(Strings())['pullbrush-brighten'];"
        "print(json.dumps([entry.label, [(one.name, one.sort) for one in entry.arguments]]))"
    )
    label, arguments = json.loads(run(product, "-c", code))
    assert label == "Brighten…"
    assert arguments[:2] == [["curve", "choice"], ["amount", "number"]]
    assert ["lights", "text"] in arguments


def test_the_docs_describe_it(product: Path) -> None:
    page = run(product, "-c", "import sys; sys.path.insert(0, 'docs/hooks');"
               "import pages_edits; print(pages_edits.page())")  # fmt: skip
    assert "## `brighten`" in page
    assert "How much is added" in page
    assert "`--light" in page
