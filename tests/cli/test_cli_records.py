# SPDX-License-Identifier: Apache-2.0
"""A list of records on the command line: one option for each record, with keys for what it holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from fakes import illustrate
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from protocol.edits import EditModel, from_params
from protocol.plugin.host import HostError, layers_of
from protocol.plugin.layer_names import NAMES_FILE, names_file
from protocol.recipe import Bundle, Recipe
from protocol.recipe_parts import Attachment, Source, Weights, sha256
from server.cli.editing import redo, run
from server.cli.editing.edit_command import Request, command
from server.cli.editing.file_host import FileHost
from server.cli.editing.options import completed, field_options, params_from_texts, sample
from server.cli.editing.run import named_layers
from server.cli.problem import Problem

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "hooks"))
import pages_edits

MODEL = EditModel.of(illustrate.Illustrate)


def read(*texts: str) -> list[dict[str, Any]]:
    params = params_from_texts(MODEL, {"condition": list(texts)})
    MODEL.parse(params)
    return params["conditions"]  # type: ignore[return-value]


def test_each_condition_is_an_option_of_its_own() -> None:
    assert read(
        "layer=ink,kind=scribble,weight=80,sharp=yes", 'layer="a, b=c.png",words=\'say "hi"\''
    ) == [
        {"layer": "ink", "kind": "scribble", "weight": 80.0, "sharp": True},
        {"layer": "a, b=c.png", "words": 'say "hi"'},
    ]
    assert read("layer=ink,kind=scribble,weight=80,range=0..0.6")[0]["range"] == [0, 0.6]
    assert read('layer=x , colors="#aa3311,#224466"')[0]["colors"] == ["#aa3311", "#224466"]
    assert read(r'layer="C:\new\one.png",words="a \"b\""') == [
        {"layer": r"C:\new\one.png", "words": 'a "b"'}
    ]
    assert read('[{"layer": "ink"}]', "layer=wash") == [{"layer": "ink"}, {"layer": "wash"}]


def test_a_text_in_quotes_may_hold_anything() -> None:
    @given(st.text(max_size=30))
    def kept(text: str) -> None:
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        params = params_from_texts(MODEL, {"condition": [f'layer=x,words="{quoted}"']})
        assert params["conditions"] == [{"layer": "x", "words": text}]

    kept()


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["kind=scribble"], "--condition 1: layer= is missing; add it."),
        (["layer=a", "layer=b,glow=1"],
         "--condition 2: “glow” is none of its keys; there are layer, kind, weight, range, "
         "sharp, colors, words."),
        (["layer=a", "layer=b,weight=lots"],
         "--condition 2, weight must be a number such as 1.5, not “lots”."),
        (["layer=a,sharp=maybe"], "--condition 1, sharp must be yes or no, not “maybe”."),
        (["layer=a,layer=b"], "--condition 1: layer is given twice; leave one out."),
        (["ink"], "--condition 1 must look like KEY=VALUE"),
        (['layer="ink'], "--condition 1 must look like KEY=VALUE"),
        (["[{"], "--condition must be JSON"),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_said_with_its_number_and_key(texts: list[str], said: str) -> None:
    with pytest.raises(Problem) as caught:
        params_from_texts(MODEL, {"condition": texts})
    assert caught.value.sentence.startswith(said)


def test_the_help_says_which_keys_there_are_and_what_they_take() -> None:
    (option,) = [one for one in field_options(MODEL) if one.fields == ("conditions",)]
    assert (option.flag, option.metavar, option.repeated) == ("--condition", "KEY=VALUE,…", True)
    assert "layer=LAYER|FILE Which layer (needed)" in option.help
    assert "kind=scribble|palette What is seen in it (default scribble)" in option.help
    assert "weight=NUMBER How much (0 to 200 %, default 100)" in option.help
    assert "3 at most" in option.help
    said = "In which part of the steps (only with kind scribble, 0 to 1, default 0..1)"
    assert f"range=START..END {said}" in option.help
    assert read(sample(MODEL, option)) == [{"layer": "ink"}]


def test_a_shell_offers_keys_and_words() -> None:
    field: Any = MODEL.fields["conditions"]
    assert completed(field, "")[:2] == ["layer=", "kind="]
    assert completed(field, "layer=ink,")[:2] == ["layer=ink,kind=", "layer=ink,weight="]
    assert completed(field, "layer=ink,kind=") == [
        "layer=ink,kind=scribble",
        "layer=ink,kind=palette",
    ]
    assert completed(field, "sharp=") == ["sharp=yes", "sharp=no"]


def test_a_command_takes_it_several_times() -> None:
    asked: list[Request] = []
    app = typer.Typer()
    app.command("illustrate")(command(MODEL, asked.append, writes=True))
    app.command("other")(lambda: None)
    words = ["illustrate", "in.png", "--condition", "layer=a", "--condition", "layer=b,weight=5"]
    result = CliRunner().invoke(app, [*words, "-o", "out.ora"])
    assert result.exit_code == 0, result.output
    assert asked[0].params["conditions"] == [{"layer": "a"}, {"layer": "b", "weight": 5.0}]
    shown = CliRunner().invoke(app, ["illustrate", "--help"], env={"COLUMNS": "200"}).output
    assert "--condition" in shown


def test_the_reference_lists_the_keys() -> None:
    page = "\n".join(pages_edits.section(MODEL))
    assert "`--condition KEY=VALUE,…` adds one to `conditions`; its keys are:" in page
    assert "| `weight`<br>c.weight | `weight=` | 0 to 200 % | `100.0` | How much. | basic |" in page
    assert "| `layer`<br>c.layer | `layer=` | a layer, or a picture file | `needed` |" in page


# ---------------------------------------------------------------- layers and files


def picture(place: Path, color: int, side: int = 8) -> Path:
    Image.fromarray(np.full((side, side, 3), color, np.uint8)).save(place)
    return place


def named(host: FileHost, *layers: str) -> list[str]:
    params = named_layers(host, MODEL, illustrate.conditions(*layers))
    return [one["layer"] for one in params["conditions"]]  # type: ignore[attr-defined]


def test_a_condition_is_a_layer_or_a_file_whose_place_stays_here(tmp_path: Path) -> None:
    host = FileHost(path=picture(tmp_path / "photo.png", 9))
    own = host.document.names[0]
    (tmp_path / "other").mkdir()
    ink, more = picture(tmp_path / "ink.png", 50), picture(tmp_path / "other" / "ink.png", 70)
    keys = named(host, str(ink), own, str(more), "ink.png")
    assert keys == ["ink.png", own, "ink-2.png", "ink.png"]
    first, _, second = layers_of(host, keys[:3], (0, 0, 8, 8))
    assert first.pixels is not None
    assert second.pixels is not None
    assert (bytes(first.pixels.data)[0], bytes(second.pixels.data)[0]) == (50, 70)
    assert str(tmp_path) not in repr(keys)


def test_what_is_no_layer_and_no_file_is_said_with_its_number(tmp_path: Path) -> None:
    host = FileHost(path=picture(tmp_path / "photo.png", 9))
    with pytest.raises(
        HostError, match=r"entry 2: “mist” is neither a file nor a layer of photo\.png"
    ):
        named(host, host.document.names[0], "mist")
    small = picture(tmp_path / "small.png", 1, side=4)
    with pytest.raises(HostError, match=r"entry 1: The picture small\.png is 4 × 4"):
        named(host, str(small))


def test_a_recipe_is_done_again_with_the_layers_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = FileHost(path=picture(tmp_path / "photo.png", 9))
    own = host.document.names[0]
    [(name, (role, data, rect))] = names_file({"{uuid-7}": own}).items()
    recipe = Recipe(
        edit="illustrate", params=illustrate.conditions("{uuid-7}"), seed=0, model=Weights(name="none"),
        source=Source(sha256="", crop=(0, 0, 8, 8), document=(8, 8)), engine="",
        attachments={name: Attachment(role=role, sha256=sha256(data), nbytes=len(data), rect=rect)},
    )  # fmt: skip
    bundle = Bundle(recipe=recipe, files={NAMES_FILE: data})
    monkeypatch.setattr(redo, "EDITS", illustrate.KINDS)
    monkeypatch.setattr(
        run, "from_params", lambda kind, given: from_params(kind, given, illustrate.KINDS)
    )
    taken, _ = redo.taken_up(host, bundle, {})
    assert [one["layer"] for one in taken.params["conditions"]] == [own]
