# SPDX-License-Identifier: Apache-2.0
"""Runs a DragonDiffusion / DiffEditor case with the engine's own functions and compares every tensor in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors.torch import load_file
from torch import Tensor, nn

from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.dragging import Dragging
from server.engine.diffusion.dragon_settings import (
    APPEARANCE,
    DRAG,
    LANDMARK,
    MOVE,
    PASTE,
    DragonSettings,
)
from server.engine.diffusion.family import Cond
from server.engine.diffusion.inversion import Trajectory, invert
from server.engine.diffusion.key_value_rules import ImagePrompt
from server.engine.diffusion.loop import LoopStep, run
from server.engine.diffusion.noise import StoredNoise
from server.engine.diffusion.published import modes
from server.engine.diffusion.schedule import Betas, Schedule
from server.engine.diffusion.sd15 import Sd15
from server.lab.evaluate.parity.case import Case, CaseError, Check
from server.lab.evaluate.parity.limits import Produced, judge
from server.lab.evaluate.parity.roots import reference_root

IMAGE_PROMPT = "image_prompt."
TEXT_LENGTH, PROMPT_TOKENS = 77, 4
MODES = {"move": MOVE, "drag": DRAG, "landmark": LANDMARK, "appearance": APPEARANCE, "paste": PASTE}
WEIGHTS = (
    "w_edit",
    "w_content",
    "w_contrast",
    "w_inpaint",
    "energy_scale",
    "guidance_scale",
    "sde_strength",
)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A case made ready: its tensors as the engine wants them, and its network."""

    case: Case
    denoiser: Denoiser
    dtype: torch.dtype
    projections: dict[str, tuple[Tensor, Tensor]]

    def floats(self, name: str) -> Tensor:
        return self.case.tensors[name].to(self.dtype)

    def mask(self, name: str) -> Tensor:
        """A stored pixel mask as (1, 1, H, W) bool; anything but 0 and 1 is refused."""
        stored = self.case.tensors[name]
        if not bool(((stored == 0) | (stored == 1)).all()):
            raise CaseError(f"{name} holds values other than 0 and 1")
        return stored[None, None].bool()


def run_dragon(case: Case, dtype: torch.dtype) -> tuple[Check, ...]:
    """Every expected tensor of the case against what the engine makes of its inputs."""
    produced, counts = produce(case, dtype)
    return (*judge(case, produced, dtype), *counts)


def produce(case: Case, dtype: torch.dtype) -> tuple[Produced, tuple[Check, ...]]:
    """Runs the case; returns what it made by the names that cases use, and the comparison of its counts."""
    _known_settings(case)
    stage = _stage(case, dtype)
    trajectories = _invert(stage)
    produced = _inverted(stage, trajectories)
    if "mode" not in case.settings:
        return produced, ()
    return produced | _edit(stage, trajectories), tuple(_counts(stage))


def _stage(case: Case, dtype: torch.dtype) -> Stage:
    if not case.config.is_file() or not case.weights.is_file():
        raise CaseError(f"its network {case.weights.name} or {case.config.name} is missing")
    unet = UNet2DConditionModel(**json.loads(case.config.read_text(encoding="utf-8")))
    weights = load_file(case.weights)
    unet.load_state_dict({k: v for k, v in weights.items() if not k.startswith(IMAGE_PROMPT)})
    nn.Module.to(unet, dtype=dtype)
    layers = {
        k[len(IMAGE_PROMPT) :].rsplit(".to_", 1)[0] for k in weights if k.startswith(IMAGE_PROMPT)
    }
    projections = {
        layer: tuple(weights[f"{IMAGE_PROMPT}{layer}.to_{part}.weight"].to(dtype) for part in "kv")
        for layer in layers
    }
    betas = Betas(steps_offset=int(case.settings.get("steps_offset", 1)))
    schedule = Schedule(steps=int(case.settings["num_steps"]), betas=betas, root=reference_root)
    ends = case.settings.get("timesteps_first_last")
    found = [schedule.timesteps[0], schedule.timesteps[-1]]
    if ends is not None and found != list(ends):
        raise CaseError(f"timesteps run from {found[0]} to {found[1]}, expected {ends}")
    denoiser = Denoiser(Sd15(unet, betas=betas), schedule)
    return Stage(case=case, denoiser=denoiser, dtype=dtype, projections=projections)  # pyright: ignore[reportArgumentType]


def _invert(stage: Stage) -> tuple[Trajectory, ...]:
    pairs = [("latent_source", "text_embedding"), ("latent_other", "text_embedding_other")]
    return tuple(
        invert(stage.denoiser, stage.floats(latent), Cond(stage.floats(text)))
        for latent, text in pairs
        if latent in stage.case.tensors
    )


def _inverted(stage: Stage, trajectories: tuple[Trajectory, ...]) -> Produced:
    """Latents and keys/values of the inversion, by the names that the cases use."""
    produced: Produced = {}
    for k in range(trajectories[0].steps + 1):
        produced[f"inversion_latent_{k}"] = torch.cat([t.latents[k] for t in trajectories])
    for i, layers in trajectories[0].bank.items():
        for layer, (keys, values) in layers.items():
            produced[f"bank_key_{i}.{layer}"] = keys
            produced[f"bank_value_{i}.{layer}"] = values
    return produced


def _edit(stage: Stage, trajectories: tuple[Trajectory, ...]) -> Produced:
    """Runs the edit and keeps what the cases store of it."""
    setup = _setup(stage, trajectories)
    wanted: dict[str, Tensor] = {"latent_initial": setup.latent}
    wanted |= {
        f"grid_mask_{name}": mask.squeeze(1).to(torch.uint8) for name, mask in setup.masks.items()
    }
    stage.denoiser.counter.calls.clear()

    def note(step: LoopStep) -> None:
        wanted.update(_noted(step))

    noise = (
        StoredNoise(stage.floats("sde_noise"), first=_first_noisy(setup.method))
        if _stored_noise(stage)
        else None
    )
    wanted["latent_final"] = run(
        stage.denoiser, setup.latent, setup.method, noise=noise or _no_noise(), on_step=note
    )
    if any(name.startswith("feature_") for name in stage.case.tensors):
        wanted |= _features(stage, setup)
    return wanted


def _noted(step: LoopStep) -> dict[str, Tensor]:
    """The tensors of one finished step under the names that the cases use."""
    i, r = step.index, step.repeat
    noted = {f"latent_before_step_{i}_repeat_{r}": step.before, f"renoise_in_{i}_{r}": step.z}
    if r == 0:
        noted[f"eps_uncond_cond_{i}"] = step.eps_rows
        if step.guided is not None:
            names = ("edit", "content")
            noted |= {
                f"energy_{n}_{i}": e for n, e in zip(names, step.guided.energies, strict=False)
            }
            noted |= {
                f"grad_{n}_{i}": g for n, g in zip(names, step.guided.gradients, strict=False)
            }
            noted[f"guidance_{i}"] = step.guided.direction
    return noted


def _features(stage: Stage, setup: modes.Setup) -> dict[str, Tensor]:
    """Reference and current features of step 0."""
    method, denoiser = setup.method, replace(stage.denoiser, counter=type(stage.denoiser.counter)())
    t = denoiser.schedule.timesteps[0]
    with torch.no_grad():
        current = denoiser.features(setup.latent, t, method.text, purpose="guide")
    reference = method.trajectories[0].reference_features(0, denoiser)
    sides = {"reference": reference, "current": current}
    return {f"feature_{side}_up{1 + k}": maps[k] for side, maps in sides.items() for k in range(2)}


def _setup(stage: Stage, trajectories: tuple[Trajectory, ...]) -> modes.Setup:
    given, mode = stage.case.settings, str(stage.case.settings["mode"])
    base = _base(stage, trajectories)
    if mode == "move":
        (x0, y0), (x1, y1) = given["point_from_xy"], given["point_to_xy"]
        reference = stage.mask("mask_reference") if "mask_reference" in stage.case.tensors else None
        gamma = float(given.get("resize_scale", 1.0))
        return modes.move(
            base, stage.mask("mask"), dx=x1 - x0, dy=y1 - y0, gamma=gamma, reference=reference
        )
    if mode == "appearance":
        return modes.appearance(base, stage.mask("mask"), stage.mask("mask_other_image"))
    if mode == "paste":
        gamma = float(given.get("resize_scale", 1.0))
        return modes.paste(base, stage.mask("mask"), dx=given["dx"], dy=given["dy"], gamma=gamma)
    starts, ends = ([(x, y) for x, y in given[name]] for name in ("points_from_xy", "points_to_xy"))
    if mode == "drag":
        return modes.drag(base, starts, ends, stage.mask("mask"))
    return modes.landmark(base, starts, ends)


def _base(stage: Stage, trajectories: tuple[Trajectory, ...]) -> Dragging:
    """Settings, texts and image prompt of the case, without its energies."""
    settings = _settings(stage.case.settings)
    text, uncond = stage.floats("text_embedding"), stage.floats("uncond_embedding")
    tokens = torch.cat([stage.floats("image_tokens_uncond"), stage.floats("image_tokens")])
    as_text, tokens = tokens[:, :-PROMPT_TOKENS], tokens[:, -PROMPT_TOKENS:]
    return Dragging(
        denoiser=stage.denoiser,
        settings=settings,
        trajectories=trajectories,
        text=Cond(text),
        rows_text=Cond(torch.cat([text, as_text[1:]], dim=1)),
        rows_uncond=Cond(torch.cat([uncond, as_text[:1]], dim=1)),
        terms=(),
        image_prompt=ImagePrompt(
            tokens=tokens, projections=stage.projections, scale=settings.image_prompt_scale
        ),
    )  # fmt: skip


def _settings(given: dict[str, Any]) -> DragonSettings:
    """The mode's published settings with every number that the case states."""
    numbers = {name: float(given[name]) for name in WEIGHTS if name in given}
    prompt = float(given.get("image_prompt_scale", 0.0))
    return replace(
        MODES[given["mode"]], algorithm=given["algorithm"], image_prompt_scale=prompt, **numbers
    )


def _known_settings(case: Case) -> None:
    """Refuses a case that asks for something that would otherwise be ignored."""
    known = {
        "image_prompt_scale", "algorithm", "num_steps", "seed", "resize_scale", "height", "width", "mode", "prompt",
        "prompt_other", "mask", "mask_other", "mask_reference", "point_from_xy", "point_to_xy", "points_from_xy",
        "points_to_xy", "dx", "dy", "steps_offset", "timesteps_first_last", *WEIGHTS,
    }  # fmt: skip
    unknown = sorted(set(case.settings) - known)
    if unknown:
        raise CaseError(f"settings that are not understood: {', '.join(unknown)}")
    mode = case.settings.get("mode")
    if mode is not None and mode not in MODES:
        raise CaseError(f"no published mode is called {mode!r}")
    latent = case.tensors["latent_source"].shape
    pixels = (8 * latent[-2], 8 * latent[-1])
    if pixels != (case.settings["height"], case.settings["width"]):
        raise CaseError(
            f"a latent for {pixels[0]} x {pixels[1]} pixels in a case that says otherwise"
        )


def _stored_noise(stage: Stage) -> bool:
    return "sde_noise" in stage.case.tensors


def _first_noisy(method: Dragging) -> int:
    steps = method.denoiser.schedule.steps
    return next((i for i in range(steps) if method.settings.noisy(i, steps)), 0)


def _no_noise() -> StoredNoise:
    return StoredNoise(torch.zeros(0, 4, 1, 1), first=0)


def _counts(stage: Stage) -> list[Check]:
    """Evaluations against the reference's; of its push-backs, one per traveled step was never used."""
    counts, calls = stage.case.counts, stage.denoiser.counter.calls
    if not counts:
        return []
    settings, steps = _settings(stage.case.settings), stage.denoiser.schedule.steps
    traveled = sum(settings.repeats(i, steps) > 1 for i in range(steps))
    guided = [i for i in range(steps) if settings.guided(i, steps)]
    off = {
        "cfg_calls": abs(calls["denoise"] - counts["cfg_calls"]),
        "guidance_calls": abs(calls["guide"] - counts["guidance_calls"]),
        "renoise_calls": abs(calls["renoise"] + traveled - counts["renoise_calls"]),
        "guided_steps": len(set(guided) ^ set(counts["guided_steps"])),
    }
    return [Check(name, "count", float(n), 0.0) for name, n in off.items()]
