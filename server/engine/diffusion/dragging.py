# SPDX-License-Identifier: Apache-2.0
"""Dragging as a method of the loop: settings, sources, energies and rules put together.

DragonDiffusion (arXiv 2307.02421) and DiffEditor (arXiv 2402.02583). What differs between moving, dragging and
pasting is data: which terms, which regions, which keys and values. Edits compose this; so do the published modes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from server.engine.diffusion.attention import Rule
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.dragon_settings import DragonSettings
from server.engine.diffusion.family import Cond
from server.engine.diffusion.guidance import Features, Guidance, Term
from server.engine.diffusion.inversion import Trajectory
from server.engine.diffusion.key_value_rules import ImagePrompt, KVSource, UseKV
from server.engine.diffusion.loop import Anchor, RegionNoise, Row, StepPlan

KVMode = Literal["replace", "append", "none"]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """How the sources' keys and values are used.

    mode    "replace" the own ones, "append" to them, or "none"
    keep    per trajectory a mask (1, 1, H, W) of the tokens that may be seen, None for all
    blind   (queries, keys): queries inside the first mask do not see source tokens inside the second
    """

    mode: KVMode = "replace"
    keep: tuple[Tensor | None, ...] = ()
    blind: tuple[Tensor, Tensor] | None = None


@dataclass(frozen=True, kw_only=True)
class Hole:
    """Where something left: its own noise ``strength`` in the window [a, b) of the schedule, both fractions."""

    region: Tensor
    strength: float
    window: tuple[float, float]

    def holds(self, i: int, steps: int) -> bool:
        start, end = self.window
        return round(start * steps, 9) <= i < round(end * steps, 9)


@dataclass(frozen=True, kw_only=True)
class Dragging:
    """A `Method`: call it with a step index. ``trajectories[0]`` is the picture being edited.

    ``text`` guides the energies; ``rows_text`` and ``rows_uncond`` are what the network is conditioned on
    (they may carry image tokens as text). ``noise_region`` is the regional SDE's; ``anchor`` (1, 1, h, w),
    if given, is where the source's own latents are put back after every step.
    ``shared_start`` is the published aliasing: at step 0 the references are the current features.
    """

    denoiser: Denoiser
    settings: DragonSettings
    trajectories: tuple[Trajectory, ...]
    text: Cond
    rows_text: Cond
    rows_uncond: Cond
    terms: tuple[Term, ...]
    memory: Memory = Memory()
    noise_region: Tensor | None = None
    holes: tuple[Hole, ...] = ()
    anchor: Tensor | None = None
    image_prompt: ImagePrompt | None = None
    shared_start: bool = False

    def __post_init__(self) -> None:
        if not self.trajectories:
            raise ValueError("dragging needs the inversion of the picture")
        steps = self.denoiser.schedule.steps
        for trajectory in self.trajectories:
            if trajectory.timesteps != self.denoiser.schedule.timesteps:
                raise ValueError(
                    f"an inversion of {trajectory.steps} steps cannot serve an edit of {steps}"
                )
        if self.memory.keep and len(self.memory.keep) != len(self.trajectories):
            raise ValueError(
                f"{len(self.memory.keep)} masks for the keys of {len(self.trajectories)} inversions"
            )

    def __call__(self, i: int) -> StepPlan:
        steps = self.denoiser.schedule.steps
        return StepPlan(
            rows=(Row(kind="uncond", cond=self.rows_uncond), Row(kind="cond", cond=self.rows_text)),
            scale=self.settings.guidance_scale,
            rules=self._rules(i, steps),
            guidance=self._guidance(i) if self.terms and self.settings.guided(i, steps) else None,
            noise=self._noise(i, steps),
            anchors=self._anchors(i),
            repeats=self.settings.repeats(i, steps),
            push_back=self.rows_text,
        )

    def _rules(self, i: int, steps: int) -> tuple[Rule, ...]:
        rules: list[Rule] = []
        if self.memory.mode != "none" and self.settings.injected(i, steps):
            keep = self.memory.keep or (None,) * len(self.trajectories)
            sources = tuple(
                KVSource(bank=trajectory.bank[i], keep=mask)
                for trajectory, mask in zip(self.trajectories, keep, strict=True)
            )
            rules.append(
                UseKV(sources=sources, own=self.memory.mode == "append", blind=self.memory.blind)
            )
        if self.image_prompt is not None and self.settings.prompted(i, steps):
            rules.append(self.image_prompt)
        return tuple(rules)

    def _guidance(self, i: int) -> Guidance:
        return Guidance(
            terms=self.terms,
            cond=self.text,
            references=self._references(i),
            factor=self.settings.factor,
            limit=self.settings.limit,
        )

    def _references(self, i: int) -> Callable[[Features], tuple[Features, ...]]:
        def stored(current: Features) -> tuple[Features, ...]:
            if self.shared_start and i == 0:
                return (current,)
            return tuple(t.reference_features(i, self.denoiser) for t in self.trajectories)

        return stored

    def _noise(self, i: int, steps: int) -> tuple[RegionNoise, ...]:
        areas: list[RegionNoise] = []
        if self.noise_region is not None and self.settings.noisy(i, steps):
            areas.append(RegionNoise(region=self.noise_region, strength=self.settings.sde_strength))
        for hole in self.holes:
            if hole.strength > 0 and hole.holds(i, steps):
                areas.append(RegionNoise(region=hole.region, strength=hole.strength))
        return tuple(areas)

    def _anchors(self, i: int) -> tuple[Anchor, ...]:
        if self.anchor is None:
            return ()
        return (Anchor(region=self.anchor, latent=self.trajectories[0].at_step(i + 1)),)
