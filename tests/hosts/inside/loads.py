# SPDX-License-Identifier: Apache-2.0
"""The plug-in is there: its docker is visible, and its modules are its own."""

import os
import sys
from pathlib import Path

from krita import Krita


def run(facts, args):
    window = Krita.instance().activeWindow()
    yield 500
    import pullbrush
    from pullbrush import extension, guard

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "pullbrush_docker")
    facts["problems"] = list(guard.problems)
    yield lambda: not docker.is_empty
    facts["version"] = Krita.instance().version()
    facts["visible"] = docker.isVisible()
    facts["title"] = docker.windowTitle()
    facts["msgpack"] = sys.modules["pullbrush._vendor.msgpack"].Packer.__module__
    facts["protocol"] = sys.modules["pullbrush.protocol"].__file__.startswith(
        str(Path(pullbrush.__file__).parent)
    )
    facts["top_level"] = "protocol" in sys.modules
    facts["decoy"] = list(getattr(sys.modules.get("aaa_decoy"), "MARK", ()))
    facts["controllers"] = len(extension.extension.controllers)
    facts["action"] = Krita.instance().action("pullbrush_apply") is not None
    facts["problems"] = list(guard.problems)
    facts["size"] = [docker.width(), docker.height()]
    window.qwindow().grab().save(str(Path(os.environ["E2E_SHOTS"]) / "loads.png"))
