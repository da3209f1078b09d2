# SPDX-License-Identifier: Apache-2.0
"""The Fréchet distance against cases whose answer is known on paper."""

import numpy as np
import pytest

from server.lab.evaluate.frechet import Gaussian, frechet, frechet_distance, gaussian


def of(mean: list[float], covariance: object) -> Gaussian:
    return Gaussian(mean=np.array(mean, float), covariance=np.array(covariance, float))


def rotated(angle: float, first: float, second: float) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.diag([first, second]) @ turn.T


def test_equal_sets_are_not_apart() -> None:
    features = np.random.default_rng(0).normal(size=(400, 32))
    assert frechet_distance(features, features) < 1e-9


def test_a_shift_counts_squared_whatever_the_covariance() -> None:
    features = np.random.default_rng(1).normal(size=(300, 5))
    shift = np.array([1.0, -2.0, 0.5, 0.0, 3.0])
    assert frechet_distance(features, features + shift) == pytest.approx(float(shift @ shift))


def test_diagonal_covariances_compare_their_deviations() -> None:
    first, second = of([0, 0, 0], np.diag([1.0, 4.0, 9.0])), of([0, 3, 0], np.diag([4.0, 4.0, 1.0]))
    assert frechet(first, second) == pytest.approx(9 + (1 - 2) ** 2 + 0 + (3 - 1) ** 2)


def test_covariances_that_do_not_commute_follow_the_two_by_two_form() -> None:
    """tr M^½ = sqrt(tr M + 2 sqrt(det M)) for a 2 × 2 matrix with positive eigenvalues."""
    first, second = rotated(0.3, 5.0, 0.7), rotated(1.2, 2.0, 0.2)
    product = first @ second
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    wanted = np.trace(first) + np.trace(second) - 2 * root
    found = frechet(of([0, 0], first), of([0, 0], second))
    assert found == pytest.approx(wanted)
    assert found == pytest.approx(frechet(of([0, 0], second), of([0, 0], first)))
    assert found > 0.5


def test_a_flat_covariance_is_no_accident() -> None:
    """One feature that never varies: the root of a singular covariance."""
    flat = of([0, 0], [[1.0, 0.0], [0.0, 0.0]])
    assert frechet(flat, of([0, 0], np.eye(2))) == pytest.approx(1.0)


def test_two_samples_of_one_kind_are_nearer_than_two_kinds() -> None:
    rng = np.random.default_rng(2)
    one, two = rng.normal(size=(2, 500, 16))
    other = rng.normal(0.2, 1.3, size=(500, 16))
    assert frechet_distance(one, two) * 3 < frechet_distance(one, other)


@pytest.mark.parametrize("shape", [(10, 10), (40, 33), (7,)])
def test_too_few_pictures_or_too_many_dimensions_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"pictures"):
        gaussian(np.zeros(shape))


def test_different_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"3 and 2"):
        frechet(of([0, 0, 0], np.eye(3)), of([0, 0], np.eye(2)))
