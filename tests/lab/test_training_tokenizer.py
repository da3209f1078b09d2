# SPDX-License-Identifier: Apache-2.0
"""The tokenizer: words of the world are one token each, everything else still has tokens."""

from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from server.lab.scenes import caption, sample_scene, vocabulary
from server.lab.training.tokenizer import merges_for, pieces_of, write_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    return write_tokenizer(tmp_path_factory.mktemp("tokenizer"), vocabulary())


def test_every_word_of_the_world_is_one_token(tokenizer: CLIPTokenizer) -> None:
    split = {word for word in vocabulary() if len(tokenizer(word).input_ids) != 3}
    assert not split


def test_captions_have_one_token_per_word_and_comma(tokenizer: CLIPTokenizer) -> None:
    for seed in range(200):
        text = caption(sample_scene(seed), seed)
        words = text.replace(",", " ,").split()
        assert len(tokenizer(text).input_ids) == len(words) + 2, text


@pytest.mark.parametrize("text", ["dragonfly", "Überfoto 42!", "雪山", "naïve—ok?"])
def test_unknown_words_fall_into_pieces_and_come_back(tokenizer: CLIPTokenizer, text: str) -> None:
    ids = tokenizer(text).input_ids
    assert len(ids) > 3
    spelled = tokenizer.decode(ids, skip_special_tokens=True)
    assert spelled.replace(" ", "") == text.lower().replace(" ", "")


def test_padding_is_the_end_token_and_length_is_that_of_sd15(tokenizer: CLIPTokenizer) -> None:
    ids = tokenizer("the sun", padding="max_length", max_length=77, truncation=True).input_ids
    assert tokenizer.model_max_length == len(ids) == 77
    assert ids[0] == tokenizer.bos_token_id
    assert set(ids[3:]) == {tokenizer.eos_token_id} == {tokenizer.pad_token_id}
    long = tokenizer("sun " * 200, padding="max_length", max_length=77, truncation=True).input_ids
    assert len(long) == 77
    assert long[-1] == tokenizer.eos_token_id


def test_our_encoding_agrees_with_the_library(tokenizer: CLIPTokenizer) -> None:
    ranks = {pair: rank for rank, pair in enumerate(merges_for(vocabulary()))}
    for word in ("mountainside", "sunny", "moonboat", "aaa", "lakelake"):
        library = tokenizer.convert_ids_to_tokens(tokenizer(word).input_ids)[1:-1]
        assert pieces_of(word, ranks) == library


def test_a_longer_vocabulary_never_splits_a_word(tokenizer: CLIPTokenizer) -> None:
    words = ["on", "moon", "noon", "soon", "so", "sooner", "none", "one", "oneness"]
    ranks = {pair: rank for rank, pair in enumerate(merges_for(words))}
    assert [pieces_of(word, ranks) for word in words] == [[word + "</w>"] for word in words]


def test_words_with_other_letters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="snow-y"):
        write_tokenizer(tmp_path, ["sun", "snow-y"])


def test_new_words_leave_the_ids_of_the_old_ones_alone(
    tmp_path: Path, tokenizer: CLIPTokenizer
) -> None:
    new = {"pencil", "fence", "watercolor", "snowman", "lakes"}
    larger = write_tokenizer(tmp_path, {*vocabulary(), *new}, old=vocabulary())
    before, after = tokenizer.get_vocab(), larger.get_vocab()
    assert {token: after[token] for token in before} == before
    assert (larger.bos_token_id, larger.eos_token_id) == (
        tokenizer.bos_token_id,
        tokenizer.eos_token_id,
    )
    assert all(len(larger(word).input_ids) == 3 for word in {*vocabulary(), *new})
