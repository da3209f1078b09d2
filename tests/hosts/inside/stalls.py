# SPDX-License-Identifier: Apache-2.0
"""How long Krita's main thread is held while a 2048² area of a 4096² document goes to the engine."""

import struct
import time

import bench
from PyQt5.QtCore import Qt, QTimer

SIDE, AREA = 4096, 2048
CORNERS = [(1100.0, 1100.0), (2900.0, 1100.0), (1100.0, 2900.0), (2900.0, 2900.0)]

RAMP = {
    "U8": bytes(range(256)),
    "U16": struct.pack("<256H", *range(0, 65536, 256)),
    "F32": struct.pack("<256f", *(i / 256 for i in range(256))),
}
"""64 pixels of four channels each."""


class Watch:
    """Times what the plug-in does in the main thread, and how late a timer comes."""

    def __init__(self, desk):
        self.held, self.late, self.busy = [], [], []
        self.desk, self.tick = desk, desk.tick
        desk.tick = self.timed
        self.timer = QTimer()
        self.timer.setTimerType(Qt.PreciseTimer)
        self.timer.timeout.connect(self.beat)
        self.timer.start(5)
        self.last = time.perf_counter()

    def timed(self, *args):
        began, used = time.perf_counter(), time.thread_time()
        self.tick(*args)
        self.held.append(1000 * (time.perf_counter() - began))
        self.busy.append(1000 * (time.thread_time() - used))

    def beat(self):
        now = time.perf_counter()
        self.late.append(1000 * (now - self.last) - 5)
        self.last = now

    def end(self):
        self.timer.stop()
        self.desk.tick = self.tick
        figures = {
            "held_max": max(self.held),  # as the clock on the wall has it, other programs included
            "busy_max": max(self.busy),  # the processor's time of the main thread
            "busy_sum": sum(self.busy),
            "late_max": max(self.late),
            "ticks": len(self.held),
        }
        return {name: round(value, 1) for name, value in figures.items()}


def painted(depth):
    """A large document with a large painted area."""
    document = bench.new(SIDE, SIDE, "RGBA", depth)
    base = document.rootNode().childNodes()[0]
    row = RAMP[depth] * (AREA // 64)
    for top in range(1000, 3060, 103):
        base.setPixelData(row * 103, 1000, top, AREA, 103)
    return document


def run(facts, args):
    from pullbrush import guard
    from pullbrush.protocol.plugin.drags import DragList

    for depth in args["depths"]:
        document = painted(depth)
        yield from bench.show(document)
        controller = bench.controller()
        yield lambda controller=controller: controller.engine.ready
        desk = controller.desk
        desk.auto_run = False
        desk.choose_edit("drag")
        desk.set("method", "warp")
        yield 1500
        watch = Watch(desk)
        yield 1000
        facts[f"{depth} idle"] = watch.end()
        watch = Watch(desk)
        desk.set_drags(DragList.of([[(x, y), (x + 30, y + 20)] for x, y in CORNERS]))
        desk.run()
        yield lambda desk=desk: desk.session.stage in ("done", "failed")
        facts[depth] = watch.end()
        facts[depth]["stage"] = desk.session.stage
        facts[depth]["rect"] = list(desk.session.plan.read_rect) if desk.session.plan else None
        desk.discard()
        yield from bench.settled(document)
        bench.close(document)
        yield 300
    facts["problems"] = list(guard.problems)
