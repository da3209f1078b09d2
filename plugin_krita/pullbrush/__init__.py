# SPDX-License-Identifier: GPL-3.0-or-later
"""Pullbrush in Krita: AI image editing on the artist's own canvas."""


def _start() -> None:
    """Join Krita. Outside Krita (tests, type checkers) there is nothing to join."""
    from .extension import register

    register()


try:
    import krita as _krita
except ImportError:
    _krita = None

if _krita is not None and hasattr(_krita, "Krita"):
    _start()
