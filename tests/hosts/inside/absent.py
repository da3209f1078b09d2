# SPDX-License-Identifier: Apache-2.0
"""No engine and no way to start one: the panel says so, and nothing else is wrong."""

import os
from pathlib import Path

import bench


def run(facts, args):
    from pullbrush import guard

    document = bench.new(64, 64)
    yield from bench.show(document)
    controller = bench.controller()
    yield lambda: controller.engine_state.kind == "absent"
    facts["state"] = [controller.engine_state.kind, controller.engine_state.command]
    desk = controller.desk
    desk.choose_edit("drag")
    desk.run()
    desk.apply()
    yield 300
    facts["grey"], facts["notice"] = desk.status.grey, desk.notice
    facts["names"] = bench.names(document)
    facts["diagnostics"] = controller.diagnostics()
    bench.window().qwindow().grab().save(str(Path(os.environ["E2E_SHOTS"]) / "absent.png"))
    facts["problems"] = list(guard.problems)
