# SPDX-License-Identifier: GPL-3.0-or-later
"""Slots that never raise: an exception in a slot opens a dialog in Krita, and blocks it from being closed."""

from __future__ import annotations

from .protocol.plugin.guard import guarded, problems

__all__ = ["guarded", "problems"]
