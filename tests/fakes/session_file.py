# SPDX-License-Identifier: Apache-2.0
"""Session files of engines that are not there."""

from __future__ import annotations

import os

from protocol import ids, session


def lost_engine(endpoint: str = "tcp://127.0.0.1:9") -> session.Session:
    """An engine whose process lives (it is this one), but where nobody who knows the token answers."""
    return session.Session(
        endpoints=(endpoint,),
        engine_id=ids.new(),
        pid=os.getpid(),
        started_ms=1,
        proto=session.our_proto(),
        token="0" * 64,
    )
