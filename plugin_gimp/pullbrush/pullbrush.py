#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GIMP starts: loads the package around this file under its own name, and hands over.

The folder itself must not be searched for modules: its `host` or `panel` would stand in the way of others, and this
very file would be found as `pullbrush`.
"""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path

NAME = "pullbrush"


def load_package(folder: Path) -> None:
    """Make `import pullbrush` mean the package in this folder, wherever it lies."""
    sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != folder]
    spec = util.spec_from_file_location(
        NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    load_package(Path(__file__).resolve().parent)
    from pullbrush.running import main

    main(sys.argv)
