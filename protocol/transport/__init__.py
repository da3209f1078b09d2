# SPDX-License-Identifier: Apache-2.0
"""Ways to reach the engine: pyzmq where it can be imported, else the standard library."""

from __future__ import annotations

from typing import Literal

from ..errors import ProtocolError
from .base import State, Transport
from .zmtp import ZmtpTransport

Choice = Literal["auto", "pyzmq", "stdlib"]


def connect(endpoint: str, choice: Choice = "auto") -> Transport:
    """Start to connect; raises ProtocolError for an endpoint that is not on this machine."""
    if choice == "stdlib":
        return ZmtpTransport(endpoint)
    try:
        from .zmq_dealer import ZmqTransport, supports

        if supports(endpoint):
            return ZmqTransport(endpoint)
    except ProtocolError:
        raise
    except (
        Exception
    ):  # a paint program's pyzmq may be built for another Python: any failure means "not there"
        if choice == "pyzmq":
            raise
    return ZmtpTransport(endpoint)


__all__ = ["Choice", "State", "Transport", "ZmtpTransport", "connect"]
