# SPDX-License-Identifier: Apache-2.0
"""The one loop: what is computed, how often, what each part of a step does, and how it stops."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusion_parts import SIDE, box, cond, denoiser, latent
from torch import Tensor

from server.engine.diffusion.correspondence import Correspond, placed_points
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.dragging import Dragging, Hole, Memory
from server.engine.diffusion.dragon_settings import DragonSettings, evaluations
from server.engine.diffusion.energies import Preserve
from server.engine.diffusion.evaluation_counter import Counter
from server.engine.diffusion.guidance import Term
from server.engine.diffusion.inversion import Trajectory, invert
from server.engine.diffusion.key_value_rules import RecordKV
from server.engine.diffusion.loop import (
    Anchor,
    LoopStep,
    Method,
    RegionNoise,
    Row,
    StepPlan,
    needed_rows,
    run,
)
from server.engine.diffusion.noise import SeededNoise
from server.engine.diffusion.schedule import move, sigma, stochastic_move

TEXT, EMPTY = cond(seed=9), cond(seed=8)
NOISE = SeededNoise(3)


def rows(source: Tensor | None = None) -> tuple[Row, ...]:
    found = (Row(kind="uncond", cond=EMPTY), Row(kind="cond", cond=TEXT))
    return found if source is None else (Row(kind="source", cond=TEXT, latent=source), *found)


def counting(model: Denoiser) -> Denoiser:
    return replace(model, counter=Counter())


def dragged(model: Denoiser, trajectory: Trajectory, settings: DragonSettings) -> Dragging:
    """A whole edit: dense and content energies, appended keys and values, regional noise, a hole, an anchor."""
    grid, side = (2 * SIDE, 2 * SIDE), (SIDE, SIDE)
    moved, inside = box(grid, slice(8, 20), slice(12, 24)), box(side, slice(2, 12), slice(2, 14))
    points = placed_points(grid, shift=(0.125, 0.0625))
    return Dragging(
        denoiser=model,
        settings=settings,
        trajectories=(trajectory,),
        text=TEXT,
        rows_text=TEXT,
        rows_uncond=EMPTY,
        terms=(
            Term(
                energy=Correspond(points=points, mask=moved, weight=4.0), scale=50.0, region=inside
            ),
            Term(energy=Preserve(mask=~moved, weight=6.0), scale=50.0, region=~inside),
        ),
        memory=Memory(mode="append"),
        noise_region=inside,
        holes=(Hole(region=box(side, slice(2, 5), slice(2, 5)), strength=1.0, window=(0.0, 0.2)),),
        anchor=(~inside).double(),
    )


def test_guidance_free_steps_are_those_of_the_scheduler() -> None:
    model = denoiser(10)
    reference = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip
    reference.set_timesteps(10)
    z = expected = latent()
    for t in model.schedule.timesteps:
        u, c = (model.eps(expected, t, x, purpose="denoise") for x in (EMPTY, TEXT))
        expected = reference.step(u + 3.0 * (c - u), t, expected).prev_sample
    found = run(model, z, lambda _i: StepPlan(rows=rows(), scale=3.0), noise=NOISE)
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_inversion_counts_and_reverses() -> None:
    model = denoiser(50)
    trajectory = invert(model, latent(), TEXT)
    assert model.counter.calls == {"invert": 50}
    assert model.counter.rows == {"invert": 50}
    assert len(trajectory.latents) == 51
    assert sorted(trajectory.bank) == list(range(50))
    schedule = model.schedule
    for i in (0, 17, 49):
        below, above = trajectory.at_step(i + 1), trajectory.at_step(i)
        eps = model.eps(below, schedule.timesteps[i], TEXT, purpose="invert")
        back = move(above, eps, schedule.before(i), schedule.after(i))
        assert torch.allclose(back, below, atol=1e-5), (
            f"step {i} is no move along the network's noise"
        )
    assert not torch.allclose(trajectory.at_step(0), trajectory.source, atol=0.1)


def test_an_edit_costs_what_the_paper_needs_and_no_more() -> None:
    """dragging.md §14.2: prepare 50; 58 denoise, 8 re-noise, 28 truncated; a re-edit needs no reference."""
    model, settings = denoiser(50), DragonSettings()
    trajectory = invert(model, latent(), TEXT)
    for references in (20, 0):
        fresh = counting(model)
        run(fresh, trajectory.at_step(0), dragged(fresh, trajectory, settings), noise=NOISE)
        calls = dict(fresh.counter.calls)
        assert calls.pop("reference", 0) == references
        assert calls == {"denoise": 58, "renoise": 8, "guide": 28}
        assert fresh.counter.rows["denoise"] == 116
        assert fresh.counter.truncated == {"guide": 28} | ({"reference": 20} if references else {})
        assert fresh.counter.backward == 56


@pytest.mark.parametrize("steps", [8, 20])
@pytest.mark.parametrize("algorithm", ["D", "D+"])
def test_the_forecast_of_evaluations_is_right(steps: int, algorithm: str) -> None:
    model, settings = denoiser(steps), DragonSettings(algorithm=algorithm)  # pyright: ignore[reportArgumentType]
    trajectory = invert(model, latent(), TEXT)
    run(model, trajectory.at_step(0), dragged(model, trajectory, settings), noise=NOISE)
    expected = {k: n for k, n in evaluations(settings, steps).items() if n}
    assert dict(model.counter.calls) == expected


def test_rows_that_change_nothing_are_not_computed() -> None:
    assert [row.kind for row in needed_rows(StepPlan(rows=rows(), scale=1.0))] == ["cond"]
    same = (Row(kind="uncond", cond=TEXT), Row(kind="cond", cond=TEXT))
    assert [row.kind for row in needed_rows(StepPlan(rows=same, scale=4.0))] == ["cond"]
    assert len(needed_rows(StepPlan(rows=rows(), scale=4.0))) == 2
    model = denoiser(4)
    run(model, latent(), lambda _i: StepPlan(rows=rows(), scale=1.0), noise=NOISE)
    assert model.counter.rows == {"denoise": 4}


def test_steps_that_change_nothing_are_not_computed() -> None:
    model = denoiser(4)
    flat = replace(model.schedule, betas=replace(model.schedule.betas, steps_offset=0))
    model = replace(model, schedule=flat)
    assert model.schedule.is_identity(3)
    run(model, latent(), lambda _i: StepPlan(rows=rows()[1:]), noise=NOISE)
    assert model.counter.calls == {"denoise": 3}


def test_a_source_row_feeds_rules_and_nothing_else() -> None:
    model, bank = denoiser(4), dict[str, tuple[Tensor, Tensor]]()
    source = latent(seed=7)
    plan = StepPlan(rows=rows(source), scale=3.0, rules=(RecordKV(bank),))
    with_source = run(model, latent(), lambda _i: plan, noise=NOISE)
    without = run(model, latent(), lambda _i: StepPlan(rows=rows(), scale=3.0), noise=NOISE)
    assert torch.allclose(with_source, without, atol=1e-9)
    assert all(keys.shape[0] == 3 for keys, _ in bank.values())


def test_fresh_noise_stays_in_its_region() -> None:
    model, inside = denoiser(4), box((SIDE, SIDE), slice(3, 9), slice(4, 12))
    steps: dict[str, Tensor] = {}

    def one(name: str, noise: tuple[RegionNoise, ...]) -> None:
        def note(step: LoopStep) -> None:
            steps.setdefault(name, step.z)

        run(
            model,
            latent(),
            lambda _i: StepPlan(rows=rows()[1:], noise=noise),
            noise=NOISE,
            on_step=note,
        )

    one("still", ())
    one("noisy", (RegionNoise(region=inside, strength=0.7),))
    changed = (steps["still"] != steps["noisy"]).any(dim=1, keepdim=True)
    assert torch.equal(changed, inside)


def test_stochastic_steps_keep_the_noise_level() -> None:
    """Whatever eta is, a step from pure noise to a level leaves a latent of that level's variance."""
    model = denoiser(10)
    z0, eps = latent(size=(64, 64), seed=1), latent(size=(64, 64), seed=2)
    above, below = model.schedule.before(2), model.schedule.after(2)
    for eta in (0.0, 0.4, 1.0):
        drawn = NOISE.draw(2, 0, z0)
        found = stochastic_move(z0, eps, below, sigma(above, below, eta), drawn)
        assert float(found.var()) == pytest.approx(1.0, abs=0.03)


def test_anchors_put_back_what_must_not_change() -> None:
    model = denoiser(4)
    trajectory = invert(model, latent(), TEXT)
    outside = ~box((SIDE, SIDE), slice(2, 12), slice(2, 14))

    def method(i: int) -> StepPlan:
        anchor = Anchor(region=outside.double(), latent=trajectory.at_step(i + 1))
        return StepPlan(rows=rows(), scale=3.0, anchors=(anchor,))

    found = run(model, trajectory.at_step(0), method, noise=NOISE)
    kept = outside.expand_as(found)
    assert torch.equal(found[kept], trajectory.source[kept])
    assert not torch.allclose(found[~kept], trajectory.source[~kept])


def test_repeats_push_back_between_but_not_after() -> None:
    model, seen = denoiser(4), list[tuple[int, int]]()

    def note(step: LoopStep) -> None:
        seen.append((step.index, step.repeat))

    def method(i: int) -> StepPlan:
        return StepPlan(rows=rows()[1:], repeats=3 if i == 1 else 1, push_back=TEXT)

    run(model, latent(), method, noise=NOISE, on_step=note)
    assert seen == [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0), (3, 0)]
    assert model.counter.calls == {"denoise": 6, "renoise": 2}


def test_a_newer_method_takes_over_at_the_next_step() -> None:
    model, asked = denoiser(4), list[str]()

    def named(name: str) -> Method:
        def method(_i: int) -> StepPlan:
            asked.append(name)
            return StepPlan(rows=rows()[1:])

        return method

    def on_step(step: LoopStep) -> Method | None:
        return named("new") if step.index == 1 else None

    run(model, latent(), named("old"), noise=NOISE, on_step=on_step)
    assert asked == ["old", "old", "new", "new"]


def test_cancel_takes_effect_within_one_evaluation() -> None:
    class Stop(Exception):
        pass

    model = denoiser(50)
    trajectory = invert(model, latent(), TEXT)
    for wanted in (1, 7, 20, 45):
        counter = Counter()

        def check(counter: Counter = counter, wanted: int = wanted) -> None:
            if counter.evaluations >= wanted:
                raise Stop

        cancellable = replace(model, counter=counter, check=check)
        method = dragged(cancellable, trajectory, DragonSettings())
        with pytest.raises(Stop):
            run(cancellable, trajectory.at_step(0), method, noise=NOISE)
        assert counter.evaluations == wanted


def test_the_same_twice_is_the_same() -> None:
    model = denoiser(8)
    trajectory = invert(model, latent(), TEXT)
    found = [
        run(
            model,
            trajectory.at_step(0),
            dragged(model, trajectory, DragonSettings()),
            noise=SeededNoise(seed),
        )
        for seed in (1, 1, 2)
    ]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_a_late_start_skips_the_steps_before() -> None:
    model = denoiser(8)
    trajectory = invert(model, latent(), TEXT)
    model = counting(model)
    run(model, trajectory.at_step(5), lambda _i: StepPlan(rows=rows()[1:]), noise=NOISE, start=5)
    assert model.counter.calls == {"denoise": 3}
    with pytest.raises(ValueError, match="step 8 of 8"):
        run(model, latent(), lambda _i: StepPlan(rows=rows()), noise=NOISE, start=8)


def test_impossible_plans_are_refused_with_the_numbers() -> None:
    with pytest.raises(ValueError, match="one cond row"):
        StepPlan(rows=rows()[:1])
    with pytest.raises(ValueError, match="3 repeats"):
        StepPlan(rows=rows(), repeats=3)
    with pytest.raises(ValueError, match=r"from 0 to 1, not 1\.5"):
        RegionNoise(region=box((2, 2), slice(None), slice(None)), strength=1.5)
    with pytest.raises(ValueError, match="source row needs a"):
        Row(kind="source", cond=TEXT)
    model = denoiser(4)
    with pytest.raises(ValueError, match="inversion of 4 steps cannot serve an edit of 8"):
        dragged(denoiser(8), invert(model, latent(), TEXT), DragonSettings())
