# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP as a program: it starts us, knows our procedures, is told how things go, and keeps words for us.

GIMP starts this program once for each call, and once to ask which procedures there are. A procedure needs a class made
from GIMP's own, so this file talks to libgimp beside host.py (docs/adr/0007).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gi
from gi.repository import GLib, GObject

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

from .arguments import Argument  # noqa: E402
from .document import GimpHost  # noqa: E402
from .entries import MENU, Asked, Ended, Entry  # noqa: E402
from .host import Image, Layer, Thing  # noqa: E402

AUTHORS, SINCE = "Pullbrush contributors", "2026"
RW = GObject.ParamFlags.READWRITE
Run = Callable[[Entry, Mapping[str, Any], "Image | None", Sequence[str], Asked], Ended]

# ---- our procedures


class Pullbrush(Gimp.PlugIn):
    """The plug-in. GIMP wants its names of methods."""

    entries: Mapping[str, Entry]
    run: Run

    def do_set_i18n(self, _procedure: str) -> bool:
        """Texts are translated by ourselves."""
        return False

    def do_query_procedures(self) -> list[str]:
        """Which procedures there are."""
        return list(self.entries)

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """Describe one of them."""
        entry = self.entries[name]
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, _run, entry)
        if entry.needs != "layer":
            mask = Gimp.ProcedureSensitivityMask
            anything = mask.DRAWABLE | mask.DRAWABLES | mask.NO_DRAWABLES
            procedure.set_sensitivity_mask(anything | mask.NO_IMAGE)
        procedure.set_image_types("*")
        procedure.set_menu_label(entry.label)
        procedure.add_menu_path(f"{MENU}/[{entry.part}]")
        procedure.set_documentation(entry.help, entry.help, None)
        procedure.set_attribution(AUTHORS, AUTHORS, SINCE)
        for argument in entry.arguments:
            _declare(procedure, argument)
        for name in entry.returns:
            if name == "layer":
                procedure.add_layer_return_value(name, "Result", "The new layer.", True, RW)
            else:
                procedure.add_string_return_value(name, name.title(), "What was done.", "", RW)
        return procedure


def serve(entries: Mapping[str, Entry], run: Run, arguments: list[str]) -> None:
    """Serve GIMP, which started this program; `run` does what it asks for."""
    Pullbrush.entries, Pullbrush.run = entries, staticmethod(run)
    Gimp.main(Pullbrush.__gtype__, arguments)


def _declare(procedure: Gimp.Procedure, argument: Argument) -> None:
    """Tell GIMP of one argument."""
    names = (argument.name, argument.label, argument.help)
    low, high, default = argument.minimum, argument.maximum, argument.default
    if argument.sort == "choice":
        choice = Gimp.Choice.new()
        for number, (word, label) in enumerate(argument.choices):
            choice.add(word, number, label, "")
        procedure.add_choice_argument(*names, choice, default, RW)
    elif argument.sort == "numbers":
        procedure.add_double_array_argument(*names, RW)
    elif argument.sort == "whole":
        procedure.add_int_argument(*names, int(low), int(high), int(default), RW)
    elif argument.sort == "number":
        procedure.add_double_argument(*names, low, high, float(default), RW)
    elif argument.sort == "switch":
        procedure.add_boolean_argument(*names, default, RW)
    else:
        procedure.add_string_argument(*names, default, RW)


def _run(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image | None,
    drawables: Sequence[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    entry: Entry,
) -> Gimp.ValueArray:
    """Run a procedure; what goes wrong is told by its return value, which GIMP shows."""
    values = {argument.name: _value(config, argument) for argument in entry.arguments}
    keys = [Layer(one).key if isinstance(one, Gimp.Layer) else "" for one in drawables]
    ended = Pullbrush.run(entry, values, Image(image) if image else None, keys, _asked(mode))
    for name, value in ended.values.items():
        config.set_property(name, value)
    if ended.status == "success":
        return _success(ended.results)
    error = GLib.Error(ended.message, "pullbrush", 0) if ended.message else None
    status = getattr(Gimp.PDBStatusType, ended.status.upper())
    return procedure.new_return_values(status, error)


def _asked(mode: Gimp.RunMode) -> Asked:
    """Who calls: without a display nobody could answer a panel."""
    if mode == Gimp.RunMode.INTERACTIVE:
        return "artist"
    again = mode == Gimp.RunMode.WITH_LAST_VALS and Gimp.default_display() is not None
    return "artist_again" if again else "script"


def _value(config: Gimp.ProcedureConfig, argument: Argument) -> Any:
    value = config.get_property(argument.name)
    if argument.sort != "numbers":
        return value
    if (
        value is None
    ):  # none were given, as from the menu; asking libgimp for their count ends the process
        return []
    boxed = GObject.Value()  # the array itself says nothing in Python
    boxed.init(GObject.GType.from_name("GimpDoubleArray"))
    boxed.set_boxed(value)
    return list(Gimp.value_get_double_array(boxed) or ())


def _success(results: Sequence[Layer | str | None]) -> Gimp.ValueArray:
    values = [GObject.Value(Gimp.PDBStatusType, Gimp.PDBStatusType.SUCCESS)]
    for one in results:
        if isinstance(one, str):
            values.append(GObject.Value(GObject.TYPE_STRING, one))
        else:
            values.append(GObject.Value(Gimp.Layer, one.raw if one is not None else None))
    return Gimp.ValueArray.new_from_values(values)


# ---- what GIMP is told, and what it tells


def program() -> str:
    """The paint program and its version."""
    return f"GIMP {Gimp.version()}"


def open_images() -> list[Image]:
    """All images that are open."""
    return [Image(one) for one in Gimp.get_images()]


def message(text: str) -> None:
    """Tell the artist something, in GIMP's own way."""
    Gimp.message(text)


def begin_progress(text: str) -> None:
    """Something begins that takes its time; `end_progress` says that it is over."""
    Gimp.progress_init(text)


def show_progress(text: str, share: float | None) -> None:
    """Say how far it is; None: nobody knows."""
    Gimp.progress_set_text(text)
    if share is None:
        Gimp.progress_pulse()
    else:
        Gimp.progress_update(share)


def end_progress() -> None:
    """What took its time is over."""
    Gimp.progress_end()


def read_word(name: str) -> bytes | None:
    """What was left for all plug-ins under this name since GIMP was started."""
    return Thing(Gimp).attached(name)


def leave_word(name: str, data: bytes | None) -> None:
    """Leave bytes for all plug-ins until GIMP ends; None takes them away."""
    if data is not None:
        Thing(Gimp).attach(name, data, saved=False)
    elif Gimp.get_parasite(name) is not None:
        Gimp.detach_parasite(name)


# ---- windows beside GIMP's


def begin_ui(name: str) -> None:
    """Let windows look like GIMP's own; before the first one.

    From here on a question that GIMP cannot answer is ours alone: an image may be closed between two questions about
    it, and by default GIMP raises an error dialog over the artist's work for each that comes too late.
    """
    gi.require_version("GimpUi", "3.0")
    from gi.repository import GimpUi

    GimpUi.init(name)
    Gimp.get_plug_in().set_pdb_error_handler(Gimp.PDBErrorHandler.PLUGIN)


def stay_above(window: Any) -> None:
    """Keep a window of ours above GIMP's, beside which it is used."""
    from gi.repository import GimpUi

    window.set_keep_above(True)
    GimpUi.window_set_transient(window)


def display_now() -> int:
    """Number of the display that this program was called for, 0 without one."""
    display = Gimp.default_display()
    return display.get_id() if display is not None else 0


def to_image(display: int, time: int) -> None:
    """Bring a display to the front and give it the keys; `time` is that of what the artist did.

    X11 does that for whom it listens to now, which is us; Wayland leaves it to itself whether it does.
    """
    found = Gimp.Display.get_by_id(display) if display else None
    if found is None:
        return
    from .gtk import x11_window  # only a panel has windows

    found.present()
    window = x11_window(bytes(found.get_window_handle().get_data()))
    if window is not None:
        window.focus(time)


__all__ = ["GimpHost", "Pullbrush"]
