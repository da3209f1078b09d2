# SPDX-License-Identifier: Apache-2.0
"""DDIM inversion: from a picture's latent up to noise, keeping everything an edit will want again.

For t ascending: e = eps(z_{t-d}, t, c); z_t = M(z_{t-d}, e; t-d -> t)  (arXiv 2105.05233, app. F; the label
of the next level with the latent of this one is the published convention). No guidance, one row per step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from server.engine.diffusion.denoiser import FEATURE_ROLES, Denoiser
from server.engine.diffusion.family import Cond
from server.engine.diffusion.key_value_rules import Bank, RecordKV
from server.engine.diffusion.schedule import move

Features = tuple[Tensor, ...]
OnInversion = Callable[[int, int], None]


@dataclass
class Trajectory:
    """An inverted picture: what depends on the source only, and is therefore computed once.

    ``latents[k]`` is the latent after k inversion steps, (1, c, h, w), float32 or float64; ``latents[0]``
    is the picture. Step i (noisiest first) starts at ``latents[steps - i]``.
    """

    key: str
    latents: tuple[Tensor, ...]
    timesteps: tuple[int, ...]
    cond: Cond
    bank: dict[int, Bank] = field(default_factory=dict[int, Bank])
    features: dict[int, Features] = field(default_factory=dict[int, Features])

    @property
    def steps(self) -> int:
        return len(self.timesteps)

    @property
    def source(self) -> Tensor:
        """The picture's own latent."""
        return self.latents[0]

    def at_step(self, i: int) -> Tensor:
        """The source's latent at the level where step ``i`` begins; i = steps gives the picture."""
        return self.latents[self.steps - i]

    def reference_features(self, i: int, denoiser: Denoiser) -> Features:
        """The source's features at step ``i``, text condition, plain attention; computed at first use.

        Truncated forward, no gradient, counted as "reference". Raises ValueError for another schedule.
        """
        if i not in self.features:
            if denoiser.schedule.timesteps != self.timesteps:
                raise ValueError(
                    f"a trajectory of {self.steps} steps met a schedule of {denoiser.schedule.steps}"
                )
            with torch.no_grad():
                self.features[i] = denoiser.features(
                    self.at_step(i),
                    self.timesteps[i],
                    self.cond,
                    purpose="reference",
                    roles=FEATURE_ROLES,
                )
        return self.features[i]

    def nbytes(self) -> int:
        """Bytes of all latents, keys, values and features held now."""
        tensors: list[Tensor] = list(self.latents)
        for layers in self.bank.values():
            tensors += [t for pair in layers.values() for t in pair]
        tensors += [t for maps in self.features.values() for t in maps]
        return sum(t.nbytes for t in tensors)


def invert(
    denoiser: Denoiser,
    latent: Tensor,
    cond: Cond,
    *,
    key: str = "",
    bank_steps: Collection[int] | None = None,
    on_step: OnInversion | None = None,
) -> Trajectory:
    """Inverts ``latent`` (1, c, h, w), a scaled picture latent, through the denoiser's whole schedule.

    Keys and values of the decoder's self-attention are kept for the step indices in ``bank_steps`` (None:
    all). ``on_step(done, steps)`` is called after each evaluation. Latents keep float64 if given in it, else
    float32, since their rounding is the only error of the source branch.
    """
    schedule = denoiser.schedule
    z = latent if latent.dtype == torch.float64 else latent.float()
    latents, banks = [z], dict[int, Bank]()
    for done, i in enumerate(reversed(range(schedule.steps)), start=1):
        layers: dict[str, tuple[Tensor, Tensor]] = {}
        rules = [RecordKV(layers)] if bank_steps is None or i in bank_steps else []
        eps = denoiser.eps(z, schedule.timesteps[i], cond, purpose="invert", rules=rules)
        z = move(z, eps, schedule.after(i), schedule.before(i))
        latents.append(z)
        if layers:
            banks[i] = layers
        if on_step is not None:
            on_step(done, schedule.steps)
    return Trajectory(
        key=key, latents=tuple(latents), timesteps=schedule.timesteps, cond=cond, bank=banks
    )


def trajectory_key(
    *,
    pixels: bytes,
    rect: Sequence[int],
    scale: float,
    settings: str,
    weights: Sequence[str],
    schedule: str,
    dtype: str,
    method: str = "ddim",
) -> str:
    """The content hash of an inversion: same key, same trajectory.

    ``settings`` are the edit's own that it depends on, ``pixels`` the crop's bytes, ``rect`` its document
    rectangle, ``scale`` model pixels per document pixel,
    ``weights`` the hashes of model and LoRAs, ``schedule`` its ``describe()``.
    """
    digest = hashlib.sha256()
    fields = [
        *(str(n) for n in rect), repr(float(scale)), method, settings, *weights, schedule, dtype,
    ]  # fmt: skip
    for text in fields:
        raw = text.encode()
        digest.update(len(raw).to_bytes(8, "little") + raw)
    digest.update(hashlib.sha256(pixels).digest())
    return digest.hexdigest()
