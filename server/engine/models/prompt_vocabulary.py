# SPDX-License-Identifier: Apache-2.0
"""What a model of few words makes of a prompt: words it knows, words read as those, words left out. No torch.

A byte-level tokenizer cuts a word it has never seen into pieces whose vectors were never trained: noise in the
text encoder. With the first bundled model one such word at the front of a prompt moved the prediction by 15 to 90 %
of what the whole caption does, leaving it out by 2 %. So such a word is read as a known one that means the same, or
left out, and the artist is told. Models without a list of words (Stable Diffusion's) read every prompt as it is.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from server.engine.models.prompt_synonyms import JOINTS, LINKS, PASSED_OVER, QUALITIES, SYNONYMS
from server.engine.models.safetensors_header import refused

WORDS = "words.txt"
"""In a model's folder: the words it was trained with, one a line, and the mark "," if captions had it."""
FILE_MAX = 1 << 18
POSITIONS = 77
"""Tokens CLIP's text encoder takes, the start and the end included; a known word or mark is one token."""
ALIKE, SPELLED_MIN = 0.85, 5
"""Similarity (0 to 1) and letters from which a word counts as a misspelled known one."""

_BREAKS = frozenset("\n,.;:!?/|…—–。，、；：！？؛،·")
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f\u20e3")
_HYPHENS, _APOSTROPHES = frozenset("-\u2010\u2011"), frozenset("'’ʼ")
_PIECES = re.compile("d+(?:bd+)+|[ld]+(?:[ha][ld]+)*|s+|b")
"""Over the letters that `_kind` gives the characters of a prompt: numbers, words, pictograms, breaks."""
_KNOWN = re.compile(r"[a-z]+")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A prompt as a model reads it.

    text: what goes to the tokenizer. unknown: words left out. read_as: (word, what it was read as).
    cut: what was beyond the text encoder's length, as text.
    """

    text: str
    unknown: tuple[str, ...] = ()
    read_as: tuple[tuple[str, str], ...] = ()
    cut: str = ""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words a model knows, in lower case; `comma` says whether it knows the mark between phrases."""

    words: frozenset[str]
    comma: bool = True
    positions: int = POSITIONS

    def __post_init__(self) -> None:
        if wrong := sorted(word for word in self.words if not _KNOWN.fullmatch(word)):
            raise ValueError(f"words are a to z only, got {', '.join(map(repr, wrong[:3]))}")
        if not self.words or self.positions < 3:
            raise ValueError(f"{len(self.words)} words in {self.positions} positions say nothing")

    def read(self, prompt: str) -> Reading:
        """Every word known, read as a known one, or left out; other marks than commas are breaks or nothing."""
        said: list[str] = []
        unknown: dict[str, None] = {}
        read_as: dict[str, str] = {}
        gap = False
        for piece in self._parted(_pieces(prompt)):
            found = "," if piece == "," else self.meaning(piece)
            if found is None:
                if piece not in PASSED_OVER:
                    unknown[piece], gap = None, True
                continue
            if gap and (found == "," or found in LINKS):
                _drop_lead(said)
            begins = not said or said[-1] == ","
            if not (gap and begins and found in JOINTS):
                gap = False
                said += [word for word in found.split() if said[-1:] != [word]]
            if found != piece:
                read_as[piece] = found
        if gap:
            _drop_lead(said)
        kept, cut = self._fitting(_tidied(said) if self.comma else [w for w in said if w != ","])
        kept_words = set(kept)
        return Reading(
            text=_joined(kept),
            unknown=tuple(unknown),
            read_as=tuple((a, b) for a, b in read_as.items() if kept_words.issuperset(b.split())),
            cut=_joined(cut),
        )

    def _parted(self, pieces: Iterable[str]) -> Iterator[str]:
        """Words with hyphens as they are where they are known, else their parts."""
        for piece in pieces:
            if "-" in piece and self.meaning(piece) is None:
                yield from piece.split("-")
            else:
                yield piece

    def meaning(self, word: str) -> str | None:
        """The known word or words that a word in lower case is read as; None when there are none."""
        if word in self.words:
            return word
        for form in _forms(word):
            if form in self.words:
                return form
            for target in SYNONYMS.get(form, ()):
                if all(part in self.words for part in target.split()):
                    return target
        return self._misspelled(_plain(word))

    def _misspelled(self, word: str) -> str | None:
        if len(word) < SPELLED_MIN:
            return None
        same_start = [known for known in self.words if known[0] == word[0]]
        near = difflib.get_close_matches(word, sorted(same_start), n=1, cutoff=ALIKE)
        return near[0] if near else None

    def _fitting(self, said: list[str]) -> tuple[list[str], list[str]]:
        """What fits between the start and the end token, and the rest."""
        room = self.positions - 2
        return said[:room], said[room:]


def vocabulary_of(folder: Path | None) -> Vocabulary | None:
    """The vocabulary that a model folder states; None when it states none, so that every word counts as known.

    Raises EngineError (model.refused) for a list that cannot be read.
    """
    if folder is None or not (folder / WORDS).is_file():
        return None
    return _read(folder / WORDS, (folder / WORDS).stat().st_mtime_ns)


def write_words(folder: Path, words: Iterable[str], *, comma: bool = True) -> Path:
    """Write the list beside a model's parts. Raises ValueError for words that are not a to z."""
    known = Vocabulary(words=frozenset(words), comma=comma)
    lines = ["# What this model can be told. Other words are read as one of these, or left out."]
    lines += [*([","] if comma else []), *sorted(known.words)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WORDS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / WORDS


@lru_cache(maxsize=16)
def _read(file: Path, _changed: int) -> Vocabulary:
    """The list in a file, read again when the file changed."""
    if file.stat().st_size > FILE_MAX:
        raise refused(file, "file.word_list", reason="too long")
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
        entries = {line.strip() for line in lines if not line.startswith("#")} - {""}
        return Vocabulary(words=frozenset(entries - {","}), comma="," in entries)
    except ValueError as wrong:
        raise refused(file, "file.word_list", reason=str(wrong)[:200]) from None


def _pieces(prompt: str) -> Iterator[str]:
    """Words, numbers, pictograms and commas of a prompt in lower case; whatever ends a phrase is a comma."""
    text = "\n".join(unicodedata.normalize("NFC", prompt).lower().splitlines())
    kinds = ""
    for character in text:
        kinds += _kind(character, kinds[-1:])
    for found in _PIECES.finditer(kinds):
        if found[0] == "b":
            yield ","
        else:
            yield "".join(
                "-" if one in _HYPHENS else one for one in text[found.start() : found.end()]
            )


def _kind(character: str, before: str) -> str:
    """l letter, d digit, s pictogram, b break, h hyphen, a apostrophe, a blank for what only surrounds words."""
    for kind, those in (("b", _BREAKS), ("h", _HYPHENS), ("a", _APOSTROPHES)):
        if character in those:
            return kind
    category = unicodedata.category(character)
    if character in _JOINERS or category[0] == "M" or (category == "Sk" and before == "s"):
        return before if before in ("l", "s") else " "
    return {"L": "l", "N": "d", "So": "s", "Cn": "s", "Co": "s"}.get(
        category if category in ("So", "Cn", "Co") else category[0], " "
    )


def _forms(word: str) -> Iterator[str]:
    """A word as it might stand in a list: without accents and endings, as one and as many."""
    plain = _plain(word)
    yield plain
    for suffix in ("es", "s"):
        if plain.endswith(suffix) and len(plain) > len(suffix) + 2:
            yield plain.removesuffix(suffix)
    if plain.endswith("ies"):
        yield plain[:-3] + "y"
    yield plain + "s"
    yield plain + "es"
    if plain.endswith("y"):
        yield plain[:-1] + "ies"


def _plain(word: str) -> str:
    """Letters and digits without accents, and without an "'s" or a "l'"."""
    head, _, tail = "".join("'" if one in _APOSTROPHES else one for one in word).partition("'")
    bare = tail if len(head) == 1 and tail else head
    letters = unicodedata.normalize("NFKD", bare)
    return "".join(letter for letter in letters if letter.isalnum())


def _drop_lead(said: list[str]) -> None:
    """Takes back what led to a word that was left out: the "with a red" of "with a red castle"."""
    while said and said[-1] in QUALITIES:
        said.pop()
    while said and said[-1] in LINKS:
        said.pop()


def _tidied(said: list[str]) -> list[str]:
    """Without commas at either end or beside each other."""
    kept: list[str] = []
    for word in said:
        if word != "," or (kept and kept[-1] != ","):
            kept.append(word)
    return kept[:-1] if kept and kept[-1] == "," else kept


def _joined(said: list[str]) -> str:
    return " ".join(said).replace(" ,", ",").strip(", ")
