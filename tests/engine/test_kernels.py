# SPDX-License-Identifier: Apache-2.0
"""The settings of `make test-numeric` do what they are there for: libraries compute as on other processors."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KERNELS = re.search(r"^KERNELS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
SAID = {
    "ATEN_CPU_CAPABILITY=default,ONEDNN_MAX_CPU_ISA=SSE41": ("DEFAULT\n", "isa:Intel SSE4.1\n"),
    "ATEN_CPU_CAPABILITY=avx2,ONEDNN_MAX_CPU_ISA=AVX2": ("AVX2\n", "isa:Intel AVX2\n"),
}
CONVOLVE = """
import torch
torch.nn.functional.conv2d(torch.rand(2, 8, 32, 32), torch.rand(8, 8, 3, 3))
print("ATen computes with", torch.backends.cpu.get_cpu_capability())
"""


def test_every_setting_is_known() -> None:
    assert KERNELS is not None
    assert KERNELS.group(1).split() == list(SAID)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="settings for x86")
@pytest.mark.parametrize("setting", SAID)
def test_a_setting_takes_effect(setting: str) -> None:
    chosen = dict(one.split("=") for one in setting.split(","))
    capability, isa = SAID[setting]
    done = subprocess.run(
        [sys.executable, "-c", CONVOLVE],
        env=os.environ | chosen | {"ONEDNN_VERBOSE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"ATen computes with {capability}" in done.stdout
    assert isa in done.stdout
