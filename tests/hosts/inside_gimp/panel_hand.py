# SPDX-License-Identifier: Apache-2.0
"""Hands for GIMP's panel, for the suite that every panel must pass (tests/fakes/panel_suite.py)."""

from pullbrush.ui_film import FilmRow
from pullbrush.ui_picks import make_row


class GtkHand:
    """Presses and reads the widgets of a bench's panel."""

    def __init__(self, bench):
        self.bench, self.net, self.wire = bench, bench.net, bench.wire
        self.panel, self.seat, self.host = bench.panel, bench.app.seat, bench.host
        self.desk.auto_run = False
        panel = self.panel
        state, history, page = panel.state, panel.history, panel.engine_page
        self.parts = {
            "run": state.run, "stop": state.stop, "apply": state.apply, "drop": state.drop,
            "again": panel.again, "go_on": panel.go_on, "clear": panel.clear.widget,
            "more": panel.more, "star": history.star.widget, "forget": history.out.widget,
            "redo": history.again, "stop_all": panel.queue.stop_all, "queue": panel.queue.widget,
            "start": page.start, "error": state.error.widget, "covered": panel.covered.widget,
            "history": history.widget, "page": page.widget, "command": page.line,
        }  # fmt: skip
        self.words = {
            "words": state.words, "plan": state.plan, "error": state.error.words,
            "hint": panel.hint.words, "about": panel.about, "works_on": panel.works_on,
            "device": panel.device, "queue": panel.queue.title, "title": page.title,
            "steps": page.steps, "command": page.command,
        }  # fmt: skip

    @property
    def desk(self):
        return self.seat.desk

    def wait(self):
        """Both clocks of the panel go round, and what they change is drawn."""
        studio = self.bench.app.studio
        for _ in range(4):
            studio.looked = 0.0
            studio.beat()
        self.bench.wait(0.3)
        self.panel.refresh()

    def draw(self, *ways):
        self.bench.draw(*ways)

    def press(self, name):
        if name in ("dice", "lock"):
            getattr(self.panel.rows["seed"], name).widget.clicked()
        elif name == "more":
            self.panel.more.set_active(not self.panel.more.get_active())
        else:
            self.parts[name].clicked()

    def shown(self, name):
        part = self.parts[name]
        while part is not None and part.get_visible():
            part = part.get_parent()
        return part is None

    def enabled(self, name):
        return self.parts[name].is_sensitive()

    def text(self, name):
        if name == "stop":
            return self.parts[name].get_child().get_text()
        return self.words[name].get_text()

    def tip(self, name):
        return self.parts[name].get_tooltip_text()

    def frames(self):
        row = self.panel.rows.get("frame")
        if not isinstance(row, FilmRow):
            return []
        assert len(row.strip.get_children()) == len(row.frames)
        return [
            (number, one.get_accessible().get_name(), one.get_active())
            for number, one in row.frames.items()
        ]

    def choose_frame(self, number):
        self.panel.rows["frame"].frames[number].clicked()

    def choose(self, kind):
        self.panel.edits.widget.set_active_id(f"={kind}")

    def rows(self):
        return list(self.panel.rows)

    def type_in(self, row, text):
        entry = self.panel.rows[row].line.widget
        entry.set_text(text)
        entry.activate()

    def problem(self, row):
        return self.panel.rows[row].problem.get_text()

    def results(self):
        strip = self.panel.history
        assert len(strip.strip.get_children()) == len(strip.model.entries)
        return [entry.id for entry in strip.model.entries]

    def find(self, words, history):
        self.panel.history.find.set_text(words)
        self.panel.history.show_history(history)
        return self.results()

    def picked(self, spec):
        return make_row(spec, self.panel.deeds).pick._entries

    def turn(self, document):
        self.panel.documents.widget.set_active(document)
