# SPDX-License-Identifier: Apache-2.0
"""The precision of a training is what this machine is quicker with: measured, once, and never read from flags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from server.lab.training import precision
from server.lab.training.muon import orthogonalized
from server.lab.training.precision import ROUNDS, mixed, quicker, working_dtype

SERVER = Path(precision.__file__).parents[2]
BF16, FP32 = torch.bfloat16, torch.float32
# Seconds in float32 and in bfloat16.
EMULATED, UNITS_FOR_IT, EVEN = (1.0, 10.0), (1.0, 0.4), (1.0, 0.97)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine on which nothing was measured yet: its cache folder."""
    monkeypatch.setattr(precision.platformdirs, "user_cache_path", lambda _name: tmp_path)
    working_dtype.cache_clear()
    yield tmp_path
    working_dtype.cache_clear()


class Machine:
    """Takes these seconds, and much longer for the measurement number `disturbed`."""

    def __init__(self, seconds: tuple[float, float], disturbed: int = -1) -> None:
        self.seconds, self.disturbed, self.asked = seconds, disturbed, 0

    def __call__(self, dtype: torch.dtype) -> float:
        busy = 100.0 if self.asked == self.disturbed else 0.0
        self.asked += 1
        return busy + self.seconds[0 if dtype == FP32 else 1]


@pytest.mark.parametrize(
    ("seconds", "chosen"), [(EMULATED, FP32), (UNITS_FOR_IT, BF16), (EVEN, FP32)]
)
def test_the_quicker_one_is_taken_and_float32_where_it_is_all_the_same(
    seconds: tuple[float, float], chosen: torch.dtype
) -> None:
    assert quicker(Machine(seconds)) == chosen


def test_a_busy_moment_decides_nothing() -> None:
    """One round in which something else had the processor, for either of the two."""
    for seconds, chosen in ((EMULATED, FP32), (UNITS_FOR_IT, BF16)):
        for disturbed in range(2 * ROUNDS):
            assert quicker(Machine(seconds, disturbed)) == chosen


@pytest.mark.parametrize("seconds", [EMULATED, UNITS_FOR_IT])
def test_it_is_measured_once_and_holds_for_all_that_trains(
    seconds: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(seconds)
    monkeypatch.setattr(precision._Work, "seconds", lambda _work, dtype: machine(dtype))
    expected = quicker(Machine(seconds))
    layer, x = nn.Linear(4, 4), torch.ones(2, 4)
    found: list[Tensor] = []
    for _ in range(3):
        with mixed("cpu"):
            found.append(layer(x))
        found.append(orthogonalized(torch.ones(1, 4, 4)))
    assert {one.dtype for one in found} == {expected}
    assert machine.asked == 2 * ROUNDS + 2


def test_a_later_process_takes_what_was_found_and_other_limits_are_measured_anew(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(UNITS_FOR_IT)
    monkeypatch.setattr(precision._Work, "seconds", lambda _work, dtype: machine(dtype))
    assert working_dtype("cpu") == BF16
    machine.seconds, asked = EMULATED, machine.asked
    working_dtype.cache_clear()
    assert working_dtype("cpu") == BF16
    assert machine.asked == asked
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "DEFAULT")  # no run of the tests is limited so
    working_dtype.cache_clear()
    assert working_dtype("cpu") == FP32
    assert len(list((cache / "precision").iterdir())) == 2


@pytest.mark.parametrize("kept", ["", "float64", "\xff"])
def test_a_spoiled_or_unwritable_cache_is_done_without(
    cache: Path, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision._Work, "seconds", lambda _work, dtype: Machine(EMULATED)(dtype))
    place = precision._place("cpu")
    place.parent.mkdir()
    place.write_text(kept, "utf-8")
    assert working_dtype("cpu") == FP32
    working_dtype.cache_clear()
    place.unlink()
    place.parent.rmdir()
    place.parent.write_text("a file where the folder should be")
    assert working_dtype("cpu") == FP32


def test_the_measurement_is_real_and_leaves_random_numbers_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    with torch.inference_mode():
        assert working_dtype("cpu") in (BF16, FP32)
    assert torch.equal(torch.get_rng_state(), before)
    work = precision._Work("cpu")
    assert work.seconds(FP32) > 0
    assert work.seconds(BF16) > 0


def test_nothing_reads_the_processors_flags_and_nobody_casts_by_himself() -> None:
    """Autocast is chosen here; only an option of the bench, and what switches it off, name it elsewhere."""
    flags = re.compile(r"cpuinfo|get_cpu_capability|_is_avx|_is_amx|mkldnn\.\w*bf16")
    casts: set[str] = set()
    for path in SERVER.rglob("*.py"):
        text = path.read_text("utf-8")
        assert flags.search(text) is None, path.name
        if "torch.autocast(" in text:
            casts.add(path.name)
    assert casts == {"precision.py", "sampling.py", "lora.py"}
