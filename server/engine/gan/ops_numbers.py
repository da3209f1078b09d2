# SPDX-License-Identifier: Apache-2.0
"""The low-pass filter as numbers, for those who do not load torch."""

from __future__ import annotations

import numpy as np

TAPS = (1.0, 3.0, 3.0, 1.0)
"""The low-pass filter, in each direction."""
LOW_PASS = np.outer(TAPS, TAPS).astype(np.float32) / sum(TAPS) ** 2
"""In both directions; its sum is 1, as checkpoints store it."""
