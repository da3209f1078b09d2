# SPDX-License-Identifier: Apache-2.0
"""A CLIP tokenizer (byte-level BPE) in which every word of the world is one token and any other text still works."""

import itertools
import json
import re
from collections.abc import Iterable
from pathlib import Path

from transformers import CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
LAST = "</w>"
"""Marks the last piece of a word, as in CLIP's merges."""
Pair = tuple[str, str]


def byte_letters() -> list[str]:
    """One printable letter per byte: itself where it is printable Latin-1, else one from U+0100 on."""
    shown = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return [chr(byte if byte in shown else next(hidden)) for byte in range(256)]


def pieces_of(word: str, ranks: dict[Pair, int]) -> list[str]:
    """Byte-pair encoding of one word: the earliest merge first, until none applies (Sennrich et al. 2016)."""
    pieces = [*word[:-1], word[-1] + LAST]
    while len(pieces) > 1:
        pairs = list(itertools.pairwise(pieces))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        pieces = _merged(pieces, best)
    return pieces


def merges_for(words: Iterable[str], old: Iterable[str] = ()) -> list[Pair]:
    """Merges that make each word one token. A later merge never splits an earlier word: it ranks lower.

    Those of the `old` words come first, exactly as without the new ones.
    """
    ranks: dict[Pair, int] = {}
    first = sorted(set(old), key=lambda w: (len(w), w))
    for word in [*first, *sorted(set(words) - set(first), key=lambda w: (len(w), w))]:
        while len(pieces := pieces_of(word, ranks)) > 1:
            ranks[(pieces[0], pieces[1])] = len(ranks)
    return list(ranks)


def write_tokenizer(
    folder: Path, words: Iterable[str], *, old: Iterable[str] = (), positions: int = 77
) -> CLIPTokenizer:
    """Write vocab.json, merges.txt and the configuration for a set of lower-case words, and load them.

    Ids of `old` words are those of a tokenizer written for them alone: a text encoder trained with it only needs
    more rows. Raises ValueError when a word holds anything but the letters a to z.
    """
    known = sorted({*words, *old})
    if wrong := [word for word in known if not re.fullmatch(r"[a-z]+", word)]:
        raise ValueError(f"words of the vocabulary are a to z only, got {wrong}")
    folder.mkdir(parents=True, exist_ok=True)
    letters, merges = byte_letters(), merges_for(known, old)
    joined = ["".join(pair) for pair in merges]
    early = len(merges_for(old)) or len(joined)
    tokens = [
        *letters,
        *(letter + LAST for letter in letters),
        *joined[:early],
        START,
        END,
        *joined[early:],
    ]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": positions,
        "bos_token": START,
        "eos_token": END,
        "pad_token": END,
        "unk_token": END,
        "do_lower_case": True,
    }
    (folder / "tokenizer_config.json").write_text(
        json.dumps(config, indent=2) + "\n", encoding="utf-8"
    )
    return CLIPTokenizer.from_pretrained(folder)


def _merged(pieces: list[str], pair: Pair) -> list[str]:
    """The pieces with every occurrence of the pair joined, from left to right."""
    joined: list[str] = []
    for piece in pieces:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
