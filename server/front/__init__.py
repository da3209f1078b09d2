# SPDX-License-Identifier: Apache-2.0
"""The front process: sockets, sessions, pictures, the queue, the pool. No torch, no numpy.

`serve(Settings())` runs an engine in this process; `python -m server` does the same.
"""

from server.front.main import CannotStart, Settings, serve

__all__ = ["CannotStart", "Settings", "serve"]
