# SPDX-License-Identifier: Apache-2.0
"""A stored parity case, and the comparison of one tensor with its tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


class CaseError(ValueError):
    """A case that cannot be run, with the reason."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A stored case: settings, counts, tensors by name, and where its network lies."""

    name: str
    folder: Path
    settings: dict[str, Any]
    counts: dict[str, Any]
    weights: Path
    config: Path
    tensors: dict[str, Tensor]


@dataclass(frozen=True)
class Check:
    """One comparison. ``relative`` errors are divided by the expected tensor's largest magnitude."""

    name: str
    kind: str
    error: float
    tolerance: float
    relative: bool = False

    @property
    def ok(self) -> bool:
        return self.error <= self.tolerance  # false for NaN

    @property
    def share(self) -> float:
        """Error as a share of what is allowed; infinite for NaN."""
        if math.isnan(self.error):
            return math.inf
        return (
            self.error / self.tolerance
            if self.tolerance > 0
            else (0.0 if self.error == 0 else math.inf)
        )


def compare(
    name: str,
    kind: str,
    found: Tensor,
    expected: Tensor,
    *,
    tolerance: float,
    relative: bool = False,
) -> Check:
    """The largest absolute difference, or relative to the expected tensor's largest magnitude if that is not 0."""
    if found.shape != expected.shape:
        raise CaseError(f"{name} has shape {tuple(found.shape)}, expected {tuple(expected.shape)}")
    a, b = found.detach().to("cpu", torch.float64), expected.to(torch.float64)
    error = float((a - b).abs().max()) if a.numel() else 0.0
    largest = float(b.abs().max()) if b.numel() else 0.0
    if relative and largest > 1e-12:
        return Check(name, kind, error / largest, tolerance, relative=True)
    return Check(name, kind, error, tolerance)
