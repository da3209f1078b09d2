# SPDX-License-Identifier: Apache-2.0
"""doctor, models, bench, serve: what they say of this machine, and when it is not well."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from cli_helpers import Run, end_engine
from patience import PATIENCE_S

from protocol import session
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.stylegan2 import Generator
from server.engine.models.bundled_profile import BUNDLED
from server.lab.example import PLACE as EXAMPLE
from server.lab.training.gan.export import write_model

SMALL = GeneratorConfig(z_dim=8, w_dim=12, mapping_layers=2, channels=(8, 8, 4))


def test_doctor_examines_everything(pullbrush: Run, tmp_path: Path) -> None:
    place = tmp_path / "run" / "engine.json"
    done = pullbrush("doctor", "--json", PULLBRUSH_SESSION=str(place))
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    facts = {fact["name"]: fact for fact in report["facts"]}
    assert {fact["topic"] for fact in report["facts"]} == {
        *("python", "device", "machine", "models", "words", "hosts", "engine", "recipes")
    }
    assert facts["torch"]["state"] == "ok"
    assert facts["engine"]["text"] == "not running"
    assert facts["session file"]["text"] == str(place)
    assert "sha256" in facts["scenes"]["text"]
    assert not place.exists()  # looking starts nothing


def test_doctor_says_that_nothing_works_with_a_session_that_cannot_be_read(
    pullbrush: Run, tmp_path: Path
) -> None:
    place = tmp_path / "engine.json"
    place.write_text("{}")
    place.chmod(0o666)
    done = pullbrush("doctor", PULLBRUSH_SESSION=str(place))
    assert done.returncode == 1
    line = next(line for line in done.stdout.splitlines() if "session file" in line)
    assert "✗" in line
    assert "open to others" in line
    assert "Everything that is needed works" not in done.stdout
    assert place.read_text() == "{}"


def test_a_file_in_the_place_of_the_list_of_models_is_left_alone(
    pullbrush: Run, tmp_path: Path
) -> None:
    (tmp_path / "models.json").write_text("precious")
    edit = ("edit", "drag", EXAMPLE, "--layer", "lake", "--drag", "66,62:66,40", "-o", "o.ora")
    done = pullbrush(*edit, "--model", BUNDLED / "scenes", PULLBRUSH_DATA=str(tmp_path))
    assert done.returncode == 2
    assert "models.json" in done.stderr
    assert "left alone" in done.stderr
    assert (tmp_path / "models.json").read_text() == "precious"


def test_doctor_survives_a_broken_torch(pullbrush: Run, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('libcudart.so.13 is missing')")
    path = os.pathsep.join((str(tmp_path), os.environ["PYTHONPATH"]))
    done = pullbrush("doctor", "--json", PYTHONPATH=path)
    assert done.returncode == 1
    facts = {fact["name"]: fact for fact in json.loads(done.stdout)["facts"]}
    assert facts["torch"]["state"] == "missing"
    assert "libcudart.so.13" in facts["torch"]["text"]
    assert facts["torch"]["hint"]


def test_doctor_finds_a_paint_program(pullbrush: Run, tmp_path: Path) -> None:
    program = tmp_path / "krita"
    program.write_text("#!/bin/sh\necho 'krita 5.3.1'\n")
    program.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    facts = json.loads(pullbrush("doctor", "--json", PATH=path).stdout)["facts"]
    krita = next(fact for fact in facts if fact["name"] == "Krita")
    assert krita["state"] == "ok"
    assert "5.3.1" in krita["text"]


def test_models_are_listed_and_checked(pullbrush: Run, tmp_path: Path) -> None:
    done = pullbrush("models", "--check", PULLBRUSH_DATA=str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "scenes" in done.stdout
    assert "good, sha256" in done.stdout


def test_a_damaged_copy_of_a_model_is_noticed(pullbrush: Run, tmp_path: Path) -> None:
    shutil.copytree(BUNDLED / "scenes", tmp_path / "copy")
    weights = max((tmp_path / "copy" / "unet").glob("*.safetensors"))
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    done = pullbrush("models", "--check", PULLBRUSH_MODELS=str(tmp_path))
    assert done.returncode == 1
    assert "copy" in done.stdout
    assert "not the file that came with" in " ".join(done.stdout.split())


def test_a_damaged_copy_of_a_generator_is_noticed(pullbrush: Run, tmp_path: Path) -> None:
    torch.manual_seed(0)
    write_model(tmp_path / "small", Generator(SMALL), how="", found=0.0)
    done = pullbrush("models", "--check", PULLBRUSH_MODELS=str(tmp_path))
    assert done.returncode == 0, done.stdout
    weights = tmp_path / "small" / "generator.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    done = pullbrush("models", "--check", PULLBRUSH_MODELS=str(tmp_path))
    assert done.returncode == 1
    assert "not the file that came with" in " ".join(done.stdout.split())


def test_transport_bench_writes_its_figures(pullbrush: Run, tmp_path: Path) -> None:
    place = tmp_path / "figures.json"
    done = pullbrush("bench", "transport", "--side", "512", "--repeats", "3", "--json", place)
    assert done.returncode == 0, done.stderr
    figures = json.loads(place.read_text())
    trips = figures["round_trip_ms"]
    assert set(trips) == {"memcpy", "ours_pyzmq", "ours_stdlib", "png1_http", "png6_http"}
    assert figures["share_of_png6_http"] == pytest.approx(trips["ours_pyzmq"] / trips["png6_http"])


def test_parity_bench_fails_without_cases(pullbrush: Run, tmp_path: Path) -> None:
    done = pullbrush("bench", "parity", "--fixtures", tmp_path)
    assert done.returncode == 1
    assert "no case.json" in done.stderr
    done = pullbrush("bench", "parity", "--fixtures", tmp_path / "nowhere")
    assert done.returncode == 2


def test_serve_until_interrupted(tmp_path: Path) -> None:
    place = tmp_path / "run" / "engine.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve"],
        env=os.environ | {"PULLBRUSH_SESSION": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not place.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert session.read(place).pid == process.pid
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert "engine is ready" in said
    assert "Traceback" not in said
    assert not place.exists()


def test_only_one_engine(pullbrush: Run, tmp_path: Path) -> None:
    from server.start import find_or_start_engine

    place = tmp_path / "run" / "engine.json"
    find_or_start_engine(place)
    try:
        done = pullbrush("serve", PULLBRUSH_SESSION=str(place))
        assert done.returncode == 2
        assert "already running" in done.stderr
        facts = pullbrush("doctor", "--json", PULLBRUSH_SESSION=str(place)).stdout
        engine = [fact for fact in json.loads(facts)["facts"] if fact["topic"] == "engine"]
        assert {fact["name"] for fact in engine} >= {"engine", "listens on", "log"}
        assert all(fact["state"] == "ok" for fact in engine)
    finally:
        end_engine(place)
