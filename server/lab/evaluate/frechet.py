# SPDX-License-Identifier: Apache-2.0
"""Fréchet distance of two sets of features, each summed up by its mean and covariance.

Dowson and Landau 1982; Heusel et al. 2017 (arXiv 1706.08500): |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]
"""One row per picture, (n, d)."""
LARGEST_DIMENSION = 32
"""Covariances of more dimensions need more pictures than a small bench can make."""


@dataclass(frozen=True, kw_only=True)
class Gaussian:
    """Mean (d,) and unbiased covariance (d, d) of a set of features, float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def __post_init__(self) -> None:
        d = self.mean.shape[0]
        if self.covariance.shape != (d, d):
            raise ValueError(f"a mean of {d} numbers with a covariance of {self.covariance.shape}")


def gaussian(features: Features) -> Gaussian:
    """Sum up features (n, d); ValueError when n <= d, since the covariance would have holes."""
    if features.ndim != 2:
        raise ValueError(f"features are (pictures, dimensions), got {features.shape}")
    n, d = features.shape
    if d > LARGEST_DIMENSION or n <= d:
        raise ValueError(
            f"{n} pictures with {d} features: at most {LARGEST_DIMENSION} features, and more pictures than features"
        )
    wide = features.astype(np.float64)
    return Gaussian(
        mean=wide.mean(axis=0), covariance=np.atleast_2d(np.cov(wide, rowvar=False, ddof=1))
    )


def frechet(first: Gaussian, second: Gaussian) -> float:
    """The squared distance of two Gaussians; 0 for equal ones.

    tr (Σ₁ Σ₂)^½ is the sum of the roots of the eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric, so that no complex
    numbers come up.
    """
    if first.mean.shape != second.mean.shape:
        raise ValueError(
            f"features of {first.mean.shape[0]} and {second.mean.shape[0]} dimensions do not compare"
        )
    apart = float(((first.mean - second.mean) ** 2).sum())
    root = _root(first.covariance)
    cross = np.linalg.eigvalsh(root @ second.covariance @ root)
    shared = float(np.sqrt(np.clip(cross, 0, None)).sum())
    spread = float(np.trace(first.covariance) + np.trace(second.covariance))
    return max(apart + spread - 2 * shared, 0.0)


def frechet_distance(first: Features, second: Features) -> float:
    """The Fréchet distance of two sets of features (n, d) and (m, d)."""
    return frechet(gaussian(first), gaussian(second))


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric square root of a covariance; tiny negative eigenvalues are rounding."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
