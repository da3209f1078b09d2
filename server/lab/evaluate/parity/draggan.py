# SPDX-License-Identifier: Apache-2.0
"""Runs a StyleGAN2 or DragGAN case with the engine's own functions and compares every tensor in it."""

from __future__ import annotations

import json
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from server.engine.gan.config import GeneratorConfig, widths
from server.engine.gan.drag import Drag
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.stylegan2 import Generator, Rendering, to_uint8
from server.lab.evaluate.parity.case import Case, CaseError, Check, compare

INPUTS = frozenset(("z", "w0", "ws_varied", "mask_flexible"))

# Largest difference allowed, and whether it is relative to the largest magnitude. The networks are float32 ones, so
# double precision does not come nearer; kinks of the mask's absolute value make later gradients differ more.
TOLERANCES: dict[str, tuple[float, bool]] = {
    "latent": (1e-5, False),
    "feature": (1e-4, False),
    "image": (1e-4, False),
    "levels": (1.0, False),
    "handles": (0.0, False),
    "loss": (1e-5, False),
    "gradient": (5e-3, True),
    "w": (2e-4, False),
}
EXACT_KINDS = {
    **dict.fromkeys(("w_psi1", "ws", "ws_cutoff"), "latent"),
    **dict.fromkeys(("reference_feature", "feature_start"), "feature"),
    **dict.fromkeys(("motion_loss", "mask_loss"), "loss"),
    **dict.fromkeys(("w_after_step", "ws_final"), "w"),
    "handle_after_tracking": "handles",
    "w_grad_step": "gradient",
}


def kind_of(name: str) -> str:
    """What a tensor of a case is. Raises CaseError for a name that is not known."""
    if name.startswith("block_b"):
        return "feature"
    if name.startswith("image_"):
        return "levels" if name.endswith("uint8") else "image"
    if name not in EXACT_KINDS:
        raise CaseError(f"the engine has nothing to compare with {name}")
    return EXACT_KINDS[name]


def run_draggan(case: Case, dtype: torch.dtype) -> tuple[Check, ...]:
    """Every expected tensor of the case, and its counts, against what the engine makes of its inputs."""
    found, counts = produce(case, dtype)
    return (*judge(case, found), *counts)


def judge(case: Case, found: dict[str, Tensor]) -> tuple[Check, ...]:
    """Compares every expected tensor. Raises CaseError for one that nothing was produced for."""
    checks: list[Check] = []
    for name, expected in case.tensors.items():
        if name in INPUTS:
            continue
        kind = kind_of(name)
        if name not in found:
            raise CaseError(f"the engine has nothing to compare with {name}")
        tolerance, relative = TOLERANCES[kind]
        ours, theirs = found[name], expected
        if ours.shape == theirs.shape and torch.equal(ours.isnan(), theirs.isnan()):
            ours, theirs = ours.nan_to_num(), theirs.nan_to_num()  # no loss on both sides
        checks.append(compare(name, kind, ours, theirs, tolerance=tolerance, relative=relative))
    return tuple(checks)


def produce(case: Case, dtype: torch.dtype) -> tuple[dict[str, Tensor], tuple[Check, ...]]:
    """Runs the case; what it made, by the names that cases use, and the comparison of its counts."""
    generator = load_network(case, dtype)
    if "points" in case.settings:
        return _dragged(case, generator, dtype)
    return _forward(case, generator, dtype), ()


def load_network(case: Case, dtype: torch.dtype) -> Generator:
    """The case's generator, frozen. Raises CaseError."""
    if not case.config.is_file() or not case.weights.is_file():
        raise CaseError(f"its network {case.weights.name} or {case.config.name} is missing")
    given: dict[str, Any] = json.loads(case.config.read_text(encoding="utf-8"))
    if given["architecture"] != "skip" or given["resample_filter"] != [1, 3, 3, 1]:
        raise CaseError("only the skip architecture with the filter 1 3 3 1 is known")
    size, base, most = (given[n] for n in ("img_resolution", "channel_base", "channel_max"))
    config = GeneratorConfig(
        z_dim=given["z_dim"],
        w_dim=given["w_dim"],
        mapping_layers=given["mapping_layers"],
        channels=widths(size, base=base, most=most),
        image_channels=given["img_channels"],
        clamp=given["conv_clamp"],
        lr_multiplier=given["mapping_lr_multiplier"],
    )
    generator = Generator(config)
    stored = load_file(case.weights)
    generator.load_state_dict(
        {name: t for name, t in stored.items() if not name.endswith("resample_filter")}
    )
    return generator.requires_grad_(False).to(dtype)


@torch.no_grad()
def _forward(case: Case, generator: Generator, dtype: torch.dtype) -> dict[str, Tensor]:
    known = {"batch", "truncation_psi", "truncation_cutoff"}
    _refuse_unknown(case, known)
    z, psi = case.tensors["z"].to(dtype), float(case.settings["truncation_psi"])
    synthesis, cutoff = generator.synthesis, int(case.settings["truncation_cutoff"])
    ws = generator.mapping.ws(z, psi=psi)
    outputs = synthesis.features(ws, generator.config.blocks - 1, how=Rendering(fused=True))
    image = synthesis(ws, how=Rendering(fused=True), before=outputs)
    found = {f"block_b{x.shape[-1]}": x[:1] for x in outputs}
    found |= {
        "w_psi1": generator.mapping(z),
        "ws": ws,
        "ws_cutoff": generator.mapping.ws(z, psi=psi, rows=cutoff),
        "image_raw": image,
        "image_uint8": to_uint8(image),
        "image_raw_unfused": synthesis(ws[:1]),
        "image_raw_noise_none": synthesis(ws[:1], how=Rendering(noise="none")),
    }
    if "ws_varied" in case.tensors:
        found["image_raw_varied"] = synthesis(case.tensors["ws_varied"].to(dtype))
    return found


def _settings(case: Case) -> DragGanSettings:
    given = case.settings
    if given["regulariser"] != 0:
        raise CaseError(f"a regularizer of {given['regulariser']} is not known, only 0")
    return DragGanSettings(
        learning_rate=given["learning_rate"],
        r1=given["r1"],
        r2=given["r2"],
        lambda_mask=given["lambda_mask"],
        w_plus=given["w_plus"],
        block=given["feature_block"],
        supervise="current",
        together=False,
        reference_compat=True,
    )


def _dragged(
    case: Case, generator: Generator, dtype: torch.dtype
) -> tuple[dict[str, Tensor], tuple[Check, ...]]:
    known = {
        "points", "targets", "learning_rate", "r1", "r2", "max_steps", "lambda_mask", "w_plus", "truncation_psi",
        "feature_block", "mask", "regulariser", "optimiser", "r1_pixels", "r2_pixels",
    }  # fmt: skip
    _refuse_unknown(case, known)
    given, settings = case.settings, _settings(case)
    drag = Drag(
        generator,
        case.tensors["w0"].to(dtype),
        given["points"],
        given["targets"],
        mask=case.tensors.get("mask_flexible"),
        settings=settings,
    )
    steps = [drag.step()]
    ws = [drag.ws]
    while len(steps) < given["max_steps"] and not bool(steps[-1].stopped):
        steps.append(drag.step())
        ws.append(drag.ws)
    start = drag.start
    if start is None:
        raise CaseError("no step was made")
    rows = case.tensors["w_after_step"].shape[1]
    nothing = torch.tensor(float("nan"), dtype=dtype)
    found = {
        "handle_after_tracking": torch.stack([s.handles for s in steps]).int(),
        "motion_loss": torch.stack([s.motion.where(s.distance > 1, nothing) for s in steps]),
        "mask_loss": torch.stack([nothing if s.mask is None else s.mask for s in steps]),
        "reference_feature": start.at_handles.t(),
        "feature_start": start.features,
        "w_after_step": torch.cat(ws)[:, :rows],
        "w_grad_step": torch.cat([_padded(s.gradient, rows) for s in steps[:3]]),
        "ws_final": drag.ws,
        "image_first_uint8": to_uint8(drag.picture(steps[0]))[0],
        "image_last_uint8": to_uint8(drag.picture(steps[-1]))[0],
    }
    first = case.tensors["w_grad_step"][:1]
    return found, (
        compare("first gradient", "first", found["w_grad_step"][:1], first, tolerance=1e-5, relative=True),
        _count("steps_run", len(steps), case.counts["steps_run"]),
        _count("stopped", int(bool(steps[-1].stopped)), int(case.counts["stopped"])),
        _count("r1_pixels", settings.radii(drag.size)[0], given["r1_pixels"]),
        _count("r2_pixels", settings.radii(drag.size)[1], given["r2_pixels"]),
    )  # fmt: skip


def _padded(gradient: Tensor, rows: int) -> Tensor:
    """Gradients of all rows: those that do not move have none."""
    more = rows - gradient.shape[1]
    return torch.nn.functional.pad(gradient, (0, 0, 0, more)) if more else gradient


def _count(name: str, ours: int, theirs: int) -> Check:
    return Check(name, "count", float(abs(ours - theirs)), 0.0)


def _refuse_unknown(case: Case, known: set[str]) -> None:
    """Refuses a case that asks for something that would otherwise be ignored."""
    unknown = sorted(set(case.settings) - known)
    if unknown:
        raise CaseError(f"settings that are not understood: {', '.join(unknown)}")
