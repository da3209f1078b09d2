# SPDX-License-Identifier: Apache-2.0
"""How far a produced tensor may be from a stored one, by kind; and the comparison of a whole case.

About ten times what a separate implementation reached with the same files.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor

from server.lab.evaluate.parity.case import Case, CaseError, Check, compare

Produced = dict[str, Tensor]

INPUTS = frozenset(
    [
        "latent_source",
        "latent_other",
        "text_embedding",
        "text_embedding_other",
        "uncond_embedding",
        "image_tokens",
        "image_tokens_uncond",
        "mask",
        "mask_reference",
        "mask_other_image",
        "sde_noise",
    ]
)

# kind -> (float64, float32, relative); about ten times what an independent implementation reached
TOLERANCES: dict[str, tuple[float, float, bool]] = {
    "inversion": (1e-12, 3e-5, False),
    "bank": (1e-12, 3e-4, False),
    "initial": (1e-12, 3e-5, False),
    "mask": (0.0, 0.0, False),
    "feature": (1e-12, 1e-4, False),
    "eps": (1e-10, 3e-3, True),
    "energy": (1e-10, 1e-4, True),
    "gradient": (1e-10, 3e-3, True),
    "guidance": (1e-10, 3e-3, True),
    "on the way": (1e-9, 1.5e-2, False),
    "final": (1e-9, 1.5e-2, False),
    "count": (0.0, 0.0, False),
}
KINDS: tuple[tuple[str, str], ...] = (
    (r"inversion_latent_\d+", "inversion"),
    (r"bank_(key|value)_\d+\..+", "bank"),
    (r"latent_initial", "initial"),
    (r"grid_mask_.+", "mask"),
    (r"feature_.+", "feature"),
    (r"eps_uncond_cond_\d+", "eps"),
    (r"energy_.+", "energy"),
    (r"grad_.+", "gradient"),
    (r"guidance_\d+", "guidance"),
    (r"(latent_before_step|renoise_in)_.+", "on the way"),
    (r"latent_final", "final"),
)


def judge(case: Case, produced: Produced, dtype: torch.dtype) -> tuple[Check, ...]:
    """Compares every expected tensor of the case. Raises CaseError for one that nothing was produced for."""
    checks: list[Check] = []
    for name, expected in case.tensors.items():
        if name in INPUTS:
            continue
        kind = next((kind for pattern, kind in KINDS if re.fullmatch(pattern, name)), None)
        if kind is None or name not in produced:
            raise CaseError(f"the engine has nothing to compare with {name}")
        double, single, relative = TOLERANCES[kind]
        tolerance = double if dtype == torch.float64 else single
        checks.append(
            compare(name, kind, produced[name], expected, tolerance=tolerance, relative=relative)
        )
    return tuple(checks)
