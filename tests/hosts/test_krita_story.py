# SPDX-License-Identifier: Apache-2.0
"""The story of an artist in the real Krita with the real engine, told by mouse and keyboard alone."""

from __future__ import annotations

from pathlib import Path

import krita_rig
import pytest
from PIL import Image

from server.lab.scenes import render, sample_scene

pytestmark = [pytest.mark.host_krita, pytest.mark.timeout(1800)]
LOW_SCREEN_PX = 740
"""What a screen of 768 pixels leaves to a window."""
