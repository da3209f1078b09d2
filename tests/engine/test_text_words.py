# SPDX-License-Identifier: Apache-2.0
"""What a model of few words makes of a prompt: capitals, marks, other scripts, pictograms, spelling, length."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.api import EngineError
from server.engine.models.bundled_profile import BUNDLED, SCENES
from server.engine.models.prompt_notes import CUT, READ_AS, UNKNOWN, notes_of
from server.engine.models.prompt_synonyms import LINKS, PASSED_OVER, QUALITIES, SYNONYMS
from server.engine.models.prompt_vocabulary import WORDS, Vocabulary, vocabulary_of, write_words
from server.lab.scenes import caption, sample_scene, vocabulary

WORLD = Vocabulary(words=frozenset(vocabulary()))


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("A RED Balloon", "a red balloon"),
        ("a red balloon; the sun. The moon!", "a red balloon, the sun, the moon"),
        ("the sun\n\n— the moon…", "the sun, the moon"),
        ("“the sun” (at night) [a_lake] *", "the sun at night a lake"),
        ("  ,, the   sun ,", "the sun"),
        ("the sun、the moon。", "the sun, the moon"),
        ("", ""),
        (" \n\t.!?", ""),
    ],
)
def test_capitals_marks_and_blanks_are_no_unknown_words(prompt: str, text: str) -> None:
    reading = WORLD.read(prompt)
    assert (reading.text, reading.unknown, reading.read_as) == (text, (), ())


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("grey", "gray"),
        ("trees", "trees"),
        ("lakes", "lake"),
        ("grasses", "grass"),
        ("skies", "sky"),
        ("boat's", "boat"),
        ("boat’s", "boat"),
        ("ballon", "balloon"),
        ("montains", "mountains"),
        ("créscent", None),
        ("bôat", "boat"),
        ("crimson", "red"),
        ("fir", "pine tree"),
        ("snow-capped", "snowy"),
        ("2", "two"),
        ("moan", None),
        ("fountain", None),
        ("horse", None),
        ("x", None),
    ],
)
def test_other_forms_spellings_and_synonyms_are_read_as_known_words(
    word: str, known: str | None
) -> None:
    assert WORLD.meaning(word.lower()) == known


@pytest.mark.parametrize(
    ("prompt", "text", "unknown"),
    [
        ("a castle, the sun", "the sun", ("castle",)),
        ("a magnificent red balloon", "a red balloon", ("magnificent",)),
        ("a red balloon with a dragon over a lake", "a red balloon over a lake", ("dragon",)),
        ("two dragons and a boat", "a boat", ("dragons",)),
        ("a big grey castle under the moon", "under the moon", ("castle",)),
        ("the sun and a castle", "the sun", ("castle",)),
        ("дракон над озером", "", ("дракон", "над", "озером")),
        ("山の上の赤い風船, the sun", "the sun", ("山の上の赤い風船",)),
        ("लाल गुब्बारा and the moon", "the moon", ("लाल", "गुब्बारा")),
        ("the sun 🎈🎈 🏳️‍🌈", "the sun", ("🎈🎈", "🏳️‍🌈")),
        ("👩🏽‍🚀 on the moon", "on the moon", ("👩🏽‍🚀",)),
        ("the sun:1.3, 8k", "the sun", ("1.3", "8k")),
        ("a well-lit house", "a house", ("well", "lit")),
        ("a castle and a castle", "", ("castle",)),
    ],
)
def test_unknown_words_go_with_what_led_to_them_and_are_named_once(
    prompt: str, text: str, unknown: tuple[str, ...]
) -> None:
    reading = WORLD.read(prompt)
    assert (reading.text, reading.unknown) == (text, unknown)


def test_captions_of_the_world_pass_unchanged() -> None:
    for seed in range(300):
        said = caption(sample_scene(seed), seed)
        reading = WORLD.read(said)
        assert (reading.text, reading.unknown, reading.read_as) == (said, (), ())


def test_a_prompt_that_is_too_long_is_cut_and_the_rest_told() -> None:
    reading = WORLD.read("the sun, " * 24 + "a red balloon and the moon")
    assert len(reading.text.replace(",", " ,").split()) == 75
    assert reading.text.endswith("a red balloon")
    assert reading.cut == "and the moon"
    assert [note.code for note in notes_of(reading)] == [CUT]
    huge = WORLD.read("castle " * 20_000 + "moon")
    assert (huge.text, huge.unknown, huge.cut) == ("moon", ("castle",), "")


def test_a_list_without_a_comma_knows_no_phrases() -> None:
    assert (
        Vocabulary(words=frozenset({"sun"}), comma=False).read("sun, sun; moon").text == "sun sun"
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_whatever_is_typed_only_known_words_remain_and_reading_again_changes_nothing(
    prompt: str,
) -> None:
    reading = WORLD.read(prompt)
    assert set(reading.text.replace(",", "").split()) <= WORLD.words
    again = WORLD.read(reading.text)
    assert (again.text, again.unknown) == (reading.text, ())
    assert all(len(note.message) <= 1000 for note in notes_of(reading))


def test_notes_name_the_words_shortly() -> None:
    many = WORLD.read(" ".join(f"q{i}" for i in range(40)) + " " + "w" * 500 + " grey sun")
    unknown, read_as = notes_of(many)
    assert (unknown.code, read_as.code) == (UNKNOWN, READ_AS)
    assert unknown.message.startswith("The model does not know “q0”, “q1”")
    assert unknown.detail["words"].endswith("… (+29)")
    assert read_as.message == "The model was told “grey” → “gray”."
    (nothing,) = notes_of(WORLD.read("дракон"))
    assert "nothing of “Words” is left" in nothing.message
    assert notes_of(WORLD.read("the sun")) == ()


def test_the_bundled_model_states_its_words() -> None:
    known = vocabulary_of(BUNDLED / SCENES)
    assert known is not None
    assert known.comma
    assert known.words >= set(vocabulary())


def test_a_folder_without_a_list_knows_every_word(tmp_path: Path) -> None:
    assert vocabulary_of(tmp_path) is None
    assert vocabulary_of(None) is None


def test_a_list_is_written_read_and_read_again_when_it_changed(tmp_path: Path) -> None:
    write_words(tmp_path, ["sun", "boat"], comma=False)
    first = vocabulary_of(tmp_path)
    assert first == Vocabulary(words=frozenset({"sun", "boat"}), comma=False)
    file = write_words(tmp_path, ["moon"])
    file.touch()
    assert vocabulary_of(tmp_path) == Vocabulary(words=frozenset({"moon"}))


@pytest.mark.parametrize(
    "content", [b"", b"# nothing\n", b"Sun\n", b"two words\n", b"\xff\xfe", b"sun\n" * 70_000]
)
def test_a_list_that_is_none_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / WORDS).write_bytes(content)
    with pytest.raises(EngineError, match=r"words\.txt cannot be used"):
        vocabulary_of(tmp_path)


def test_synonyms_lead_from_one_form_to_words_and_not_in_circles() -> None:
    for word, targets in SYNONYMS.items():
        assert word == word.lower()
        assert word not in targets
        assert all(part.isalpha() for target in targets for part in target.split())
    assert LINKS.isdisjoint(QUALITIES - {"two", "three", "four", "five", "six"})
    assert PASSED_OVER.isdisjoint(QUALITIES)
