# SPDX-License-Identifier: Apache-2.0
"""Two hundred things an artist, an engine and Krita may do, in a random order that is the same each time."""

import random

import bench
from krita import Selection

SIDE = 64


class Monkey:
    """One document, one desk, one engine that answers whenever it likes."""

    def __init__(self, document, host, seed):
        from fakes.connection import ScriptedConnection
        from pullbrush.protocol.plugin.document.document_controller import DocumentController
        from pullbrush.protocol.plugin.engine import Engine

        self.document, self.host = document, host
        self.chance = random.Random(seed)
        self.net = ScriptedConnection()
        self.desk = DocumentController(host, Engine(self.net), notes=host)
        self.desk.auto_run = False
        self.over = set()
        self.did = {}
        deeds = [name for name in dir(self) if name.startswith("do_")]
        self.deeds = deeds + ["do_whole_edit"] * 2

    def act(self):
        deed = self.chance.choice(self.deeds)
        self.did[deed] = self.did.get(deed, 0) + 1
        getattr(self, deed)()

    def point(self):
        return (float(self.chance.randint(2, SIDE - 3)), float(self.chance.randint(2, SIDE - 3)))

    # ---- the artist on the panel and on the canvas

    def do_choose(self):
        self.desk.choose_edit(self.chance.choice(["drag", "move"]))

    def do_drag(self):
        drags = self.desk.drags.now
        if len(drags.strokes) < 6:
            self.desk.set_drags(drags.add(self.point(), self.point()))

    def do_pull(self):
        drags = self.desk.drags.now
        if drags.strokes:
            one = self.chance.choice(drags.strokes)
            self.desk.set_drags(drags.move(one.number, -1, self.point()), step=False)

    def do_delete(self):
        drags = self.desk.drags.now
        if drags.strokes:
            self.desk.set_drags(drags.delete(drags.strokes[0].number))

    def do_panel(self):
        name, value = self.chance.choice(
            [("seed", 3), ("dx", 4), ("strength", 99), ("prompt", "sun")]
        )
        if name in self.desk.panel.edit.fields:
            self.desk.set(name, value)

    def do_button(self):
        name = self.chance.choice(
            [
                "run",
                "apply",
                "cancel",
                "discard",
                "undo_drag",
                "redo_drag",
                "start_over",
                "new_seed",
            ]
        )
        getattr(self.desk, name)()

    def do_whole_edit(self):
        """Without these, most of what chance does would end at a layer that is hidden or gone."""
        self.desk.start_over()
        self.desk.choose_edit("drag")
        self.desk.reset("strength")
        self.desk.set_drags(self.desk.drags.now.add(self.point(), self.point()))
        self.desk.apply()
        for _ in range(8):
            self.desk.tick()
            for job in [job for job in self.net.jobs if job.id not in self.over]:
                self.over.add(job.id)
                self.net.done(job, layers=0 if job.task == "prepare" else 1)

    def do_edit_again(self):
        self.desk.edit_again("")

    # ---- the artist in Krita

    def do_select(self):
        if self.chance.random() < 0.4:
            self.document.setSelection(None)
            return
        x, y = (self.chance.randint(0, SIDE - 20) for _ in range(2))
        one = Selection()
        one.select(x, y, self.chance.randint(1, 20), self.chance.randint(1, 20), 255)
        self.document.setSelection(one)

    def do_undo(self):
        bench.undo()

    def do_redo(self):
        bench.redo()

    def do_layer(self):
        nodes = self.document.rootNode().childNodes()
        what = self.chance.choice(["add", "remove", "hide", "lock", "activate", "name"])
        node = self.chance.choice(nodes) if nodes else None
        if what == "add" or node is None:
            data = bytes((9, 90, 200, 255)) * (SIDE * SIDE)
            bench.add_layer(self.document, "More", data, (0, 0, SIDE, SIDE))
        elif what == "remove" and len(nodes) > 1:
            node.remove()
        elif what == "hide":
            node.setVisible(not node.visible())
        elif what == "lock":
            node.setLocked(not node.locked())
        elif what == "activate":
            self.document.setActiveNode(node)
        else:
            node.setName("renamed")

    # ---- the engine and time

    def do_engine(self):
        jobs = [job for job in self.net.jobs if job.id not in self.over]
        if not jobs:
            return
        job = self.chance.choice(jobs)
        how = self.chance.choice(
            ["done", "done", "done", "fail", "cancelled", "progress", "preview"]
        )
        if how in ("progress", "preview"):
            self.net.progress(job) if how == "progress" else self.net.preview(job)
            return
        self.over.add(job.id)
        if how == "done":
            layers = 0 if job.task == "prepare" else self.chance.choice([1, 1, 1, 2])
            self.net.done(job, layers=layers, placement=self.chance.choice(["over", "instead"]))
        else:
            self.net.fail(job) if how == "fail" else self.net.cancelled(job)

    def do_connection(self):
        if self.net.connected:
            self.net.go()
        else:
            self.net.come_back(restarted=self.chance.random() < 0.5)

    def do_look(self):
        self.desk.look()
        self.host.look()

    def do_tick(self):
        for _ in range(5):
            self.desk.tick()


def run(facts, args):
    bench.speak_protocol()
    from pullbrush import guard
    from pullbrush.protocol.plugin.drags import DragList

    document = bench.new(SIDE, SIDE)
    yield from bench.show(document)
    monkey = Monkey(document, bench.controller().host, args["seed"])
    for number in range(args["deeds"]):
        facts["number"] = number
        monkey.act()
        monkey.desk.tick()
        yield 15
    facts["did"], facts["layers"] = monkey.did, len(document.rootNode().childNodes())
    facts["applied"] = len(monkey.desk.session.applied)

    # Left alone with an engine that behaves, an edit works.
    monkey.desk.discard()
    document.setSelection(None)
    data = bytes((9, 90, 200, 255)) * (SIDE * SIDE)
    last = bench.add_layer(document, "Last", data, (0, 0, SIDE, SIDE))
    document.setActiveNode(last)
    yield 300
    if not monkey.net.connected:
        monkey.net.come_back()
    for _ in range(12):
        monkey.desk.tick()
        for job in [job for job in monkey.net.jobs if job.id not in monkey.over]:
            monkey.over.add(job.id)
            monkey.net.cancelled(job)
        yield 15
    monkey.desk.start_over()
    monkey.desk.choose_edit("drag")
    monkey.desk.reset("strength")
    monkey.desk.set_drags(DragList.of([[(10.0, 10.0), (20.0, 12.0)]]))
    monkey.desk.apply()
    before = len(monkey.desk.session.applied)
    for _ in range(40):
        monkey.desk.tick()
        for job in [job for job in monkey.net.jobs if job.id not in monkey.over]:
            monkey.over.add(job.id)
            monkey.net.done(job, layers=0 if job.task == "prepare" else 1)
        yield 15
    facts["notice"] = [monkey.desk.notice, monkey.desk.session.stage, monkey.desk.status.grey]
    assert len(monkey.desk.session.applied) == before + 1, facts
    monkey.desk.close()
    facts["problems"] = list(guard.problems)
