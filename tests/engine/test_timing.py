# SPDX-License-Identifier: Apache-2.0
"""Times are learned from real jobs of the real engine, whose networks take as long as a clock of the test says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_model import tiny_catalogue

from protocol.edits import Move
from server.engine.api import Cancelled, Picture, Plan, Ready, Step, ignore_step
from server.engine.diffusion.evaluation_counter import Counter
from server.engine.diffusion.sd15 import Sd15
from server.engine.edits.runner import PlanContext
from server.engine.edits.runners import runner_of
from server.engine.engine import Engine
from server.engine.models import loading
from server.engine.models.catalogue import Catalogue
from server.engine.timing.learned import KEPT, LearnedTimes
from server.engine.timing.running import Running
from server.engine.timing.work import Work, key_of

EDIT = Move(dx=60, dy=20, prompt="the sun", preset="quick")
LOADED = Ready(models=frozenset({"scenes"}))
NEW = Ready(worker=False)
STARTED_S = 9.0


class Slow:
    """A machine: what its clock says, and how long its networks take for each cell, pixel and part."""

    def __init__(self) -> None:
        self.now, self.factor = 100.0, 1.0

    def __call__(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        self.now += self.factor * seconds


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """SD 1.5 on two cores: a row 15 s, a decode 44, loading 30."""
    machine = Slow()

    def slower(owner: Any, name: str, seconds: Any) -> None:
        real = getattr(owner, name)

        def taken(*args: Any, **more: Any) -> Any:
            machine.spend(seconds(*args))
            return real(*args, **more)

        monkeypatch.setattr(owner, name, taken)

    slower(
        Sd15, "network", lambda _self, z, *_: 15.0 * z.shape[0] * z.shape[-1] * z.shape[-2] / 1024
    )
    slower(Sd15, "decode", lambda _self, z, *_: 44.0 * z.shape[-1] * z.shape[-2] / 1024)
    slower(Sd15, "encode", lambda _self, x, *_: 20.0 * x.shape[-1] * x.shape[-2] / 65536)
    slower(Counter, "gradient", lambda _self: 12.0)
    slower(loading, "_fill", lambda *_: 10.0)
    return machine


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return tiny_catalogue(tmp_path_factory.mktemp("model"))


def pictures(value: int = 0) -> dict[str, Picture]:
    y, x = np.mgrid[0:256, 0:256] + 0.5
    sky = np.stack([60 + y / 4, 90 + y / 4, 200 - y / 8], axis=-1)
    disc = np.hypot(x - 90, y - 100) < 14
    sky[disc] = (220, 30, value)
    where = {"rect": (0, 0, 256, 256), "document": (256, 256)}
    mask = disc[..., None] * np.uint8(255)
    return {
        "source": Picture(pixels=sky.astype(np.uint8), **where),
        "mask": Picture(pixels=mask, **where),
    }


class Bench:
    """An engine, and what the quick worker's plan says on the same machine."""

    def __init__(self, catalogue: Catalogue, folder: Path, slow: Slow) -> None:
        self.file, self.slow, self.catalogue = folder / "data" / "times.json", slow, catalogue
        self.made = 0
        self.restart()

    def restart(self) -> None:
        self.engine = Engine(
            self.catalogue, device="cpu", times=self.file, started_s=STARTED_S, clock=self.slow
        )

    def plan(self, edit: Move = EDIT, ready: Ready = LOADED) -> Plan:
        times = LearnedTimes(self.file)
        context = PlanContext(catalogue=self.catalogue, times=times, ready=ready)
        where = {"document": (256, 256), "selection": (76, 86, 29, 29)}
        return runner_of(edit).plan(edit, **where, context=context)

    def run(self, edit: Move = EDIT, on_step: Any = ignore_step) -> float:
        """Seconds that an edit of another picture takes."""
        self.made += 1
        began = self.slow.now
        self.engine.run(edit, pictures(self.made), on_step)
        return self.slow.now - began


@pytest.fixture
def bench(catalogue: Catalogue, tmp_path: Path, slow: Slow) -> Bench:
    return Bench(catalogue, tmp_path, slow)


def test_after_two_jobs_the_estimate_is_within_a_quarter(bench: Bench) -> None:
    first = bench.plan(ready=NEW)
    assert first.eta_guessed, "nothing but the start of the libraries is known"
    bench.run()
    bench.run()
    then = bench.plan()
    assert not then.eta_guessed
    assert then.eta_ms / 1000 == pytest.approx(bench.run(), rel=0.25)
    assert abs(first.eta_ms / 1000 - bench.run()) > 0.25 * bench.run(), "a guess is no measurement"


@pytest.mark.parametrize("preset", ["balanced"])
def test_other_presets_are_told_from_what_was_measured(bench: Bench, preset: Any) -> None:
    bench.run()
    bench.run()
    other = replace(EDIT, preset=preset)
    assert bench.plan(other).eta_ms / 1000 == pytest.approx(bench.run(other), rel=0.25)


def test_a_model_that_has_to_be_loaded_again_takes_longer_and_that_is_said(bench: Bench) -> None:
    bench.run()
    bench.run()
    known = bench.plan().eta_ms
    bench.engine.unload("scenes")
    again = bench.plan(ready=Ready())
    assert again.eta_ms / 1000 == pytest.approx(bench.run(), rel=0.25)
    assert again.eta_ms - known == pytest.approx(30_000, rel=0.3)
    bench.restart()
    assert bench.plan(ready=NEW).eta_ms - again.eta_ms == pytest.approx(1000 * STARTED_S, rel=0.1)


def test_a_picture_that_is_known_to_the_model_takes_less(bench: Bench) -> None:
    bench.run()
    whole, again = bench.plan(), bench.plan().edited
    began = bench.slow.now
    bench.engine.run(replace(EDIT, seed=3), pictures(bench.made), ignore_step)
    assert again is not None
    assert again.eta_ms < whole.eta_ms
    assert again.eta_ms / 1000 == pytest.approx(bench.slow.now - began, rel=0.25)


def test_a_plan_names_the_evaluations_that_are_done(bench: Bench) -> None:
    """Of a new picture, of one that was looked at beforehand, and of one that was edited."""
    told = bench.plan()
    assert told.inverted is not None
    assert told.edited is not None

    def evaluations(value: int) -> float | int | str:
        return bench.engine.run(EDIT, pictures(value), ignore_step).metrics["evaluations"]

    assert told.evaluations == evaluations(1)
    assert told.edited.evaluations == evaluations(1)
    bench.engine.prepare(EDIT, pictures(2), ignore_step)
    assert told.inverted.evaluations == evaluations(2)


def test_what_is_loaded_is_not_said_to_be_loading(bench: Bench) -> None:
    bench.run()
    seen: list[Step] = []
    bench.run(on_step=seen.append)
    bench.engine.run(EDIT, pictures(bench.made), seen.append)
    assert {step.phase for step in seen} == {"encode", "invert", "edit", "decode"}


def test_one_bar_from_nothing_to_full_that_never_goes_back(bench: Bench) -> None:
    seen: list[Step] = []
    bench.run()
    bench.engine.unload("scenes")
    bench.run(on_step=seen.append)
    bar = [step.fraction or 0.0 for step in seen]
    assert bar == sorted(bar)
    assert bar[0] < 0.05
    assert (bar[-1], seen[-1].eta_ms) == (1.0, 0)
    assert list(dict.fromkeys(step.phase for step in seen)) == [
        "load",
        "encode",
        "invert",
        "edit",
        "decode",
    ]


def test_phases_are_as_wide_as_they_take_long(bench: Bench) -> None:
    bench.run()
    began, seen = bench.slow.now, list[tuple[float, float]]()

    def watch(step: Step) -> None:
        seen.append((bench.slow.now - began, step.fraction or 0.0))

    whole = bench.run(on_step=watch)
    apart = [abs(passed / whole - fraction) for passed, fraction in seen]
    assert max(apart) < 0.1


def test_a_running_estimate_follows_a_machine_that_became_slow(bench: Bench) -> None:
    bench.run()
    bench.run()
    bench.slow.factor = 4.0
    began, told = bench.slow.now, list[tuple[float, float]]()

    def watch(step: Step) -> None:
        told.append((bench.slow.now - began, (step.eta_ms or 0) / 1000))

    whole = bench.run(on_step=watch)
    late = [(passed + eta) / whole for passed, eta in told if passed > 0.5 * whole]
    assert min(late) > 0.75
    assert max(late) < 1.25


def test_a_job_that_is_changed_on_the_way_begins_anew_but_not_its_bar(bench: Bench) -> None:
    bench.run()
    bar: list[float] = []

    def change(step: Step) -> Move | None:
        bar.append(step.fraction or 0.0)
        return (
            replace(EDIT, dx=40)
            if step.phase == "edit" and step.step == 3 and bar.count(bar[-1]) == 1
            else None
        )

    bench.run(on_step=change)
    assert bar == sorted(bar)
    assert bar[-1] == 1.0


def test_a_stopped_job_teaches_what_it_measured(bench: Bench) -> None:
    def stop(step: Step) -> None:
        if step.phase == "edit":
            raise Cancelled

    with pytest.raises(Cancelled):
        bench.run(on_step=stop)
    known = json.loads(bench.file.read_text())["devices"]
    assert [
        set(models["scenes"]) >= {"load", "encode", "evaluation"} for models in known.values()
    ] == [True]


# ---- the file


def learned(file: Path, *seconds: float, model: str = "m", size: int = 1024) -> LearnedTimes:
    times = LearnedTimes(file, "cpu")
    for one in seconds:
        times.learn(model, {key_of("evaluation", size): one})
    return times


def evaluation(size: int = 1024) -> Work:
    return Work(kind="evaluation", size=size)


def test_one_bad_job_spoils_nothing(tmp_path: Path) -> None:
    times = learned(tmp_path / "times.json", 2.0, 2.1, 90.0)
    assert times.seconds("m", evaluation()) == pytest.approx(2.1)
    times = learned(tmp_path / "times.json", *[5.0] * KEPT)
    assert times.seconds("m", evaluation()) == 5.0, "what is old is forgotten"


@pytest.mark.parametrize("exponent", [1.0, 1.3])
def test_another_size_is_told_from_two(tmp_path: Path, exponent: float) -> None:
    file = tmp_path / "times.json"
    for size in (1024, 4096):
        times = learned(file, size**exponent, size=size)
    for size in (2048, 16384, 700):
        assert times.seconds("m", evaluation(size)) == pytest.approx(size**exponent, rel=0.1)


def test_times_are_kept_apart_by_device_and_model(tmp_path: Path) -> None:
    file = tmp_path / "times.json"
    learned(file, 2.0)
    assert LearnedTimes(file, "cuda").seconds("m", evaluation()) is None
    assert LearnedTimes(file).seconds("other", evaluation()) is None
    assert LearnedTimes(file).seconds("m", evaluation()) == 2.0, "the device that computed last"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[1, 2]", b"{", b'{"version": 99, "devices": {"cpu": 3}}', b"[" * 100_000,
        b'{"version": 1, "device": 7, "devices": {"cpu": {"m": {"evaluation": {"80": [NaN, "x", -1, true]}}}}}',
        b'{"version": 1, "device": "cpu", "devices": {"cpu": {"m": {"evaluation": {"-3": [1], "x": 2}}}}}',
    ],
    ids=["empty", "binary", "list", "cut", "newer", "deep", "no numbers", "no sizes"],
)  # fmt: skip
def test_a_damaged_or_foreign_file_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "times.json"
    file.write_bytes(content)
    times = LearnedTimes(file, "cpu")
    assert times.seconds("m", evaluation()) is None
    times.learn("m", {key_of("evaluation", 1024): 3.0})
    assert LearnedTimes(file, "cpu").seconds("m", evaluation()) == 3.0


def test_a_place_where_no_file_can_be_costs_the_memory_only(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, where a folder should be")
    times = learned(tmp_path / "data" / "times.json", 2.0)
    assert times.seconds("m", evaluation()) == 2.0


def test_two_engines_learn_into_one_file(tmp_path: Path) -> None:
    one, other = (
        learned(tmp_path / "times.json", 2.0),
        learned(tmp_path / "times.json", 4.0, model="n"),
    )
    other.learn("n", {key_of("decode", 1): 1.0})
    assert one.seconds("n", evaluation()) == 4.0
    assert one.seconds("m", evaluation()) == 2.0
    assert list(tmp_path.iterdir()) == [tmp_path / "times.json"]


# ---- one job's account


def test_what_is_measured_within_another_measurement_is_not_its_time() -> None:
    slow, times = Slow(), LearnedTimes(device="cpu")
    running = Running(times, "m", clock=slow)
    running.plan([Work(kind="guide"), Work(kind="reference"), Work(kind="rest")])
    with running.measure("guide"):
        slow.spend(3)
        with running.measure("reference"):
            slow.spend(2)
        with running.aside():
            slow.spend(50)
    slow.spend(7)
    running.finish()
    found = {kind: times.seconds("m", Work(kind=kind)) for kind in ("guide", "reference", "rest")}
    assert found == {"guide": 3.0, "reference": 2.0, "rest": 57.0}


def test_a_kind_that_goes_on_for_longer_than_planned_never_fills_the_bar() -> None:
    slow = Slow()
    running = Running(LearnedTimes(device="cpu"), "m", clock=slow)
    running.plan([Work(kind="iteration", count=10, guess=1.0)])
    bar: list[float] = []
    with running.laps("iteration") as lap:
        for _ in range(40):
            slow.spend(1)
            lap("iteration", "iteration")
            bar.append(running.fraction)
    assert bar == sorted(bar)
    assert bar[4] == pytest.approx(0.5, abs=0.05)
    assert bar[-1] < 1
    running.finish()
    assert running.fraction == 1.0


def test_a_job_begins_with_what_was_learned_not_with_the_guess() -> None:
    slow, times = Slow(), LearnedTimes(device="cpu")
    times.learn("m", {key_of("guide", 1): 4.0})
    running = Running(times, "m", clock=slow)
    running.plan([Work(kind="guide", count=5, guess=1.0)])
    assert running.eta_ms == pytest.approx(20_000, rel=0.05)
    with running.measure("guide"):
        slow.spend(4)
    assert running.eta_ms == pytest.approx(16_000, rel=0.05)
    assert running.fraction == pytest.approx(0.2, abs=0.02)
