# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit without a panel, from parameters to layers: for procedures, which may wait.

It waits for an engine that is being started, and says at once when there is none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .protocol.line import Line
from .protocol.plugin.document.recipe_restore import Again
from .protocol.plugin.host import Host, HostError
from .protocol.plugin.notes import Notes, read_history, write_history
from .protocol.plugin.placing import Placing
from .protocol.plugin.remember import entry_of
from .protocol.plugin.session.blocking import finish, put_in
from .protocol.plugin.session.edit_session import EditSession
from .protocol.plugin.session.outcome import Outcome
from .protocol.plugin.session.progress import SessionError
from .protocol.plugin.strings import Strings
from .protocol.sentences import say
from .protocol.store import Store

LONGEST_S = 24 * 3600.0
LOST_S = 15.0
"""So long there may be no engine during an edit; one that is started anew, by whomever, answers sooner."""
FIRST_S = 1.2
"""So long nothing at all may be heard before there is said to be no engine."""

Saying = Callable[[str, "float | None"], None]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be done; `under` is seen below the source, `replaces` is an older result whose place is taken."""

    taken: Again
    source: str = ""
    under: tuple[str, ...] = ()
    replaces: str = ""


class Worker:
    """Carries wishes out. `say(text, share)` is told how far it is."""

    def __init__(self, line: Line, store: Store | None, strings: Strings, say: Saying) -> None:
        self._line, self._store, self._strings, self._say = line, store, strings, say

    def carry_out(self, wish: Wish, host: Host, notes: Notes) -> tuple[list[str], Outcome]:
        """Add the result to the image; returns its layers' keys and how it was made.

        Raises ParamError, SessionError or HostError with a sentence; nothing was changed then.
        """
        self.wait_for_engine()
        placing = Placing(host)
        placing.replaces = wish.replaces
        session = EditSession(placing, self._line.engine, store=self._store, strings=self._strings)
        try:
            wish.taken.take_up(session, wish.source, wish.under)
            finish(session, LONGEST_S, self._watch(session))
            outcome = put_in(session, LONGEST_S, self._watch(session))
        except SessionError:
            if host.document_key() is None:
                raise HostError(say("image.closed")) from None
            raise
        finally:
            session.close()
        write_history(notes, read_history(notes)[0].add(entry_of(outcome)))
        return placing.written, outcome

    def wait_for_engine(self) -> None:
        """Return as soon as the engine is there, and knows which edits there are; raises SessionError."""
        began = time.monotonic()
        while not self._line.engine.ready:
            self._line.pump()
            kind, waited = self._line.state.kind, time.monotonic() - began
            if kind == "absent" or (kind == "lost" and waited > FIRST_S):
                raise self._missing()
            if kind == "starting":
                self._say(self._strings.text("engine.starting"), None)
            time.sleep(0.02)

    def _watch(self, session: EditSession) -> Callable[[], None]:
        good = time.monotonic()

        def tick() -> None:
            nonlocal good
            now, state = time.monotonic(), self._line.state
            if self._line.engine.ready or state.kind == "starting":
                good = now
            elif now - good > LOST_S:
                raise self._missing()
            now = session.progress
            self._say(session.status.sentence, now.fraction if now.phase else None)

        return tick

    def _missing(self) -> SessionError:
        state = self._line.state
        return SessionError("session.missing", say("engine.start_with", command=state.command))
