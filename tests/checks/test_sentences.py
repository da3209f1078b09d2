# SPDX-License-Identifier: Apache-2.0
"""What an artist can read: everything has its text in every language, and reads like one voice."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from protocol.edits import EDITS, EditModel, Field, messages
from protocol.errors import CODES
from protocol.messages import Device, EngineReport, JobPlanned
from protocol.messages.results import Phase
from protocol.plugin.saying import device_line, plan_line
from protocol.plugin.session.state_machine import Stage
from protocol.plugin.strings import Strings, own_texts
from protocol.sentences import QUOTE, Sentence, say, sentences
from server.cli.diagnose import machine_facts

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "hooks"))

import pages_sentences  # noqa: E402
import sentences as collected  # noqa: E402

LANGUAGES = ("en", "de", "es", "fr", "ja", "zh")
SLOT = re.compile(r"\{[^{}\"]+\}")
SAID_BY_ID = frozenset({"HostError", "RecipeError", "SessionError", "EngineError", "ParamError"})
SAYS_BY_ID = (
    *("protocol/edits", "protocol/plugin", "server/engine/edits", "server/engine/models"),
    *("plugin_krita/pullbrush", "plugin_gimp/pullbrush"),
)
ONLY_TERMINAL = ("converting.py",)
"""What converts checkpoints speaks on the command line only, which is English."""
FRAGMENTS = (
    "records.entry",
    "file.",
    "engine.ended",
    "engine.silent",
    "engine.no_command",
    "note.",
    QUOTE,
)
"""Parts of sentences, and remarks after which nothing need be done."""
NOTHING_TO_DO = {"script.nothing", "engine.in_use"}


def strings_of(language: str) -> Strings:
    return Strings(language)


def python_files(*folders: str) -> list[Path]:
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return [file for file in files if "protocol" not in file.relative_to(ROOT).parts[2:]]


# ---------------------------------------------------------------- nothing is without its text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_with_all_that_is_filled_in(language: str) -> None:
    english, own = sentences()["en"], sentences()[language]
    assert list(own) == list(english)
    for key, text in english.items():
        assert sorted(SLOT.findall(own[key])) == sorted(SLOT.findall(text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_panels_have_the_same_texts_with_all_that_is_filled_in(language: str) -> None:
    english, own = own_texts()["en"], own_texts()[language]
    errors = set() if language == "en" else {f"error.{code}" for code in CODES}
    assert set(own) == set(english) | errors
    for key, text in english.items():
        assert sorted(SLOT.findall(own[key])) == sorted(SLOT.findall(text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phase_stage_and_code_has_its_text(language: str) -> None:
    strings = strings_of(language)
    wanted = {f"phase.{phase}" for phase in get_args(Phase)}
    wanted |= {f"stage.{stage}" for stage in get_args(Stage)}
    wanted |= {f"error.{code}" for code in CODES} if language != "en" else set()
    assert {key for key in wanted if strings.text(key) == key} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_and_choice_has_its_label(language: str) -> None:
    labels = {label for edit in EDITS.values() for label in labels_of(EditModel.of(edit))}
    assert {label for label in labels if label not in messages()[language]} == set()


def labels_of(model: EditModel) -> set[str]:
    found = {model.label} | {role.label for role in model.roles}
    return found | labels_in(model.fields.values())


def labels_in(fields: Iterable[Field]) -> set[str]:
    """The labels of fields, of their words, and of the columns of lists."""
    found: set[str] = set()
    for field in fields:
        words = getattr(field, "choices", ())
        found |= {field.label} | {f"{field.label}.{word}" for word in words}
        found |= labels_in(getattr(field, "columns", {}).values())
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_in_a_text_is_one_of_the_panel(language: str) -> None:
    strings = strings_of(language)
    for texts in (sentences()[language], own_texts()[language]):
        for key, text in texts.items():
            for label in re.findall(r"\{([a-z_]+\.[\w.+-]+)\}", text):
                assert strings.text(label) != label, f"{key} speaks of {label}"


QUOTES = {"en": "“”", "de": "„“", "fr": "«»", "es": "«»", "ja": "「」", "zh": "“”"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_written_out_where_the_panel_can_put_its_own(language: str) -> None:
    """A label that changes would else stay as it was in every sentence about it."""
    opening, closing = QUOTES[language]
    labels = {
        text
        for texts in (own_texts()[language], messages()[language])
        for key, text in texts.items()
        if key.startswith(("action.", "panel.", "edit.", "field.")) and not key.endswith(".help")
    }
    for texts in (sentences()[language], own_texts()[language]):
        for key, text in texts.items():
            quoted = re.findall(f"{opening}\\s*([^{opening}{closing}]+?)\\s*{closing}", text)
            assert labels.isdisjoint(quoted), key


def test_every_sentence_that_is_said_is_known_and_every_known_one_is_said() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for file in python_files(
            "protocol", "server", "plugin_krita/pullbrush", "plugin_gimp/pullbrush"
        )
    )
    said = set(re.findall(r"""\bsay\(\s*["']([a-z_.]+)["']""", code))
    noted = {
        f"note.{name}" for name in re.findall(r"""(?<![\w.])note\(\s*["']([a-z_.]+)["']""", code)
    }
    assert len(said) > 50
    assert said | noted <= set(sentences()["en"])
    unsaid = {key for key in sentences()["en"] if not mentioned(key, code)}
    assert unsaid == set(), "no code says these"


def mentioned(key: str, code: str) -> bool:
    """Whether code names an id, perhaps in two parts."""
    last = key.removeprefix("note.")
    family, _, end = last.partition(".")
    return f'"{last}"' in code or (f'f"{family}.' in code and (end in code or "{" in code))


def test_panels_never_raise_a_sentence_that_cannot_be_translated() -> None:
    """An error that reaches a panel is said by its message id."""
    raw: list[str] = []
    for file in python_files(*SAYS_BY_ID):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAID_BY_ID:
                texts = [collected.as_text(argument) or "" for argument in node.args]
                if any(len(text.split()) >= collected.WORDS for text in texts):
                    raw.append(f"{file.name}:{node.lineno}")
    assert [one for one in raw if not one.startswith(ONLY_TERMINAL)] == []


# ---------------------------------------------------------------- one voice


def in_panels() -> dict[str, str]:
    """All English texts that stand in a panel or in a host's message."""
    return sentences()["en"] | own_texts()["en"] | messages()["en"] | CODES


def everywhere() -> dict[str, str]:
    code = {f"{found.file}:{found.line}": found.text for found in collected.in_code()}
    return in_panels() | pages_sentences.helps() | code


def breaking(rule: str, texts: dict[str, str], allowed: str = r"\A\Z") -> dict[str, str]:
    return {
        key: text
        for key, text in texts.items()
        if re.search(rule, text) and not re.search(allowed, text)
    }


def test_labels_are_named_as_the_panel_names_them() -> None:
    assert breaking(r"\b(dx|dy)\b", everywhere(), r"\{field\.dx\}") == {}
    assert breaking(r"(?<![-.])\b(scale|prompt|preset|snap|strength)\b", sentences()["en"]) == {}


def test_numbers_are_rounded_and_say_what_they_are() -> None:
    assert breaking(r"\d\.\d{2,}(?!\.)", everywhere(), r"Python 3\.\d+") == {}
    assert breaking(r":\.[2-9]\d*[fg]\}", everywhere()) == {}
    assert breaking(r"\(\{\w+\}, \{\w+\}\)", in_panels()) == {}
    assert breaking(r"\bdB\b|\bcpu\b|\bNaN\b", everywhere()) == {}


def test_no_file_or_module_of_ours_is_named() -> None:
    ours = r"\b(protocol|server|plugin_\w+|docs|tests)/|\.py\b|stack\.xml|\bcase\.json|engine\.json"
    assert breaking(ours, everywhere()) == {}


def test_panels_do_not_tell_artists_to_type_a_command_they_may_not_have() -> None:
    """The panel shows the absolute command; only a folder's own name or the program's is sure to be found."""
    assert breaking(r"(?<![/\w])pullbrush [a-z]", in_panels()) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end(language: str) -> None:
    ends = ("。", ".", "?", "？", "!", "…", "：", ":", "}")
    for key, text in sentences()[language].items():
        assert key == QUOTE or text.endswith((*ends, "FILE.pkl")) or ".pkl" in text[-12:], key


def test_sentences_begin_with_a_capital() -> None:
    fragments = ("file.",)
    odd = {
        key: text
        for key, text in sentences()["en"].items()
        if key != QUOTE
        and not key.startswith(fragments)
        and not (text[0].isupper() or text[0] in "{“")
    }
    assert odd == {}


def test_what_cannot_be_done_says_what_to_do() -> None:
    """An error is at least two statements: what happened, and what to do next."""
    silent = {
        key: text
        for key, text in (sentences()["en"] | CODES).items()
        if not key.startswith(FRAGMENTS)
        and key not in NOTHING_TO_DO
        and len(re.findall(r"[.:;]", re.sub(r"\{[^}]*\}", "", text))) < 2
    }
    assert silent == {}


def test_a_sentence_says_the_same_in_every_language_with_that_languages_labels() -> None:
    nothing = say("move.nothing")
    assert nothing.startswith("Nothing moves yet. Change “Right”, “Down” or “Size”")
    assert "„Nach rechts“" in strings_of("de").said(nothing)
    assert "「右へ」" in strings_of("ja").said(nothing)
    assert strings_of("fr").said("as it is") == "as it is"


def test_memory_and_processor_are_said_in_words() -> None:
    plan = JobPlanned(
        read_rect=(0, 0, 9, 9), region=((0, 0, 9, 8),), crop=(0, 0, 9, 9), model="scenes",
        bytes=216 << 20, eta_ms=4000, evaluations=7,
    )  # fmt: skip
    line = plan_line(plan, {}, strings_of("en"))
    assert line == "changes 9 × 8 px · about 4 s · scenes · needs about 216 MB"
    bent = plan_line(replace(plan, evaluations=0), {}, strings_of("en"))
    assert bent == "changes 9 × 8 px · about 4 s"  # no model is asked
    report = EngineReport(
        version="1", uptime_ms=1, workers=(), devices=(Device(name="cpu", bytes=0),)
    )
    assert device_line(report, strings_of("en")) == "on the processor"
    assert device_line(report, strings_of("de")) == "auf dem Prozessor"


def test_nothing_in_a_value_is_read_as_a_place_for_another() -> None:
    said = say("layer.hidden", name="{field.dx} {name}")
    assert said == "“{field.dx} {name}” is hidden. Show it first."
    assert isinstance(said, Sentence)


def test_a_text_of_an_engine_that_speaks_of_itself_ends() -> None:
    odd = {"en": {"field.dx": "{field.dx}", "model.refused": "{why}"}}
    strings = Strings("en", odd)
    assert strings.said(say("move.nothing")).startswith("Nothing moves yet. Change “{field.dx}”")
    assert strings.said(say("model.refused", file="a", why="model.refused")) == "{why}"


def test_the_page_has_every_sentence() -> None:
    page = pages_sentences.page()
    for text in (*sentences()["en"].values(), *CODES.values(), *own_texts()["en"].values()):
        assert text.split("|")[0].replace("<", "&lt;") in page


def test_sizes_are_said_in_one_unit_everywhere() -> None:
    """A model that a panel says needs 216 MB is not one of 206 MiB in the terminal."""
    said = [found.text for found in collected.in_code()]
    said += [text for folder in collected.TEXTS for text in collected.texts(folder).values()]
    assert [text for text in said if re.search(r"[KMG]iB", text)] == []
    for file in python_files(
        "server/cli", "server/files", "protocol", "plugin_krita", "plugin_gimp"
    ):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        parts = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        words = [
            str(part.value)
            for node in parts
            for part in node.values
            if isinstance(part, ast.Constant)
        ]
        assert [word for word in words if re.search(r"[KMG]iB", word)] == [], file


def test_the_doctor_says_sizes_as_the_panels_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_facts, "memory", lambda: (8 << 30, 3 << 30))
    memory = machine_facts.machine_facts()[1].text
    device = Device(name="cpu", free=3 << 30, bytes=8 << 30)
    report = EngineReport(version="1", uptime_ms=1, workers=(), devices=(device,))
    assert memory == "3.0 GB free of 8.0 GB"
    assert "3.0 GB of 8.0 GB free" in device_line(report, strings_of("en"))
