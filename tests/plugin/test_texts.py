# SPDX-License-Identifier: Apache-2.0
"""Texts in six languages: nothing is missing, nothing is left over, nothing is merely English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocol.edits import EDITS, EditModel, messages
from protocol.plugin.strings import Strings, own_texts

ROOT = Path(__file__).parents[2]
LANGUAGES = {"en", "de", "fr", "es", "zh", "ja"}
USED = re.compile(r"""text\(\s*f?["']([a-z_]+\.[a-z_.]+)["']""")
SAME_EVERYWHERE = {
    *("panel.auto", "result.group", "undo.result", "time.minutes", "time.seconds"),
    "stage.running_whole",
}


def test_there_are_six_languages_of_everything() -> None:
    assert set(own_texts()) == set(messages()) == LANGUAGES


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"en"}))
def test_every_text_of_an_edit_is_translated_with_its_help(language: str) -> None:
    labels = set(messages()["en"])
    helped = {key for key in labels if _has_help(key)}
    assert set(messages()[language]) == labels | {f"{key}.help" for key in helped}


def _has_help(key: str) -> bool:
    """Words of a choice have none; edits, fields and roles have."""
    models = [EditModel.of(edit) for edit in EDITS.values()]
    labels = {model.label for model in models}
    labels |= {spec.label for model in models for spec in model.fields.values()}
    labels |= {role.label for model in models for role in model.roles}
    return key in labels


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"en"}))
def test_texts_are_translated_and_not_copied(language: str) -> None:
    english, own = own_texts()["en"], own_texts()[language]
    copied = {key for key, text in english.items() if own[key] == text and len(text) > 5}
    assert copied <= SAME_EVERYWHERE


def test_every_text_a_plug_in_asks_for_is_there() -> None:
    asked = {
        key
        for folder in ("plugin_krita/pullbrush", "protocol/plugin")
        for file in (ROOT / folder).glob("*.py")
        for key in USED.findall(file.read_text(encoding="utf-8"))
    }
    assert len(asked) > 40
    strings = Strings("en")
    missing = {key for key in asked if not key.endswith(".") and strings.text(key) == key}
    assert missing == set()


@pytest.mark.parametrize("wanted", ["zh_CN", "zh-Hans-CN", "zh_CN.UTF-8", "zh"])
def test_chinese_is_found_by_all_its_names(wanted: str) -> None:
    assert Strings(wanted).text("action.apply") == "应用"
