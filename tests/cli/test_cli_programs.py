# SPDX-License-Identifier: Apache-2.0
"""The command line for programs and shells: JSON, exit codes, plan, stop, completion, examples, version."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer.main
from cli_helpers import Run, end_engine
from patience import PATIENCE_S

from protocol import session
from protocol.client import Client
from protocol.edits import EDITS, EditModel
from server.cli.app import app
from server.cli.examples import EXAMPLES, edit_example
from server.cli.problem import EXIT_CODES
from server.lab.example import PLACE as EXAMPLE

DRAG = ("--drag", "66,62:66,40", "--method", "warp")


def one_object(text: str) -> dict[str, Any]:
    """Standard output is one JSON object and nothing else."""
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def test_the_version(pullbrush: Run) -> None:
    done = pullbrush("--version")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"pullbrush {version('pullbrush')}\n",
        "",
    )


def test_an_edit_ends_in_one_object_and_its_progress_comes_in_lines(
    pullbrush: Run, scene: Path
) -> None:
    out = scene.with_name("out.ora")
    edit = ("edit", "drag", scene, *DRAG[:2], "--preset", "quick", "-o", out)
    done = pullbrush(*edit, "--json", "--progress", "json")
    assert done.returncode == 0, done.stderr
    report = one_object(done.stdout)
    assert (report["ok"], report["command"], report["out"]) == (True, "edit drag", str(out))
    assert report["layers"][0]["placement"] == "over"
    assert report["plan"]["model"] == "scenes"
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    events = [line["event"] for line in lines]
    assert events.count("plan") == 1
    assert "progress" in events
    fractions = [line["fraction"] for line in lines if line["event"] == "progress"]
    assert fractions == sorted(fractions)
    done = pullbrush("redo", out, "--json", "-q", "-o", scene.with_name("again.ora"))
    assert one_object(done.stdout)["command"] == "redo"
    assert done.stderr == ""


def test_what_fails_is_one_object_too(pullbrush: Run, scene: Path) -> None:
    out = ("-o", scene.with_name("out.png"))
    (scene.parent / "there.png").write_text("")
    cases = {
        "input.missing": (("edit", "drag", "no.png", *DRAG, *out), 2),
        "output.exists": (
            ("edit", "drag", scene, *DRAG, "-o", scene.with_name("there.png")),
            2,
        ),
        "model.missing": (("edit", "drag", scene, *DRAG, "--model", "sdxl", *out), 2),
        "input.invalid": (("edit", "drag", scene, "--nonsense", *out), 2),
        "engine.unreachable": (("plan", "drag", scene, *DRAG), 3),
    }
    for code, (words, number) in cases.items():
        done = pullbrush(*words, "--json", PULLBRUSH_SESSION="/dev/null/engine.json")
        error = one_object(done.stdout)["error"]
        assert (error["code"], error["exit"], done.returncode) == (code, number, number), error
        assert error["message"].endswith((".", "?"))
        assert "pullbrush: " not in done.stderr
        assert number in EXIT_CODES


def test_models_and_doctor_and_stop_for_programs(pullbrush: Run, tmp_path: Path) -> None:
    own = {"PULLBRUSH_SESSION": str(tmp_path / "run" / "engine.json")}
    listed = one_object(pullbrush("models", "--check", "--json", **own).stdout)
    scenes = next(model for model in listed["models"] if model["name"] == "scenes")
    assert listed["ok"]
    assert scenes["good"]
    assert Path(scenes["path"]).is_dir()
    assert one_object(pullbrush("doctor", "--json", **own).stdout)["ok"]
    words = one_object(pullbrush("models", "--words", "scenes", "--json", **own).stdout)
    assert "boat" in words["words"]
    stopped = one_object(pullbrush("stop", "--json", **own).stdout)
    assert (stopped["ok"], stopped["stopped"]) == (True, False)


def test_stop_ends_the_engine_and_says_when_there_is_none(pullbrush: Run, tmp_path: Path) -> None:
    place = tmp_path / "run" / "engine.json"
    own = {"PULLBRUSH_SESSION": str(place)}
    try:
        assert pullbrush("plan", "move", EXAMPLE, *PLAN, **own).returncode == 0
        pid = session.read(place).pid
        with Client("panel", session=place) as panel:  # a paint program uses it, too
            panel.connect(PATIENCE_S)
            done = pullbrush("stop", **own)
            assert done.returncode == 1
            assert "Other programs are using the engine" in done.stderr
            assert "--force" in done.stderr
            assert place.exists()
        done = pullbrush("stop", "--force", **own)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"process {pid}" in done.stdout
        assert not place.exists()
        done = pullbrush("stop", **own)
        assert (done.returncode, done.stdout) == (0, "No engine is running.\n")
    finally:
        end_engine(place)


PLAN = ("--layer", "lake", "--mask", "sun", "--by", "12,-20")


def test_a_plan_says_what_an_edit_would_do_and_does_nothing(
    pullbrush: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = pullbrush("plan", "move", EXAMPLE, *PLAN, "--prompt", "a castle")
    assert done.returncode == 0, done.stderr
    for words in ("May change", "model scenes", "evaluations", "MB", "Reads ", "“castle”"):
        assert words in done.stdout, done.stdout
    told = one_object(pullbrush("plan", "move", EXAMPLE, *PLAN, "--json").stdout)
    assert told["command"] == "plan move"
    assert {"read_rect", "region", "model", "bytes", "eta_ms", "evaluations", "warnings"} <= set(
        told
    )
    x, y, width, height = told["read_rect"]
    assert 0 <= x < x + width <= 256
    assert 0 <= y < y + height <= 256
    assert list(tmp_path.iterdir()) == []


def test_the_shell_completes_commands_options_and_choices() -> None:
    def offered(words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "server.cli"],
            env=os.environ
            | {
                "_PULLBRUSH_COMPLETE": "complete_bash",
                "COMP_WORDS": words,
                "COMP_CWORD": str(len(words.split(" ")) - 1),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.stdout

    assert {"edit", "plan", "stop", "doctor"} <= set(offered("pullbrush ").split())
    assert "--overwrite" in offered("pullbrush edit drag --ov")
    assert offered("pullbrush edit drag --preset f").split() == ["faithful"]


def commands(group: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every command and group there is, by its words."""
    found = {path: group}
    for name, command in getattr(group, "commands", {}).items():
        found |= commands(command, (*path, name))
    return found


def examples(epilog: str | None) -> list[str]:
    return [line for line in (epilog or "").split("\n\n") if line.startswith("pullbrush ")]


def test_every_help_text_ends_in_an_example_of_its_own_command() -> None:
    everything = commands(typer.main.get_command(app))
    for path, command in everything.items():
        lines = examples(command.epilog)
        assert lines, f"pullbrush {' '.join(path)} --help shows no example"
        for line in lines:
            words = shlex.split(line)[1:]
            assert not path or tuple(words[: len(path)]) == path, line
    assert {" ".join(path) for path in everything} >= set(EXAMPLES)


@pytest.mark.parametrize("kind", EDITS)
@pytest.mark.parametrize("word", ["edit", "plan"])
def test_the_examples_of_edits_are_accepted(kind: str, word: str, monkeypatch) -> None:
    """Parsed by the real command, up to the point where the picture would be opened."""
    from server.cli.app import main
    from server.cli.editing import plan, run

    asked = []
    monkeypatch.setattr(run, "run", asked.append)
    monkeypatch.setattr(plan, "plan", asked.append)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(edit_example(EditModel.of(EDITS[kind]), word))[1:])
    assert ended.value.code == 0
    assert asked[0].model.kind == kind
    EDITS[kind](**EditModel.of(EDITS[kind]).parse(asked[0].params))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("edt",), "No such command 'edt'. Did you mean 'edit'? See `pullbrush --help`."),
        (("edit", "drga", "x"), "See `pullbrush edit --help`."),
        (("edit", "drag"), "Missing argument 'IN'. See `pullbrush edit drag --help`."),
    ],
)
def test_a_mistyped_word_is_answered_in_whole_sentences(
    words: tuple[str, ...], told: str, pullbrush: Run
) -> None:
    done = pullbrush(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("pullbrush: ")
    assert done.stderr.endswith(f"{told}\n")
    assert "?." not in done.stderr


def test_the_exit_codes_are_one_table() -> None:
    """What the code returns is what the docs list: no other number is used for an ending."""
    assert set(EXIT_CODES) == {0, 1, 2, 3, 130, 141}
    assert all(text.endswith(".") for text in EXIT_CODES.values())
