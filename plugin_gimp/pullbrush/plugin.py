# SPDX-License-Identifier: GPL-3.0-or-later
"""How Pullbrush joins GIMP: its procedures are made known, and run.

GIMP starts this program once for each call, and once to ask which procedures there are.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import Any

from .arguments import Argument
from .entries import MENU, Entry, entries
from .gimp import Gimp, GLib, GObject
from .language import strings
from .protocol.edits import ParamError

AUTHORS = "Pullbrush contributors"
SINCE = "2026"
PLAIN = {
    "text": "add_string_argument",
    "switch": "add_boolean_argument",
    "whole": "add_int_argument",
    "number": "add_double_argument",
}
Run = Callable[..., Any]


class Pullbrush(Gimp.PlugIn):
    """The plug-in. GIMP wants its names of methods."""

    def do_set_i18n(self, _procedure: str) -> bool:
        """Texts are translated by ourselves."""
        return False

    def do_query_procedures(self) -> list[str]:
        """Which procedures there are."""
        return list(entries(strings()))

    def do_create_procedure(self, name: str) -> Any:
        """Describe one of them."""
        entry = entries(strings())[name]
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, _run, entry)
        if entry.needs != "layer":
            mask = Gimp.ProcedureSensitivityMask
            anything = mask.DRAWABLE | mask.DRAWABLES | mask.NO_DRAWABLES
            procedure.set_sensitivity_mask(anything | mask.NO_IMAGE)
        procedure.set_image_types("*")
        procedure.set_menu_label(entry.label)
        procedure.add_menu_path(MENU)
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


RW = GObject.ParamFlags.READWRITE


def _declare(procedure: Any, argument: Argument) -> None:
    """Tell GIMP of one argument."""
    names = (argument.name, argument.label, argument.help)
    if argument.sort == "choice":
        choice = Gimp.Choice.new()
        for number, (word, label) in enumerate(argument.choices):
            choice.add(word, number, label, "")
        procedure.add_choice_argument(*names, choice, argument.default, RW)
    elif argument.sort == "numbers":
        procedure.add_double_array_argument(*names, RW)
    elif argument.sort in ("whole", "number"):
        whole = int if argument.sort == "whole" else float
        span = (whole(argument.minimum), whole(argument.maximum), whole(argument.default))
        getattr(procedure, PLAIN[argument.sort])(*names, *span, RW)
    else:
        getattr(procedure, PLAIN[argument.sort])(*names, argument.default, RW)


def _run(
    procedure: Any, mode: Any, image: Any, drawables: Sequence[Any], config: Any, entry: Entry
) -> Any:
    """Run a procedure; what goes wrong is told by its return value, which GIMP shows."""
    from . import commands  # not needed while GIMP only asks what there is

    alone = mode == Gimp.RunMode.INTERACTIVE
    try:
        values = {argument.name: _value(config, argument) for argument in entry.arguments}
        results = commands.run(entry, values, image, drawables, alone=alone)
        if alone:  # what was done in the panel is what “run with last values” does again
            for name, value in commands.last_values(entry, image).items():
                config.set_property(name, value)
    except ParamError as problem:
        return _ended(procedure, Gimp.PDBStatusType.CALLING_ERROR, str(problem))
    except commands.Cancelled:
        return _ended(procedure, Gimp.PDBStatusType.CANCEL, "")
    except commands.Failed as problem:
        return _ended(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, str(problem))
    except Exception as problem:  # a fault of ours: GIMP would only say that the plug-in crashed
        traceback.print_exc()
        message = f"Pullbrush failed: {type(problem).__name__}: {problem}. Nothing was changed."
        return _ended(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, message)
    return _success(results)


def _value(config: Any, argument: Argument) -> Any:
    if argument.sort != "numbers":
        return config.get_property(argument.name)
    boxed = GObject.Value()  # the array itself says nothing in Python
    boxed.init(GObject.GType.from_name("GimpDoubleArray"))
    boxed.set_boxed(config.get_property(argument.name))
    return list(Gimp.value_get_double_array(boxed) or ())


def _ended(procedure: Any, status: Any, message: str) -> Any:
    error = GLib.Error(message, "pullbrush", 0) if message else None
    return procedure.new_return_values(status, error)


def _success(results: Sequence[Any]) -> Any:
    status = GObject.Value(Gimp.PDBStatusType, Gimp.PDBStatusType.SUCCESS)
    kinds = [GObject.TYPE_STRING if isinstance(one, str) else Gimp.Layer for one in results]
    values = [GObject.Value(kind, one) for kind, one in zip(kinds, results, strict=True)]
    return Gimp.ValueArray.new_from_values([status, *values])


def main(arguments: list[str]) -> None:
    """Serve GIMP, which started this program."""
    Gimp.main(Pullbrush.__gtype__, arguments)
