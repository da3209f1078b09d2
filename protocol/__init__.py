# SPDX-License-Identifier: Apache-2.0
"""What the plug-ins and the engine say to each other, and the client that says it."""

SENTINEL = "pullbrush-protocol"
"""Proves that this `protocol` is ours: the package index has another one of the same name."""

VERSION = (1, 0)
"""Major and minor of the wire. A major must match; a minor only adds."""
