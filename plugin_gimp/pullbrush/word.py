# SPDX-License-Identifier: GPL-3.0-or-later
"""One panel is enough: a second call passes its wish on to the panel that is open, by word left with GIMP."""

from __future__ import annotations

import json
import time
from typing import Any, cast

from .gtk import GLib
from .protocol.plugin.guard import guarded

HERE, WISH = "pullbrush-panel-here", "pullbrush-panel-wish"
BEAT_S = 0.3
STALE_S = 3.0
"""A panel that has not been heard of for this long has ended badly."""


class Word:
    """`program` keeps words for as long as GIMP runs: `read_word` and `leave_word`."""

    def __init__(self, program: Any) -> None:
        self._program = program
        self._app: Any = None

    def pass_on(self, image: Any, *, kind: str, again: bool, display: int = 0) -> bool:
        """Leave the wish for the panel that is open; False when there is none."""
        here = _read(self._program.read_word(HERE))
        if time.time() - float(here.get("at") or 0.0) > STALE_S:
            return False
        number = image.number if image is not None else 0
        wish = {"image": number, "kind": kind, "again": again, "display": display}
        self._program.leave_word(WISH, json.dumps(wish).encode())
        return True

    def listen(self, app: Any) -> None:
        """This panel is the one; hear wishes from now on."""
        self._app = app
        self._program.leave_word(WISH, None)
        self._beat()
        GLib.timeout_add(round(1000 * BEAT_S), self._beat_on)

    def end(self) -> None:
        """The panel was closed."""
        self._app = None
        self._program.leave_word(HERE, None)

    def _beat_on(self) -> bool:
        if self._app is not None:
            self._beat()
        return self._app is not None

    @guarded
    def _beat(self) -> None:
        self._program.leave_word(HERE, json.dumps({"at": time.time()}).encode())
        wish = _read(self._program.read_word(WISH))
        if wish:
            self._program.leave_word(WISH, None)
            images = self._program.open_images()
            image = next((one for one in images if one.number == wish.get("image")), None)
            self._app.turn(
                image,
                kind=str(wish.get("kind") or ""),
                again=bool(wish.get("again")),
                display=int(wish.get("display") or 0),
            )
            self._app.window.present()


def _read(data: bytes | None) -> dict[str, Any]:
    try:
        found: Any = json.loads(data) if data else {}
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
