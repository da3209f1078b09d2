# SPDX-License-Identifier: GPL-3.0-or-later
"""What type checkers know of PyGObject: exactly what the plug-in uses of it, as it was found in GIMP 3.0.4."""

def require_version(namespace: str, version: str) -> None: ...
