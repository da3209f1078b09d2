# SPDX-License-Identifier: Apache-2.0
"""Parity: runs the stored cases of the published references and reports the largest errors.

Every expected tensor of a case is compared; a tensor that nothing produces is a failure, not a skip. Families
without a runner here are reported as "not covered".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from server.lab.evaluate.parity.case import Case, CaseError, Check, compare
from server.lab.evaluate.parity.draggan import run_draggan
from server.lab.evaluate.parity.dragon import run_dragon

Status = Literal["ok", "failed", "not covered"]
Runner = Callable[[Case, torch.dtype], tuple[Check, ...]]

RUNNERS: Mapping[str, Runner] = {"dragon": run_dragon, "draggan": run_draggan}


@dataclass(frozen=True)
class CaseReport:
    """One case: what was compared and how far it was off. ``note`` says why, in a sentence, when it failed."""

    case: str
    family: str
    status: Status
    checks: tuple[Check, ...] = ()
    note: str = ""

    @property
    def worst(self) -> Check | None:
        """The check that comes closest to its tolerance, or exceeds it most."""
        return max(self.checks, key=lambda check: check.share, default=None)


def run_cases(
    folder: Path, *, dtype: torch.dtype = torch.float64, only: Callable[[str], bool] | None = None
) -> list[CaseReport]:
    """Runs every case found under ``folder`` (any depth), in order of path.

    ``dtype`` float64 proves the algorithm; float32 has wider tolerances. Raises FileNotFoundError when there is
    no case at all: nothing compared is nothing proven.
    """
    found = sorted(folder.rglob("case.json"))
    if only is not None:
        found = [path for path in found if only(path.parent.name)]
    if not found:
        raise FileNotFoundError(f"no case.json under {folder}, so there is nothing to compare with")
    return [_run(path, dtype) for path in found]


def passed(reports: list[CaseReport]) -> bool:
    """Whether something was compared and nothing fell short."""
    ran = [report for report in reports if report.status != "not covered"]
    return bool(ran) and all(report.status == "ok" for report in ran)


def _run(path: Path, dtype: torch.dtype) -> CaseReport:
    name = path.parent.name
    try:
        description: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        family = str(description["family"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        return CaseReport(
            name, "unknown", "failed", note=f"{path} is no case description: {error!r}"
        )
    runner = RUNNERS.get(family)
    if runner is None:
        return CaseReport(name, family, "not covered")
    try:
        checks = runner(load_case(path), dtype)
    except (CaseError, KeyError, ValueError, OSError, SafetensorError, RuntimeError) as error:
        return CaseReport(name, family, "failed", note=f"{type(error).__name__}: {error}")
    if not checks:
        return CaseReport(name, family, "failed", note="the case holds nothing to compare")
    missed = [check for check in checks if not check.ok]
    note = (
        f"{missed[0].name} is off by {missed[0].error:.3g}, allowed is {missed[0].tolerance:.1g}"
        if missed
        else ""
    )
    return CaseReport(name, family, "failed" if missed else "ok", checks, note)


def load_case(path: Path) -> Case:
    """The case described by a case.json, with its tensors. Raises CaseError and what reading files raises.

    Inputs that several cases share may lie in a file named under provenance.
    """
    description: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    folder, provenance = path.parent, description["provenance"]
    tensors: dict[str, Tensor] = load_file(folder / "data.safetensors")
    shared = provenance.get("shared_inputs")
    listed = description.get("tensors", {})
    if shared is not None:
        tensors |= {
            n: t for n, t in load_file(folder / shared).items() if n in listed and n not in tensors
        }
    missing = sorted(set(listed) - set(tensors))
    if missing:
        raise CaseError(f"listed but not stored: {', '.join(missing[:4])}")
    return Case(
        name=str(description.get("case", folder.name)),
        folder=folder,
        settings=dict(description["settings"]),
        counts=dict(description.get("counts", {})),
        weights=folder / str(provenance["weights"]).split(" ")[0],
        config=folder / str(provenance.get("unet_config") or provenance["config"]).split(" ")[0],
        tensors=tensors,
    )


__all__ = [
    "Case",
    "CaseError",
    "CaseReport",
    "Check",
    "compare",
    "load_case",
    "passed",
    "run_cases",
]
