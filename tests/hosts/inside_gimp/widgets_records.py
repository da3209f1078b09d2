# SPDX-License-Identifier: Apache-2.0
"""A list of records in GIMP's panel, pressed and typed into (see widgets.py)."""

from fakes import illustrate
from pullbrush.gtk import Gdk, Gtk
from pullbrush.ui_picks import make_row

from protocol.plugin.panel import PanelModel
from protocol.plugin.strings import Strings


class Deeds:
    """Notes what rows tell."""

    strings = Strings()

    def __init__(self):
        self.told = []

    def edited(self, name, value):
        self.told.append((name, value))

    def typed(self, name, text):
        self.told.append((name, text))

    def seed_drawn(self):
        self.told.append(("seed", "drawn"))

    def seed_locked(self, on):
        self.told.append(("lock", on))

    def suggestions(self, name):
        return [("scenes", "Scenes"), ("big", "Big")] if name == "models" else []

    def layers(self):
        return [("7", "Sky"), ("8", "Sea")]


def listed(deeds, value=()):
    """The row of a list of conditions, in a window; what it tells is done."""
    panel = PanelModel(edit=illustrate.model()).set("conditions", list(value))
    made = make_row(panel.row("conditions"), deeds)
    window = Gtk.Window(default_width=320, default_height=700)
    window.add(made.widget)
    window.show_all()

    def edited(_name, records):
        nonlocal panel
        panel = panel.set("conditions", records)
        made.show_row(panel.row("conditions"))

    deeds.edited = edited
    return made, window


def weights(made):
    return [one.get("weight", 100) for one in made.records.records]


def case_a_list_of_records_grows_changes_and_shrinks(_bench):
    made, window = listed(Deeds())
    made.plus.clicked()
    (frame,) = made.frames
    pick = frame.parts["layer"].pick
    assert [one for _, one in pick._entries] == ["Choose a layer …", "Sky", "Sea"]
    assert not frame.parts["layer"].problem.get_visible()
    pick.widget.set_active(1)
    frame.parts["weight"].type_in("50 %")
    frame.parts["sharp"].check.set_active(True)
    assert made.records.records[0]["layer"] == "7"
    assert (made.records.records[0]["weight"], made.records.records[0]["sharp"]) == (50, True)
    frame.parts["weight"].type_in("lots")
    assert frame.parts["weight"].problem.get_text().startswith("⚠")
    frame.parts["range"].type_in("0.1 .. 0,6")
    assert made.records.records[0]["range"] == [0.1, 0.6]
    frame.parts["kind"].pick.widget.set_active(1)
    assert "range" not in frame.parts
    made.plus.clicked()
    made.plus.clicked()
    assert not made.plus.is_sensitive()
    assert [one.title.get_text() for one in made.frames] == [f"conditions {n}" for n in (1, 2, 3)]
    made.frames[0].out.widget.clicked()
    made.frames[0].out.widget.clicked()
    assert (len(made.frames), weights(made)) == (1, [100])
    window.destroy()


def case_records_are_moved_by_buttons_and_keys_and_the_focus_goes_along(bench):
    made, window = listed(
        Deeds(),
        [{"layer": "7", "weight": 10}, {"layer": "8", "weight": 20}, {"layer": "7", "weight": 30}],
    )
    first, second, third = made.frames
    assert not first.up.widget.is_sensitive()
    assert not third.down.widget.is_sensitive()
    first.down.widget.clicked()
    assert weights(made) == [20, 10, 30]
    window.present()
    bench.until(window.is_active, "in front")
    slider = second.parts["weight"].slider
    slider.grab_focus()
    assert press(slider, Gdk.KEY_Page_Down)
    assert weights(made) == [20, 30, 10]
    assert window.get_focus() is third.parts["weight"].slider
    assert not press(slider, Gdk.KEY_a)
    line = third.parts["words"].line.widget
    line.grab_focus()
    line.set_text("a tree")
    press(line, Gdk.KEY_Page_Up)
    assert [one.get("words", "") for one in made.records.records] == ["", "a tree", ""]
    assert window.get_focus() is second.parts["words"].line.widget
    names = [one.get_accessible().get_name() for one in (second.up.widget, second.out.widget)]
    assert names[0].startswith("Move up (Ctrl+")
    assert names[1] == "Take out"
    window.destroy()


def press(widget, key):
    """Ctrl and a key as they come to a widget; returns whether it was taken."""
    event = Gdk.Event.new(Gdk.EventType.KEY_PRESS)
    event.window, event.keyval = widget.get_window(), key
    event.state = Gdk.ModifierType.CONTROL_MASK
    return bool(widget.emit("key-press-event", event))
