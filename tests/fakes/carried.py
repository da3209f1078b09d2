# SPDX-License-Identifier: Apache-2.0
"""Makes the plug-ins importable, Krita's as `pullbrush`, with the tree's own `protocol` as the copy it carries.

`pullbrush.protocol.x` is then the very module `protocol.x`, so that fakes and plug-in speak of the same classes.
Inside Krita it is the other way around: `protocol.x` is what the plug-in carries (see `reverse`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

PLUGIN = Path(__file__).parents[2] / "plugin_krita"


class Same(MetaPathFinder, Loader):
    """Finds modules below one name as those below another."""

    def __init__(self, alias: str, real: str) -> None:
        self.alias, self.real = alias, real

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == self.alias or fullname.startswith(self.alias + "."):
            return ModuleSpec(fullname, self)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.real + spec.name.removeprefix(self.alias))
        self._kept = (module.__spec__, module.__loader__)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__, module.__loader__ = self._kept  # the import system has put ours there


def carry() -> None:
    """Let ordinary tests import the plug-in."""
    if _alias("pullbrush.protocol", "protocol"):
        sys.path.append(str(PLUGIN))


def carry_gimp() -> None:
    """Let ordinary tests import those parts of the GIMP plug-in that need no GIMP, as `plugin_gimp.pullbrush`."""
    _alias("plugin_gimp.pullbrush.protocol", "protocol")


def reverse() -> None:
    """Let tests inside Krita say `protocol` for what the plug-in carries; for a test's process only."""
    _alias("protocol", "pullbrush.protocol")


def _alias(alias: str, real: str) -> bool:
    """Whether this is new."""
    if any(isinstance(finder, Same) and finder.alias == alias for finder in sys.meta_path):
        return False
    sys.meta_path.insert(0, Same(alias, real))
    return True
