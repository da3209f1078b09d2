# SPDX-License-Identifier: GPL-3.0-or-later
"""From a call of a procedure to what GIMP is answered, whatever goes wrong on the way."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from .entries import Asked, Ended, Entry, entries
from .host import Image
from .language import strings
from .plugin import serve
from .protocol.edits import ParamError
from .protocol.sentences import say, told


def main(arguments: list[str]) -> None:
    """Serve GIMP, which started this program."""
    serve(entries(strings()), run, arguments)


def run(
    entry: Entry, values: Mapping[str, Any], image: Image | None, keys: Sequence[str], asked: Asked
) -> Ended:
    """Run a procedure for the layers of these keys."""
    from . import commands  # not needed while GIMP only asks what there is

    try:
        results = commands.run(entry, values, image, keys, asked=asked)
        # What was done in the panel is what “run with last values” does again.
        last = commands.last_values(entry, image) if asked == "artist" else {}
        if image is not None and not image.is_open:
            return Ended(status="cancel")  # GIMP would keep values with the image it was called for
    except ParamError as problem:
        return Ended(status="calling_error", message=commands.strings().said(told(problem)))
    except commands.Cancelled:
        return Ended(status="cancel")
    except commands.Failed as problem:
        return Ended(status="execution_error", message=str(problem))
    except Exception as problem:  # a fault of ours: GIMP would only say that the plug-in crashed
        traceback.print_exc()
        message = commands.strings().said(say("script.fault", fault=type(problem).__name__))
        return Ended(status="execution_error", message=message)
    return Ended(results=tuple(results), values=last)
