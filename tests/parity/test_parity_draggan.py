# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2 and DragGAN against numbers of the published code (fixtures/README.md): same handles in every step."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from server.lab.evaluate.parity.case import CaseError
from server.lab.evaluate.parity.draggan import INPUTS, judge, kind_of, produce
from server.lab.evaluate.parity.report import CaseReport, load_case, run_cases

DRAGGAN = Path(__file__).parent / "fixtures" / "draggan"
CASES = sorted(path.parent.name for path in DRAGGAN.rglob("case.json"))


def run_one(name: str, dtype: torch.dtype = torch.float32, folder: Path = DRAGGAN) -> CaseReport:
    (report,) = run_cases(folder, dtype=dtype, only=lambda case: case == name)
    return report


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_are_the_published_ones(name: str) -> None:
    report = run_one(name)
    assert report.status == "ok", f"{report.note}; worst {report.worst}"
    assert {check.kind for check in report.checks} >= (
        {"image", "feature", "latent"}
        if name == "forward_128"
        else {"handles", "w", "count", "first"}
    )


def test_there_are_cases_of_both_kinds() -> None:
    assert "forward_128" in CASES
    assert sum(name.startswith("drag_") for name in CASES) >= 3


def test_double_precision_agrees_too() -> None:
    report = run_one("forward_128", torch.float64)
    assert report.status == "ok", report.note


@pytest.mark.parametrize("name", ["forward_128", "drag_128_mask"])
def test_one_percent_off_is_noticed_in_every_tensor(name: str) -> None:
    case = load_case(DRAGGAN / name / "case.json")
    found, _ = produce(case, torch.float32)
    assert all(check.ok for check in judge(case, found))
    for tensor in [n for n in case.tensors if n not in INPUTS]:
        good = case.tensors[tensor]
        case.tensors[tensor] = good + 2 if kind_of(tensor) == "levels" else good * 1.01
        if kind_of(tensor) == "handles":
            case.tensors[tensor] = good + torch.eye(2, dtype=good.dtype)[0]
        assert [c.name for c in judge(case, found) if not c.ok] == [tensor]
        case.tensors[tensor] = good


def spoiled(tmp_path: Path, name: str, **changes: Any) -> CaseReport:
    """The first five steps of a case, with other settings."""
    folder = tmp_path / name
    shutil.copytree(DRAGGAN / name, folder)
    for shared in ("generator_128.json", "generator_128.safetensors"):
        shutil.copyfile(DRAGGAN / shared, tmp_path / shared)
    path = folder / "case.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    tensors = load_file(folder / "data.safetensors")
    for late in ("ws_final", "image_last_uint8"):
        if tensors.pop(late, None) is not None:
            del description["tensors"][late]
    for long in ("handle_after_tracking", "motion_loss", "mask_loss", "w_after_step"):
        tensors[long] = tensors[long][:5]
    save_file(tensors, folder / "data.safetensors")
    description["counts"]["steps_run"] = 5
    description["settings"] |= {"max_steps": 5} | changes
    path.write_text(json.dumps(description), encoding="utf-8")
    return run_one(name, folder=tmp_path)


def test_five_steps_are_enough_to_compare(tmp_path: Path) -> None:
    assert spoiled(tmp_path, "drag_128_mask").status == "ok"


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 0.0021},
        {"r1": 16},
        {"r2": 20},
        {"lambda_mask": 21},
        {"w_plus": False},
        {"feature_block": 4},
        {"targets": [[60, 70], [50, 68]]},
        {"max_steps": 4},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_settings_of_a_case_are_honored(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert spoiled(tmp_path, "drag_128_mask", **changes).status == "failed"


def test_what_is_not_understood_fails_with_a_reason(tmp_path: Path) -> None:
    assert "frobnicate" in spoiled(tmp_path, "drag_128_nomask", frobnicate=1).note


def test_a_regularizer_is_refused(tmp_path: Path) -> None:
    assert "regularizer" in spoiled(tmp_path, "drag_128_nomask", regulariser=0.5).note


def test_a_tensor_nobody_produces_is_a_failure() -> None:
    case = load_case(DRAGGAN / "forward_128" / "case.json")
    case.tensors["hue_of_the_sky"] = torch.zeros(1)
    with pytest.raises(CaseError, match="hue_of_the_sky"):
        judge(case, {n: t for n, t in case.tensors.items() if n != "hue_of_the_sky"})


def test_stored_numbers_stay_within_nine_megabytes() -> None:
    """Decision 8."""
    files = [path for path in DRAGGAN.parent.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert sum(path.stat().st_size for path in files) <= 9_000_000
