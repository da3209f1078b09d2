# SPDX-License-Identifier: GPL-3.0-or-later
"""Pullbrush in GIMP 3: AI image editing on the artist's own canvas."""
