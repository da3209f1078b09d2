# SPDX-License-Identifier: Apache-2.0
"""The one rule about endpoints: a unix socket or this machine's own loopback, nothing else."""

from __future__ import annotations

import ipaddress
import re

from .errors import ProtocolError

_TCP = re.compile(r"tcp://(?P<host>[0-9.]+|\[[0-9a-f:]+\]):(?P<port>[0-9]{1,5}|\*)")


def elsewhere(endpoint: str, *, binding: bool = False) -> None:
    """Raise ProtocolError `endpoint.refused` unless the endpoint is on this machine.

    Host names are refused too: what they mean can be changed from outside. `*` as port is for binding only.
    """
    if endpoint.startswith("ipc:///") and "\0" not in endpoint:
        return
    found = _TCP.fullmatch(endpoint)
    if found is None or not _is_loopback(found["host"].strip("[]")):
        raise ProtocolError(
            "endpoint.refused",
            f"{endpoint[:200]!r} is not on this machine. Use tcp://127.0.0.1:PORT or ipc:///PATH.",
        )
    port = found["port"]
    if (port == "*" and not binding) or (port != "*" and not 1 <= int(port) <= 65535):
        raise ProtocolError("endpoint.refused", f"{endpoint[:200]!r} has no usable port.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
