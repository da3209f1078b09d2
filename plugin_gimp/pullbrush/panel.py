# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel as a program of its own beside GIMP: it looks after all images that it was turned to, until it is closed.

GIMP runs each plug-in in a process of its own, so nothing here can freeze it; what the artist does there is seen by
looking, a few times a second.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from .clocks import Clock
from .gtk import Gdk, GLib, Gtk
from .language import strings
from .previews import Previews
from .protocol.late_store import LateStore
from .protocol.plugin.diagnosing import diagnostics
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.document.document_manager import Connected, DocumentManager, Open
from .protocol.plugin.document.kept_values import KeptValues
from .protocol.plugin.document.path_sync import PathWatch
from .protocol.plugin.guard import guarded, while_open
from .protocol.plugin.lineage import hidden_by
from .protocol.plugin.seat import Seat
from .protocol.store import Store, default_folder
from .ui_panel import Panel
from .ui_state import copy
from .version import VERSION
from .word import Word

MOVING_MS, RESTING_MS = 40, 120
"""Between two looks at the paths (milliseconds): while an anchor is pulled, and else. One look takes GIMP 0.3 ms."""
BEAT_MS, REDRAW_MS, LIST_MS = 100, 15, 1000


WIDTH, HEIGHT = 350, 860
"""Of the window at first, in pixels; GTK makes it smaller where the screen is."""


class Program(Protocol):
    """What is needed of `plugin`, the module that knows GIMP as a program; tests bring another."""

    GimpHost: Any

    def program(self) -> str: ...
    def open_images(self) -> list[Any]: ...
    def begin_ui(self, name: str) -> None: ...
    def stay_above(self, window: Any) -> None: ...
    def to_image(self, display: int, time: int) -> None: ...
    def read_word(self, name: str) -> bytes | None: ...
    def leave_word(self, name: str, data: bytes | None) -> None: ...


class Startable(Connected, Protocol):
    """A line that is begun once there is somebody to ring."""

    def start(self) -> None: ...


MakeLine = Callable[[Callable[[], None]], Startable]


class App:
    """Studio, seat, window and clocks. `make_line` gets whom to ring in the main thread when there is news."""

    def __init__(self, program: Program, make_line: MakeLine, store: Store) -> None:
        self.program, self.line = program, make_line(self._ring)
        self._begun = self._ended = False
        kept = KeptValues(store.folder.parent)
        self.studio = DocumentManager(
            self.line, self._host, app="gimp", store=store, strings=strings(), kept=kept
        )
        about = f"Pullbrush {VERSION} in {program.program()}"
        self.seat = Seat(self.studio, about, self.redraw)
        self.previews = Previews(self.seat)
        self.watches: dict[Open, PathWatch] = {}
        self._displays: dict[Open, int] = {}
        self.studio.on_changed = self._changed
        self.studio.on_preview = self.previews.follow
        self._drawing = 0
        self._images: list[Any] = []
        self.panel = Panel(self.seat, self, self.previews.box.widget)
        self.window = Gtk.Window(title="Pullbrush", role="pullbrush-panel")
        self.window.set_default_size(WIDTH, HEIGHT)
        self.window.add(self.panel.widget)
        self.window.connect("destroy", lambda _it: self.end())
        self.window.connect("event-after", guarded(self._after))
        self.window.connect("key-press-event", guarded(self._key))
        self.loop = GLib.MainLoop()
        self._clocks = [
            Clock(self._beat, BEAT_MS), Clock(self._look, RESTING_MS), Clock(self._list_images, LIST_MS)
        ]  # fmt: skip

    # ---- from the first to the last

    def run(self, image: Any, *, kind: str = "", again: bool = False, display: int = 0) -> None:
        """Show the window and come back when it was closed."""
        self.begin(image, kind=kind, again=again, display=display)
        if hasattr(GLib, "unix_signal_add"):  # leave nothing behind then, either
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
                GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, self.window.destroy)
        self.loop.run()

    def begin(self, image: Any, *, kind: str = "", again: bool = False, display: int = 0) -> None:
        """Show the window and start the clocks."""
        self._begun = True
        self.line.start()
        self._list_images()
        self.turn(image, kind=kind, again=again, display=display)
        self.window.show_all()
        self.program.stay_above(self.window)
        self.panel.refresh()
        for clock in self._clocks:
            clock.start()

    def end(self) -> None:
        """The window was closed: what is being computed stops."""
        if self._ended:
            return
        self._ended = True
        for clock in self._clocks:
            clock.stop()
        self.previews.end()
        guarded(self.studio.close)()
        self.loop.quit()  # whatever went wrong before

    # ---- documents

    def turn(self, image: Any, *, kind: str = "", again: bool = False, display: int = 0) -> None:
        """Look at this image; with `kind` choose an edit, with `again` take the chosen result up once more.

        `display` is where the artist has it, 0 where that is not known.
        """
        if image is not None and self.seat.sit(image):
            one = self.seat.open
            assert one is not None
            if one not in self.watches:
                self.watches[one] = PathWatch(one.host, one.desk)
            self.previews.box.forget()
            one.desk.look()
        if self.seat.open is not None and display:
            self._displays[self.seat.open] = display
        if self.seat.desk is not None and kind:
            self.seat.desk.choose_edit(kind)
        if again:
            self.edit_again()
        self.redraw()

    def documents(self) -> list[tuple[str, str]]:
        """(number, name) of all open images."""
        return [(str(i), self._name(image)) for i, image in enumerate(self._images)]

    def document_now(self) -> str:
        """The number of the one that is looked at."""
        now = self.seat.open.document if self.seat.open is not None else None
        return next((str(i) for i, image in enumerate(self._images) if image == now), "")

    def turn_to(self, number: str) -> None:
        """Look at another image."""
        self.turn(self._images[int(number)])

    def path_problem(self) -> str:
        """What is wrong with the path, or nothing."""
        watch = self.watches.get(self.seat.open) if self.seat.open is not None else None
        return watch.problem if watch is not None else ""

    # ---- what the menu and the panel ask for

    def edit_again(self) -> None:
        """Take the chosen result up once more, with its path and its selection."""
        one = self.seat.open
        if one is None or not one.desk.edit_again():
            return
        mask = one.desk.source.mask
        if mask is not None:
            one.host.select_mask(mask)
            found = one.host.read_selection(None)
            one.desk.source.selection = found.bounds if found is not None else None
        self.watches[one].look()
        self.redraw()

    def cancel(self, desk: DocumentController) -> None:
        """Stop what a document computes; what was seen of it so far goes too, unless that is kept."""
        kept = desk.status.keeps
        desk.cancel()
        if kept:
            return
        for one in self.studio.all:
            if one.desk is desk:
                one.preview = None
                self.previews.follow(one)

    def start_over(self) -> None:
        """No drags, no preview."""
        self.panel.deeds.start_over()

    def save_ora(self) -> None:
        """Ask where, and save the image as OpenRaster with its recipes."""
        text = self.seat.strings.text
        asking = Gtk.FileChooserNative(
            title=text("action.save_ora"),
            action=Gtk.FileChooserAction.SAVE,
            transient_for=self.window,
            do_overwrite_confirmation=True,
        )
        asking.set_current_name(Path(self.seat.host.document_name()).stem + ".ora")
        place = asking.get_filename() if asking.run() == Gtk.ResponseType.ACCEPT else None
        if place is not None:
            self.seat.save_ora(Path(place))
        asking.destroy()

    def copy_diagnostics(self) -> None:
        """Put what helps to find a fault on the clipboard."""
        copy(diagnostics(self.seat))

    # ---- keys

    def _after(self, _it: Gtk.Window, event: Gdk.Event) -> None:
        """After a button was pressed with mouse or pen, the keys are the image's again: Ctrl+Z undoes there."""
        pressed = Gtk.get_event_widget(event)
        if event.type != Gdk.EventType.BUTTON_RELEASE or not isinstance(pressed, Gtk.Button):
            return
        opens = isinstance(pressed, (Gtk.MenuButton, Gtk.ColorButton))
        one = self.seat.open
        if one is not None and not opens and pressed.get_ancestor(Gtk.ComboBoxText) is None:
            self.program.to_image(self._displays.get(one, 0), Gtk.get_current_event_time())

    def _key(self, _it: Gtk.Window, event: Gdk.EventKey) -> bool:
        """Where the keys are the panel's, Ctrl+Z takes the newest result out, Ctrl+Shift+Z and Ctrl+Y put it back."""
        one, focus = self.seat.open, self.window.get_focus()
        typing = isinstance(focus, (Gtk.Entry, Gtk.TextView))
        if one is None or typing or not event.state & Gdk.ModifierType.CONTROL_MASK:
            return False
        key = Gdk.keyval_name(Gdk.keyval_to_lower(event.keyval))
        back = key == "y" or (key == "z" and event.state & Gdk.ModifierType.SHIFT_MASK)
        newest = one.desk.session.artifacts.newest
        if key == "z" and not back and newest.is_there and newest.outcome is not None:
            one.host.take_out(newest.keys, hidden_by(newest.outcome.layers))
        elif back and one.desk.session.stage == "taken_back":
            one.desk.apply()
        else:
            return False
        self.redraw()
        return True

    # ---- clocks

    def _ring(self) -> None:
        """News, in the line's thread."""
        GLib.idle_add(self._pump)

    @guarded
    def _pump(self) -> bool:
        if not self._ended:
            self.studio.beat()
        return False

    def _beat(self) -> int:
        wait = self.studio.beat()
        self.seat.ask()
        return wait

    def _look(self) -> int:
        one = self.seat.open
        watch = self.watches.get(one) if one is not None else None
        if one is None or watch is None or one.host.document_key() is None:
            return RESTING_MS  # closed: the next beat says so
        with while_open(one.host):
            watch.look()
            self.previews.look()
        return MOVING_MS if watch.is_moving else RESTING_MS

    def _list_images(self) -> int:
        images = list(self.program.open_images())
        if images != self._images:
            self._images = images
            self.redraw()
        if self.seat.open is None and len(images) == 1:
            self.turn(images[0])
        return LIST_MS

    def redraw(self) -> None:
        """Draw everything anew, soon, and once."""
        if self._begun and not self._ended and not self._drawing:
            self._drawing = GLib.timeout_add(REDRAW_MS, self._redraw)

    def _redraw(self) -> bool:
        self._drawing = 0
        if not self._ended:
            self.panel.refresh()
        return False

    # ---- what the studio tells

    @guarded
    def _changed(self, one: Open | None) -> None:
        if one is None and self.seat.engine_state.kind != "ready":
            self.previews.drop_all(self.studio.all)
        if one is not None and one not in self.studio.all:
            self.watches.pop(one, None)
            self._displays.pop(one, None)
        if self.seat.leave_closed():
            self._list_images()
        self.redraw()

    def _host(self, document: Any, key: str, show: Any, tell: Any) -> Any:
        return self.program.GimpHost(document, show, tell)  # it has a key of its own

    def _name(self, image: Any) -> str:
        for one in self.studio.all:
            if one.document == image:
                return str(one.host.document_name())
        return str(self.program.GimpHost(image, lambda *_: None, lambda *_: None).document_name())


def run_panel(image: Any, name: str = "", *, kind: str = "", again: bool = False) -> None:
    """Open the panel on an image, or turn the one that is open to it; returns when the window was closed.

    `name` is the procedure's, which GIMP wants to know of who opens windows.
    """
    from . import engine_link, plugin  # not outside GIMP

    program: Any = plugin
    program.begin_ui(name or "pullbrush")
    word, display = Word(program), program.display_now()
    if word.pass_on(image, kind=kind, again=again, display=display):
        return
    store = LateStore(default_folder())  # the panel waits for no disk
    app = App(program, engine_link.make_line, store)
    word.listen(app)
    try:
        app.run(image, kind=kind, again=again, display=display)
    finally:
        word.end()
        store.close()
