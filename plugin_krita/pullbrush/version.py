# SPDX-License-Identifier: GPL-3.0-or-later
"""The plug-in's version, as the engine and the diagnostics name it."""

VERSION = "0.1.0"
