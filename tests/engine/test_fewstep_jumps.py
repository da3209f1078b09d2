# SPDX-License-Identifier: Apache-2.0
"""Long deterministic steps against diffusers' DDIMScheduler with the spacing "trailing"."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler, DDIMSchedulerOutput
from diffusion_parts import cond, denoiser, latent
from torch import Tensor

from server.engine.diffusion.jump_sampler import END, Jumps, sample_jumps
from server.engine.models.few_step_profile import fast_of
from server.lab.training.fewstep.lora import scheduler


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 50])
def test_the_timesteps_are_those_of_diffusers(steps: int) -> None:
    theirs = scheduler()
    theirs.set_timesteps(steps)
    assert Jumps(steps=steps).timesteps == (*theirs.timesteps.tolist(), END)


def test_four_begin_at_the_very_last_timestep() -> None:
    assert Jumps().timesteps == (999, 749, 499, 249, -1)


@pytest.mark.parametrize("prediction", ["epsilon", "v"])
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_every_latent_is_that_of_diffusers(steps: int, prediction) -> None:
    ours, start, text = denoiser(4, prediction), latent(2), cond(2)
    seen: list[Tensor] = []
    result = sample_jumps(
        ours, start, text, Jumps(steps=steps), on_step=lambda _i, _n, clean: seen.append(clean)
    )
    kind = "epsilon" if prediction == "epsilon" else "v_prediction"
    theirs = DDIMScheduler.from_config(scheduler().config, prediction_type=kind)
    assert isinstance(theirs, DDIMScheduler)
    theirs.set_timesteps(steps)
    z, clean = start, []
    for t in theirs.timesteps:
        with torch.no_grad():
            raw = ours.family.network(z, int(t), text)
        found = theirs.step(raw, int(t), z)
        assert isinstance(found, DDIMSchedulerOutput)
        z = found.prev_sample
        clean.append(found.pred_original_sample)
    assert torch.allclose(result, z, rtol=1e-4, atol=1e-4)
    for one, other in zip(seen, clean, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-4)
    assert ours.counter.as_dict()["denoise_rows"] == 2 * steps


@pytest.mark.parametrize(
    ("config", "jumps", "points"),
    [
        (None, False, 50),
        ({"original_inference_steps": 20}, False, 20),
        ({"timestep_spacing": "leading"}, False, 50),
        ({"timestep_spacing": "trailing"}, True, 50),
    ],
)
def test_the_folder_says_which_steps_its_lora_makes(
    tmp_path: Path, config: dict[str, object] | None, jumps: bool, points: int
) -> None:
    place = tmp_path / "fast"
    place.mkdir()
    (place / "lora.safetensors").touch()
    if config is not None:
        (place / "scheduler_config.json").write_text(json.dumps(config), encoding="utf-8")
    found = fast_of(tmp_path)
    assert found is not None
    assert (found.jumps, found.points, found.steps) == (jumps, points, 4)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 5, "train_steps": 4}])
def test_impossible_jumps_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="jumps"):
        Jumps(**wrong)
