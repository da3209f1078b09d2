# SPDX-License-Identifier: Apache-2.0
"""Is the `protocol` that Python found ours? The package index has another one, which overwrites ours silently."""

from __future__ import annotations

import protocol

SENTINEL = "pullbrush-protocol"


def wrong_protocol() -> str:
    """What to tell the artist when it is not; empty when all is well."""
    if getattr(protocol, "SENTINEL", None) == SENTINEL:
        return ""
    place = getattr(protocol, "__file__", None) or "an unknown place"
    return (
        f"Another package called “protocol” ({place}) hides Pullbrush's own. Install Pullbrush in an "
        "environment of its own, then start the engine again."
    )
