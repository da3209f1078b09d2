# SPDX-License-Identifier: Apache-2.0
"""A connection to the running engine, or to one started for it; and to the next one when it ends."""

from __future__ import annotations

import os
from collections.abc import Callable

from protocol.client import Client
from protocol.errors import ProtocolError
from server.cli.problem import ENGINE, FAILED, Problem
from server.cli.words import typed
from server.start import NoEngine, find_engine, find_or_start_engine

PATIENCE_S = 10.0
RESTARTS = 3


def connected_client(say: Callable[[str], None] = lambda _text: None) -> Client:
    """A client that is connected to an engine; `say` is told when one has to be started for it.

    The client reads the session file again before each attempt, so it finds later engines by itself.
    Raises Problem with the reason when there is no way.
    """
    try:
        if find_engine() is None:
            say("Starting the engine …")
            find_or_start_engine()
    except NoEngine as problem:
        raise Problem(str(problem), code=ENGINE) from None
    client = Client("pullbrush", pid=os.getpid())
    try:
        client.connect(PATIENCE_S)
    except ProtocolError as problem:
        client.close()
        raise Problem(
            f"The engine does not let us in: {problem.message} "
            f"`{typed('serve')}` in another terminal shows why.",
            code=ENGINE,
        ) from None
    return client


class Keeper:
    """Brings the engine back when it ends during an edit; the client submits its job again by itself."""

    def __init__(self, client: Client, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self._restarts = 0

    def look(self) -> None:
        """Called often. Raises Problem when the engine does not stay."""
        try:
            if self._client.connected or find_engine(timeout_s=1.0) is not None:
                return
        except NoEngine as problem:
            raise Problem(str(problem), code=ENGINE) from None
        self._restarts += 1
        if self._restarts > RESTARTS:
            raise Problem(
                f"The engine ended {self._restarts} times during this edit; nothing was written. "
                f"`{typed('doctor')}` names its log. The preset quick needs less memory.",
                code=FAILED,
            )
        self._say("The engine has ended unexpectedly; starting it again …")
        try:
            find_or_start_engine()
        except NoEngine as problem:
            raise Problem(str(problem), code=ENGINE) from None
