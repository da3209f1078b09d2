# SPDX-License-Identifier: Apache-2.0
"""What drags look like, in both paint programs: told apart by shape as well as by color.

Colors are from the palette of Okabe and Ito (2008), which holds for the common kinds of color blindness.
"""

from __future__ import annotations

HANDLE = "#0072b2"
"""Blue, round: where it is pulled from."""
TARGET = "#e69f00"
"""Orange, a square on its corner: where it shall arrive."""
WAY = "#cc79a7"
"""Purple, small: where the way leads through."""
PIN = "#009e73"
"""Green, a square: what must stay."""
FLAT = "#d55e00"
"""Vermilion ring: a handle on a flat area."""
"""Everything has a white edge and a black one, so that it shows on any picture."""
EDGE, RIM = "#ffffff", "#000000"
