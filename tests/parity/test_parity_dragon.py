# SPDX-License-Identifier: Apache-2.0
"""DragonDiffusion and DiffEditor against numbers of the published code (fixtures/README.md), to their last digits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from server.lab.evaluate.parity.dragon import produce
from server.lab.evaluate.parity.limits import INPUTS, Produced, judge
from server.lab.evaluate.parity.report import CaseReport, load_case, passed, run_cases

FIXTURES = Path(__file__).parent / "fixtures"
DRAGON = FIXTURES / "dragon"


def run_one(name: str, dtype: torch.dtype = torch.float64, folder: Path = FIXTURES) -> CaseReport:
    (report,) = run_cases(folder, dtype=dtype, only=lambda case: case == name)
    return report


def holds(report: CaseReport) -> None:
    assert report.status == "ok", f"{report.note}; worst {report.worst}"
    assert report.checks


@pytest.mark.parametrize("name", ["move_d", "drag_dplus"])
def test_double_precision_proves_the_algorithm(name: str) -> None:
    holds(run_one(name))


def test_single_precision_stays_within_its_rounding() -> None:
    holds(run_one("move_dplus", torch.float32))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["move_dplus", "resize_up_dplus", "resize_down_region_dplus"])
def test_the_other_cases_in_double_precision(name: str) -> None:
    holds(run_one(name))


@pytest.fixture(scope="module")
def inverted() -> Produced:
    produced, _ = produce(load_case(DRAGON / "inversion_50" / "case.json"), torch.float64)
    return produced


def test_inversion_is_the_published_one(inverted: Produced) -> None:
    checks = judge(load_case(DRAGON / "inversion_50" / "case.json"), inverted, torch.float64)
    assert {check.kind for check in checks} == {"inversion", "bank"}
    assert all(check.ok for check in checks), max(checks, key=lambda check: check.share)


EXPECTED = [n for n in load_file(DRAGON / "inversion_50" / "data.safetensors") if n not in INPUTS]


@pytest.mark.parametrize("name", EXPECTED)
def test_one_percent_off_is_noticed_in_every_tensor(name: str, inverted: Produced) -> None:
    case = load_case(DRAGON / "inversion_50" / "case.json")
    assert all(check.ok for check in judge(case, inverted, torch.float64))
    case.tensors[name] = case.tensors[name] * 1.01
    assert [c.name for c in judge(case, inverted, torch.float64) if not c.ok] == [name]


@pytest.mark.parametrize(
    "case_name", ["move_d", "drag_dplus", "resize_up_dplus", "resize_down_region_dplus"]
)
def test_one_percent_off_is_noticed_in_every_kind_of_an_edit(case_name: str) -> None:
    """The stored tensors stand in for produced ones, so that every kind's own tolerance is tried."""
    case = load_case(DRAGON / case_name / "case.json")
    produced = {name: tensor.clone() for name, tensor in case.tensors.items() if name not in INPUTS}
    for dtype in (torch.float64, torch.float32):
        assert all(check.ok for check in judge(case, produced, dtype))
        for name, tensor in produced.items():
            changed = dict(case.tensors) | {name: _changed(tensor)}
            found = judge(type(case)(**(vars(case) | {"tensors": changed})), produced, dtype)
            assert [check.name for check in found if not check.ok] == [name], f"{name} in {dtype}"


def _changed(tensor: Tensor) -> Tensor:
    """One percent more; masks get one flipped cell, and what is zero up to rounding gets a hundredth."""
    if tensor.dtype == torch.uint8:
        flipped = tensor.clone()
        flipped.view(-1)[tensor.numel() // 2] ^= 1
        return flipped
    return tensor * 1.01 if bool(tensor.abs().max() > 1e-12) else tensor + 0.01


def copied(tmp_path: Path, name: str = "inversion_50") -> Path:
    """A copy of the inversion case whose network lies beside it, ready to be spoiled."""
    folder = tmp_path / "dragon"
    shutil.copytree(DRAGON / name, folder / name)
    for shared in ("unet.json", "unet.safetensors", "shared.safetensors"):
        shutil.copyfile(DRAGON / shared, folder / shared)
    return folder / name


def edit_settings(folder: Path, **changes: object) -> None:
    path = folder / "case.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    description["settings"] |= changes
    path.write_text(json.dumps(description), encoding="utf-8")


def test_the_number_of_steps_of_a_case_is_honored(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit_settings(folder, num_steps=51, timesteps_first_last=[951, 1])
    report = run_one("inversion_50", folder=tmp_path)
    assert {check.kind for check in report.checks if not check.ok} == {"inversion", "bank"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"energy_scale": 505.0}, "gradient"),
        ({"guidance_scale": 4.04}, "final"),
        ({"w_inpaint": 0.9}, "energy"),
        ({"point_to_xy": [156, 128]}, "mask"),
    ],
)
def test_settings_of_an_edit_are_honored(
    tmp_path: Path, changes: dict[str, object], kind: str
) -> None:
    folder = copied(tmp_path, "move_d")
    edit_settings(folder, **changes)
    report = run_one("move_d", folder=tmp_path)
    assert report.status == "failed"
    assert kind in {check.kind for check in report.checks if not check.ok}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mode": "dissolve"}, "no published mode"),
        ({"frobnicate": 3}, "frobnicate"),
        ({"height": 512}, "256 x 256"),
        ({"steps_offset": 0}, "980"),
    ],
)
def test_what_is_not_understood_fails_with_a_reason(
    tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    folder = copied(tmp_path)
    edit_settings(folder, **changes)
    report = run_one("inversion_50", folder=tmp_path)
    assert report.status == "failed"
    assert why in report.note


def test_a_tensor_nobody_produces_is_a_failure(tmp_path: Path) -> None:
    case = load_case(DRAGON / "inversion_50" / "case.json")
    case.tensors["hue_of_the_sky"] = torch.zeros(1)
    with pytest.raises(ValueError, match="hue_of_the_sky"):
        judge(case, {n: t for n, t in case.tensors.items() if n in EXPECTED}, torch.float64)
    folder = copied(tmp_path)
    save_file({"latent_source": torch.zeros(1, 4, 32, 32)}, folder / "data.safetensors")
    assert "listed but not stored" in run_one("inversion_50", folder=tmp_path).note


def test_unknown_families_are_reported_and_nothing_found_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing to compare"):
        run_cases(tmp_path)
    folder = tmp_path / "other" / "case_1"
    folder.mkdir(parents=True)
    (folder / "case.json").write_text('{"family": "text_editing"}', encoding="utf-8")
    reports = run_cases(tmp_path)
    assert [r.status for r in reports] == ["not covered"]
    assert not passed(reports)
    (folder / "case.json").write_text("no json", encoding="utf-8")
    assert [r.status for r in run_cases(tmp_path)] == ["failed"]
