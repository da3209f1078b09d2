# SPDX-License-Identifier: Apache-2.0
"""The tests of the processes know how to start an engine; these tests use it too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "front"))
